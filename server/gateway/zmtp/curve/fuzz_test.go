package curve

import (
	"bytes"
	"errors"
	"io"
	"net"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// FuzzHandshake: a server that owns its key says one of its lines in another way. In time the client has a connection or
// an error that says why not.
func FuzzHandshake(f *testing.F) {
	f.Add(uint8(atGreeting), uint16(10), []byte{2}, uint16(0))
	f.Add(uint8(atGreeting), uint16(0), []byte("HTTP/1.1 200 OK"), uint16(15))
	f.Add(uint8(atWelcome), uint16(0), []byte("\x04\x09\x05ERROR\x03400"), uint16(12))
	f.Add(uint8(atWelcome), uint16(0), []byte("\x06\xff\xff\xff\xff\xff\xff\xff\xff"), uint16(9))
	f.Add(uint8(atReady), uint16(8), []byte{0, 0}, uint16(0))
	f.Add(uint8(atReady), uint16(1), []byte{6}, uint16(8))
	f.Fuzz(func(t *testing.T, at uint8, offset uint16, patch []byte, length uint16) {
		h := hostile{at: int(at % 3), fin: true, send: func(p []byte) []byte {
			copy(p[min(int(offset), len(p)):], patch)
			if length > 0 {
				p = p[:min(int(length), len(p))]
			}
			return p
		}}
		_, err := meet(h.serve)
		if core.CodeOf(err) == core.Internal && !hungUp(err) && !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("got %v", err)
		}
	})
}

// FuzzWire: what a client makes of a wire with anything on it, from the first byte.
func FuzzWire(f *testing.F) {
	hello := newGreeting(3, 1, mechanismCurve)
	f.Add(hello)
	f.Add(append(hello, "\x04\x09\x05ERROR\x03400"...))
	f.Add(append(hello, frame(flagCommand, append([]byte(cmdWelcome), make([]byte, welcomeSize)...))...))
	keys := clientKeys(publicKey([KeySize]byte{1}))
	f.Fuzz(func(t *testing.T, wire []byte) {
		if _, err := Client(wireConn{Reader: bytes.NewReader(wire)}, keys, testMaxFrame); err == nil {
			t.Error("no error from a peer that owns no key")
		}
	})
}

// FuzzMessages: what comes out of a stream that is anything, or a box with anything in it, is nothing but whole frames.
func FuzzMessages(f *testing.F) {
	f.Add(true, []byte("\x00hello"))
	f.Add(true, []byte("\x03\x04PING"))
	f.Add(true, []byte(""))
	f.Add(false, frame(0, append([]byte(cmdMessage), make([]byte, 25)...)))
	f.Add(false, []byte("\x02\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, boxed bool, b []byte) {
		out, in, wire := direction()
		if boxed {
			wire.Write(sealed(out, string(b)))
		}
		wire.Write(b)
		var got bytes.Buffer
		_, err := io.Copy(&got, readerFunc(in.read))
		if err != nil && err != io.ErrUnexpectedEOF && core.CodeOf(err) == core.Internal {
			t.Errorf("got %v", err)
		}
		if got.Len() > wire.Cap() {
			t.Errorf("%d bytes of %d", got.Len(), wire.Cap())
		}
		for rest := got.Bytes(); len(rest) > 0; {
			h, complete := parseHeader(rest)
			if !complete || h.flags&^flagsKnown != 0 || h.size > uint64(len(rest)-h.length) {
				t.Fatalf("%q is no frame", rest)
			}
			rest = rest[h.length+int(h.size):]
		}
	})
}

// FuzzRoundTrip: anything that is written, in pieces of any size, is read again as far as it is whole frames.
func FuzzRoundTrip(f *testing.F) {
	f.Add(sampleStream[:500], uint8(3))
	f.Add([]byte("\x02\xff\xff\xff\xff\xff\xff\xff\xff"), uint8(0))
	f.Add([]byte("\x00\x05hello\x01"), uint8(1))
	f.Fuzz(func(t *testing.T, b []byte, piece uint8) {
		out, in, _ := direction()
		for rest := b; len(rest) > 0; {
			n := min(int(piece)+1, len(rest))
			if _, err := out.write(rest[:n]); err != nil {
				t.Fatal(err)
			}
			rest = rest[n:]
		}
		var want []byte
		for rest := b; ; {
			h, complete := parseHeader(rest)
			if !complete || h.size > uint64(len(rest)-h.length) {
				break
			}
			// The flags CURVE knows, and the shortest header.
			end := h.length + int(h.size)
			want = append(want, frame(h.flags&(flagMore|flagCommand), rest[h.length:end])...)
			rest = rest[end:]
		}
		got, err := io.ReadAll(readerFunc(in.read))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
	})
}

// wireConn is a connection to nobody.
type wireConn struct{ io.Reader }

func (wireConn) Write(p []byte) (int, error)      { return len(p), nil }
func (wireConn) Close() error                     { return nil }
func (wireConn) LocalAddr() net.Addr              { return nil }
func (wireConn) RemoteAddr() net.Addr             { return nil }
func (wireConn) SetDeadline(time.Time) error      { return nil }
func (wireConn) SetReadDeadline(time.Time) error  { return nil }
func (wireConn) SetWriteDeadline(time.Time) error { return nil }
