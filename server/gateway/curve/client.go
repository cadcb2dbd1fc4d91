package curve

import (
	"bytes"
	"crypto/rand"
	"net"

	"golang.org/x/crypto/nacl/box"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Commands of the handshake and what is in them, https://rfc.zeromq.org/spec/26/
const (
	cmdHello    = "\x05HELLO"    // version, padding, C', nonce, box [64 * %x0](C'->S)
	cmdWelcome  = "\x07WELCOME"  // nonce, box [S' + cookie](S->C')
	cmdInitiate = "\x08INITIATE" // cookie, nonce, box [C + vouch + metadata](C'->S')
	cmdReady    = "\x05READY"    // nonce, box [metadata](S'->C')

	helloVersion   = "\x01\x00"
	helloPadding   = 72 // HELLO is longer than WELCOME: servers amplify nothing
	helloSignature = 64 // zeros
	cookieSize     = 96
	welcomeSize    = longNonceSize + overhead + KeySize + cookieSize // without the name
	vouchSize      = longNonceSize + overhead + 2*KeySize            // nonce, box [C' + S](C->S')

	// maxCommand is the largest command of the handshake: what the guard of package gateway admits.
	maxCommand = 8 << 10
)

// client is the handshake of a client. It and with it the short-term secret key are gone when the handshake is over.
type client struct {
	*conn
	keys   Keys
	public [KeySize]byte // C'
	secret [KeySize]byte // c'
	server [KeySize]byte // S'
	cookie [cookieSize]byte
}

// Client makes a CURVE client of a fresh connection nc. It greets, sends HELLO and waits for WELCOME, by which the server
// proves that it owns keys.Server. INITIATE and READY, the other half of the handshake, follow when the NULL peer on the
// connection it returns writes its READY, which says what socket it is, and reads the peer's.
//
// A frame of the server may have maxFrame bytes. Nothing here waits longer than nc does: the caller gives nc a deadline
// until the peer's READY is read, or closes it when it takes too long. After an error the caller closes nc.
//
// Errors of the handshake: Unauthenticated when the server does not own keys.Server, Denied when it does not admit the
// client, Protocol and TooLarge for what no server may send, Invalid for unusable keys, and those of nc.
func Client(nc net.Conn, keys Keys, maxFrame int64) (net.Conn, error) {
	if err := check(&keys); err != nil {
		return nil, err
	}
	h := newClient(nc, keys, maxFrame)
	if err := h.greet(false); err != nil {
		return nil, err
	}
	if err := h.hello(); err != nil {
		return nil, err
	}
	return h.conn, nil
}

func newClient(nc net.Conn, keys Keys, maxFrame int64) *client {
	h := &client{conn: newConn(nc, maxFrame, prefixServerMessage, prefixClientMessage), keys: keys}
	h.public, h.secret = GenerateKeys()
	h.out.step, h.in.step = h.initiate, h.ready
	return h
}

// hello proves to the server that the client knows S, and has it prove that it knows s.
func (h *client) hello() error {
	key, err := agree(&h.keys.Server, &h.secret)
	if err != nil {
		return err
	}
	b := append([]byte(cmdHello), helloVersion...)
	b = append(b, make([]byte, helloPadding)...)
	b = append(b, h.public[:]...)
	b = h.out.seal(b, prefixHello, key, make([]byte, helloSignature))
	if err := h.out.command(b); err != nil {
		return err
	}
	return h.welcome(key)
}

// welcome learns S' and the cookie.
func (h *client) welcome(key *[KeySize]byte) error {
	command, err := h.in.frame(maxCommand)
	if hungUp(err) {
		return core.NewError(core.Unauthenticated, "the peer hung up on HELLO: the configured server key is probably not its own")
	}
	if err != nil {
		return err
	}
	body, err := expect(cmdWelcome, command)
	if err != nil {
		return err
	}
	if len(body) != welcomeSize {
		return protocolError("a WELCOME of %d bytes", len(command))
	}
	nonce := longNonce(prefixWelcome, body[:longNonceSize])
	plain, ok := box.OpenAfterPrecomputation(nil, body[longNonceSize:], &nonce, key)
	if !ok {
		return core.NewError(core.Unauthenticated, "the peer cannot prove that the configured server key is its own")
	}
	h.server, h.cookie = [KeySize]byte(plain), [cookieSize]byte(plain[KeySize:])

	if key, err = agree(&h.server, &h.secret); err != nil {
		return protocolError("%v in WELCOME", err)
	}
	h.secure(key)
	return nil
}

// initiate sends the READY a NULL peer writes as INITIATE, which tells the server who the client is.
func (h *client) initiate(flags byte, frame []byte) error {
	metadata, err := readyMetadata(flags, frame)
	if err != nil {
		return err
	}
	vouch, err := h.vouch()
	if err != nil {
		return err
	}
	b := append([]byte(cmdInitiate), h.cookie[:]...)
	b = h.out.seal(b, prefixInitiate, h.out.key, bytes.Join([][]byte{h.keys.Public[:], vouch, metadata}, nil))
	h.out.step = h.out.message
	return h.out.command(b)
}

// vouch proves to the server it was made for, and to nobody else, that C' belongs to C.
func (h *client) vouch() ([]byte, error) {
	key, err := agree(&h.server, &h.keys.Secret)
	if err != nil {
		return nil, err
	}
	b := make([]byte, longNonceSize, vouchSize)
	rand.Read(b)
	nonce := longNonce(prefixVouch, b)
	return box.SealAfterPrecomputation(b, append(h.public[:], h.keys.Server[:]...), &nonce, key), nil
}

// ready takes the server's READY.
func (h *client) ready() error {
	command, err := h.in.frame(maxCommand)
	if hungUp(err) {
		return core.NewError(core.Denied, "the peer hung up on INITIATE: it does not admit this client's key or socket type")
	}
	if err != nil {
		return err
	}
	sealed, err := expect(cmdReady, command)
	if err != nil {
		return err
	}
	if len(sealed) < shortNonceSize+overhead {
		return protocolError("a READY of %d bytes", len(command))
	}
	metadata, err := h.in.open(nil, prefixReady, h.in.key, sealed)
	if err != nil {
		return err
	}
	h.in.pass(metadata)
	h.in.step = h.in.message
	return nil
}

// pass makes the peer's metadata readable as a READY.
func (o *opener) pass(metadata []byte) {
	o.plain = appendHeader(o.plain, flagCommand, len(cmdReady)+len(metadata))
	o.plain = append(o.plain, cmdReady...)
	o.plain = append(o.plain, metadata...)
}

// readyMetadata finds the metadata in the READY of the NULL peer on this end, which is a frame behind one byte of room.
func readyMetadata(flags byte, frame []byte) ([]byte, error) {
	metadata, ok := bytes.CutPrefix(frame[1:], []byte(cmdReady))
	if !ok || flags&flagCommand == 0 {
		return nil, core.NewError(core.Internal, "CURVE: the first frame written has to be READY")
	}
	return metadata, nil
}
