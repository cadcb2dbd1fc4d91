package curve

import (
	"bytes"
	"encoding/binary"
	"io"
	"runtime"
	"testing"
	"testing/iotest"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// direction is one direction of a connection without its handshake: what out writes, in reads.
func direction() (out *sealer, in *opener, wire *bytes.Buffer) {
	wire = new(bytes.Buffer)
	key := new([KeySize]byte)
	writer := newConn(nil, testMaxFrame, prefixClientMessage, prefixServerMessage)
	reader := newConn(nil, testMaxFrame, prefixServerMessage, prefixClientMessage)
	writer.secure(key)
	reader.secure(key)
	writer.out.conn, writer.out.greeting = wire, 0
	reader.in.conn = wire
	return &writer.out, &reader.in, wire
}

// readerFunc makes a function an io.Reader.
type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

var sampleStream = bytes.Join([][]byte{
	frame(0, nil),
	frame(flagMore, []byte("a")),
	frame(flagMore, make([]byte, 222)),
	frame(flagMore, make([]byte, 223)),
	frame(flagMore, make([]byte, 255)),
	frame(flagMore, make([]byte, 256)),
	frame(flagMore, bytes.Repeat([]byte("x"), ioBuffer)),
	frame(0, bytes.Repeat([]byte("y"), keepBuffer+1)),
	frame(flagCommand, []byte("\x04PING\x00\x00")),
	frame(flagCommand, append([]byte("\x04LONG"), make([]byte, 300)...)),
	frame(0, []byte("end")),
}, nil)

// Whatever the pieces in which it is written, sent, received and read, what comes out is what went in.
func TestStreamInPieces(t *testing.T) {
	for _, piece := range []int{1, 2, 3, 7, 100, 4096, ioBuffer, len(sampleStream)} {
		out, _, wire := direction()
		for rest := sampleStream; len(rest) > 0; {
			n := min(piece, len(rest))
			if got, err := out.write(rest[:n]); got != n || err != nil {
				t.Fatalf("pieces of %d: %d bytes written, %v", piece, got, err)
			}
			rest = rest[n:]
		}
		sealed := bytes.Clone(wire.Bytes())
		for name, conn := range map[string]io.Reader{
			"whole":                   bytes.NewReader(sealed),
			"half":                    iotest.HalfReader(bytes.NewReader(sealed)),
			"bytes":                   iotest.OneByteReader(bytes.NewReader(sealed)),
			"EOF with the last bytes": iotest.DataErrReader(bytes.NewReader(sealed)),
		} {
			_, in, _ := direction()
			in.conn = conn
			var got []byte
			b := make([]byte, piece)
			for {
				n, err := in.read(b)
				got = append(got, b[:n]...)
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatalf("pieces of %d, %s: %v", piece, name, err)
				}
			}
			if !bytes.Equal(got, sampleStream) {
				t.Errorf("pieces of %d, %s: %d bytes, not what was written", piece, name, len(got))
			}
		}
	}
}

// A flush of package gateway leaves as one write, and arrives in as few reads.
func TestFramesTravelTogether(t *testing.T) {
	out, in, wire := direction()
	writes := 0
	out.conn = writerFunc(func(p []byte) (int, error) { writes++; return wire.Write(p) })
	batch := bytes.Repeat(frame(0, make([]byte, 62)), 256)
	if _, err := out.write(batch); err != nil || writes != 1 {
		t.Errorf("%d writes, %v", writes, err)
	}
	reads := 0
	in.conn = readerFunc(func(p []byte) (int, error) { reads++; return wire.Read(p) })
	got := make([]byte, len(batch))
	calls := 0
	for n := 0; n < len(got); calls++ {
		m, err := in.read(got[n:])
		if err != nil {
			t.Fatal(err)
		}
		n += m
	}
	if !bytes.Equal(got, batch) {
		t.Error("not what was written")
	}
	if reads > 2 || calls > 2 {
		t.Errorf("%d reads of the network for %d calls", reads, calls)
	}
}

