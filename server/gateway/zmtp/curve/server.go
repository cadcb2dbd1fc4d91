package curve

import (
	"crypto/rand"
	"crypto/subtle"
	"net"

	"golang.org/x/crypto/nacl/box"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// server is the handshake of a server. It and with it the short-term keys are gone when the handshake is over.
type server struct {
	*conn
	longPublic [KeySize]byte // S
	longSecret [KeySize]byte // s
	public     [KeySize]byte // S'
	secret     [KeySize]byte // s'
	client     [KeySize]byte // C'
	cookie     [cookieSize]byte
}

// Server makes a CURVE server of a fresh connection nc: the peer of [Client], under the same conditions. It goes through
// the handshake up to INITIATE, and asks admit about the client's public key; its own READY follows when the NULL peer on
// the connection it returns writes one.
func Server(nc net.Conn, secret [KeySize]byte, admit func(client [KeySize]byte) bool, maxFrame int64) (net.Conn, error) {
	h := newServer(nc, secret, maxFrame)
	if err := h.greet(true); err != nil {
		return nil, err
	}
	if err := h.hello(); err != nil {
		return nil, err
	}
	client, err := h.initiate()
	if err != nil {
		return nil, err
	}
	if !admit(client) {
		h.out.command([]byte(cmdError + "\x03400"))
		return nil, core.NewError(core.Denied, "the client "+EncodeKey(client)+" is not admitted")
	}
	return h.conn, nil
}

func newServer(nc net.Conn, secret [KeySize]byte, maxFrame int64) *server {
	h := &server{conn: newConn(nc, maxFrame, prefixClientMessage, prefixServerMessage)}
	h.longPublic, h.longSecret = publicKey(secret), secret
	h.public, h.secret = GenerateKeys()
	// RFC 26 puts into the cookie what the server has to remember, sealed, so that it need not. Here the connection
	// remembers, and the cookie only has to come back.
	rand.Read(h.cookie[:])
	h.out.step = h.ready
	return h
}

// hello answers HELLO with WELCOME.
func (h *server) hello() error {
	body, err := h.expect(cmdHello)
	if err != nil {
		return err
	}
	const keyAt = len(helloVersion) + helloPadding
	if len(body) != keyAt+KeySize+shortNonceSize+overhead+helloSignature {
		return protocolError("a HELLO of %d bytes", len(cmdHello)+len(body))
	}
	if string(body[:len(helloVersion)]) != helloVersion {
		return protocolError("a HELLO of another version of CURVE")
	}
	h.client = [KeySize]byte(body[keyAt:])
	key, err := agree(&h.client, &h.longSecret)
	if err != nil {
		return protocolError("%v in HELLO", err)
	}
	if _, err := h.in.open(nil, prefixHello, key, body[keyAt+KeySize:]); err != nil {
		return core.NewError(core.Unauthenticated, "the client has another server key")
	}
	return h.welcome(key)
}

// welcome proves to the client that the server knows s, and tells it S' and the cookie.
func (h *server) welcome(key *[KeySize]byte) error {
	b := append([]byte(cmdWelcome), make([]byte, longNonceSize)...)
	random := b[len(cmdWelcome):]
	rand.Read(random)
	nonce := longNonce(prefixWelcome, random)
	return h.out.command(box.SealAfterPrecomputation(b, append(h.public[:], h.cookie[:]...), &nonce, key))
}

// initiate finds out who the client is, and makes its metadata readable.
func (h *server) initiate() (client [KeySize]byte, err error) {
	body, err := h.expect(cmdInitiate)
	if err != nil {
		return client, err
	}
	const contents = KeySize + vouchSize
	if len(body) < cookieSize+shortNonceSize+overhead+contents {
		return client, protocolError("an INITIATE of %d bytes", len(cmdInitiate)+len(body))
	}
	if subtle.ConstantTimeCompare(body[:cookieSize], h.cookie[:]) == 0 {
		return client, protocolError("an INITIATE with another cookie")
	}
	key, err := agree(&h.client, &h.secret)
	if err != nil {
		return client, protocolError("%v in HELLO", err)
	}
	plain, err := h.in.open(nil, prefixInitiate, key, body[cookieSize:])
	if err != nil {
		return client, err
	}
	client = [KeySize]byte(plain)
	if !h.vouched(&client, plain[KeySize:contents]) {
		return client, core.NewError(core.Unauthenticated, "the client cannot prove that its key is its own")
	}
	h.secure(key)
	greeting := h.in.pending
	h.in.pass(plain[contents:])
	h.in.pending = append(greeting, h.in.plain...)
	return client, nil
}

// vouched tells whether the owner of C vouches for the connection from C' to S.
func (h *server) vouched(client *[KeySize]byte, vouch []byte) bool {
	key, err := agree(client, &h.secret)
	if err != nil {
		return false
	}
	nonce := longNonce(prefixVouch, vouch[:longNonceSize])
	plain, ok := box.OpenAfterPrecomputation(nil, vouch[longNonceSize:], &nonce, key)
	return ok && subtle.ConstantTimeCompare(plain, append(h.client[:], h.longPublic[:]...)) == 1
}

// ready sends the READY a NULL peer writes.
func (h *server) ready(flags byte, frame []byte) error {
	metadata, err := readyMetadata(flags, frame)
	if err != nil {
		return err
	}
	h.out.step = h.out.message
	return h.out.command(h.out.seal([]byte(cmdReady), prefixReady, h.out.key, metadata))
}

// expect waits for a command of the handshake and returns what follows its name.
func (h *server) expect(name string) ([]byte, error) {
	command, err := h.in.frame(maxCommand)
	if err != nil {
		return nil, err
	}
	return expect(name, command)
}
