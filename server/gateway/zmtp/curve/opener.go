package curve

import (
	"bytes"
	"encoding/binary"
	"slices"

	"golang.org/x/crypto/nacl/box"
)

const (
	cmdMessage = "\x07MESSAGE"

	// messageOverhead is what a MESSAGE is longer than the body of the frame in it, whose flags are in the box.
	messageOverhead = len(cmdMessage) + shortNonceSize + overhead + 1

	// Flags in the box of a MESSAGE.
	boxedMore    = 1 << 0
	boxedCommand = 1 << 1
	boxedKnown   = boxedMore | boxedCommand
)

// opener is the direction from the peer: MESSAGEs on the wire, plain frames to whoever reads.
type opener struct {
	source
	key      *[KeySize]byte
	prefix   string // of the nonces of MESSAGEs
	count    uint64 // of the last nonce
	maxFrame uint64 // bytes of the body of a plain frame

	step    func() error // appends the next frame to plain: one of the handshake, later message
	plain   []byte       // frames decrypted
	pending []byte       // of plain: not yet read
	fault   error        // ends the stream, once everything before it is read
}

func (o *opener) read(p []byte) (int, error) {
	if len(o.pending) == 0 {
		if err := o.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p, o.pending)
	o.pending = o.pending[n:]
	return n, nil
}

// fill decrypts the next frame, and those behind it that have arrived already, as long as there is room.
func (o *opener) fill() error {
	o.plain = reuse(o.plain)
	for o.fault == nil {
		o.fault = o.step()
		if size, whole := o.arrived(); !whole || size > cap(o.plain)-len(o.plain) {
			break
		}
	}
	o.pending = o.plain
	if len(o.pending) == 0 {
		return o.fault
	}
	return nil
}

// message decrypts a MESSAGE into plain.
func (o *opener) message() error {
	command, err := o.frame(o.maxFrame + uint64(messageOverhead))
	if err != nil {
		return err
	}
	if !bytes.HasPrefix(command, []byte(cmdMessage)) {
		return protocolError("%s where a MESSAGE has to be", describe(command))
	}
	if len(command) < messageOverhead {
		return protocolError("a MESSAGE of %d bytes", len(command))
	}

	// The box holds one byte of flags and the body. It is opened one byte before the place of the body, so that the last
	// byte of the header then takes the place of the flags.
	size := len(command) - messageOverhead
	start, length := len(o.plain), sizedHeaderLength(size)
	plain := slices.Grow(o.plain, max(ioBuffer-start, length+size))
	plain, err = o.open(plain[:start+length-1], o.prefix, o.key, command[len(cmdMessage):])
	if err != nil {
		return err
	}
	flags := plain[start+length-1]
	if flags&^boxedKnown != 0 {
		return protocolError("a MESSAGE with flags %#02x", flags)
	}
	appendHeader(plain[:start], flags&boxedMore|flags&boxedCommand<<1, size)
	o.plain = plain
	o.release()
	return nil
}

// open appends to dst what is in sealed, a short nonce and a box. The nonce has to be larger than the last one: a peer
// never uses one twice, so what does has been replayed, and what comes late has been reordered.
func (o *opener) open(dst []byte, prefix string, key *[KeySize]byte, sealed []byte) ([]byte, error) {
	count := binary.BigEndian.Uint64(sealed)
	if count <= o.count {
		return nil, protocolError("nonce %d after %d: a replay", count, o.count)
	}
	nonce := shortNonce(prefix, count)
	dst, ok := box.OpenAfterPrecomputation(dst, sealed[shortNonceSize:], &nonce, key)
	if !ok {
		return nil, errForged
	}
	o.count = count
	return dst, nil
}