type writerFunc func(p []byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// The guard of package gateway allows every frame up to the limit; so does this package, to the byte.
func TestMaxFrame(t *testing.T) {
	const limit = maxCommand + 1000
	for size, want := range map[int]core.Code{limit - 1: core.OK, limit: core.OK, limit + 1: core.TooLarge} {
		out, in, _ := direction()
		in.maxFrame = limit
		if _, err := out.write(frame(0, make([]byte, size))); err != nil {
			t.Fatal(err)
		}
		if _, err := in.read(make([]byte, 1)); core.CodeOf(err) != want {
			t.Errorf("%d bytes: %v, want %v", size, err, want)
		}
	}
}

// allocated is how much f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// What a peer announces costs nothing; what it sends costs a constant number of copies.
func TestMemory(t *testing.T) {
	const size = 8 << 20 // the limits leave room for what append allocates besides under the race detector
	out, in, wire := direction()
	large := frame(0, make([]byte, size))
	wire.Grow(size + 100)

	// What was written, and what it was sealed to.
	if got := allocated(func() { out.write(large) }); got > 4*size {
		t.Errorf("to write %d bytes takes %d", size, got)
	}
	// The buffer as it doubles, the ciphertext, the plaintext.
	got := allocated(func() { io.Copy(io.Discard, readerFunc(in.read)) })
	if got > 6*size {
		t.Errorf("to read %d bytes takes %d", size, got)
	}
	if cap(out.buf) > 0 || cap(out.sealed) > 0 || cap(in.buf) > keepBuffer {
		t.Errorf("buffers of %d, %d and %d bytes are kept", cap(out.buf), cap(out.sealed), cap(in.buf))
	}

	_, in, _ = direction()
	announced := binary.BigEndian.AppendUint64([]byte{flagLong}, testMaxFrame)
	in.conn = bytes.NewReader(append(announced, make([]byte, 100_000)...))
	got = allocated(func() {
		if _, err := in.read(make([]byte, 1)); err != io.ErrUnexpectedEOF {
			t.Errorf("got %v", err)
		}
	})
	if got > 1<<20 {
		t.Errorf("to announce %d bytes takes %d", testMaxFrame, got)
	}
}

func TestSmallFramesAllocateNothing(t *testing.T) {
	out, in, wire := direction()
	wire.Grow(1 << 10)
	small, got := frame(0, make([]byte, 300)), make([]byte, 400)
	allocs := testing.AllocsPerRun(100, func() {
		if _, err := out.write(small); err != nil {
			t.Fatal(err)
		}
		if _, err := in.read(got); err != nil {
			t.Fatal(err)
		}
	})
	if allocs > 0 {
		t.Errorf("%v allocations a frame", allocs)
	}
}

// After half a MESSAGE nothing may follow: the peer would take it for the other half. What it has got whole is known to the
// byte, so that nobody sends it again.
func TestWriteErrorIsFinal(t *testing.T) {
	frames := append(frame(0, make([]byte, 10)), frame(0, make([]byte, 300))...) // of 12 and 309 bytes
	const first, second = shortHeader + 10 + 33, longHeader + 300 + 33           // sealed
	for _, tt := range []struct{ begun, leaves, want int }{
		{0, 0, 0},
		{0, first - 1, 0},
		{0, first, 12},
		{0, first + second - 1, 12},
		{5, first - 1, 0},
		{5, first, 12 - 5},
	} {
		out, _, _ := direction()
		writes := 0
		out.conn = writerFunc(func(p []byte) (int, error) { writes++; return tt.leaves, io.ErrClosedPipe })
		if n, err := out.write(frames[:tt.begun]); n != tt.begun || err != nil {
			t.Errorf("%+v: %d bytes written, %v", tt, n, err)
		}
		if n, err := out.write(frames[tt.begun:]); n != tt.want || err != io.ErrClosedPipe {
			t.Errorf("%+v: %d bytes written, %v", tt, n, err)
		}
		if n, err := out.write(frames); n != 0 || err != io.ErrClosedPipe || writes != 1 {
			t.Errorf("%+v: then %d bytes written in %d writes, %v", tt, n, writes-1, err)
		}
	}
}

func TestReadyComesFirst(t *testing.T) {
	h := newClient(nil, Keys{}, testMaxFrame)
	_, err := h.Write(append(newGreeting(3, 0, mechanismNull), frame(0, []byte("hello"))...))
	wantError(t, err, core.Internal, "has to be READY")
}

// Both ends write and read at the same time. It is the race detector that has something to say here.
func TestBothDirections(t *testing.T) {
	client, server := loopback(t)
	const count = 300
	done := make(chan error, 3)
	send := func(conn io.Writer) {
		for i := range count {
			if _, err := conn.Write(frame(0, make([]byte, i*10))); err != nil {
				done <- err
				return
			}
		}
		done <- nil
	}
	size := 0
	for i := range count {
		size += len(frame(0, make([]byte, i*10)))
	}
	go send(client) // ends when all is sent or the connection is closed; all three are joined below
	go send(server)
	go func() {
		_, err := io.CopyN(io.Discard, client, int64(size))
		done <- err
	}()
	if _, err := io.CopyN(io.Discard, server, int64(size)); err != nil {
		t.Error(err)
	}
	for range cap(done) {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
