package curve

import (
	"crypto/rand"

	"golang.org/x/crypto/curve25519"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

// KeySize is the size of every key, public or secret, in bytes.
const KeySize = access.CurveKeySize

// Keys are the long-term keys a client needs.
type Keys = access.CurveKeys

// check completes the keys and finds mistakes which the server would only answer with silence.
func check(k *Keys) error {
	var none [KeySize]byte
	public := publicKey(k.Secret)
	switch {
	case k.Secret == none:
		return core.NewError(core.Invalid, "CURVE: no secret key is configured")
	case k.Server == none:
		return core.NewError(core.Invalid, "CURVE: no server key is configured")
	case k.Public != none && k.Public != public:
		return core.NewError(core.Invalid, "CURVE: the public key does not belong to the secret key")
	}
	if _, err := agree(&k.Server, &k.Secret); err != nil {
		return core.NewError(core.Invalid, "CURVE: the server key is "+err.Error())
	}
	k.Public = public
	return nil
}

// GenerateKeys makes a new pair of keys.
func GenerateKeys() (public, secret [KeySize]byte) {
	rand.Read(secret[:]) // never fails
	return publicKey(secret), secret
}

// publicKey is the public key that belongs to a secret one.
func publicKey(secret [KeySize]byte) [KeySize]byte {
	public, err := curve25519.X25519(secret[:], curve25519.Basepoint)
	if err != nil {
		// Unreachable: both lengths are right, and no secret makes the base point one of low order.
		panic(err)
	}
	return [KeySize]byte(public)
}

// ParseKey reads a key in Z85, see access.ParseCurveKey.
func ParseKey(text string) ([KeySize]byte, error) { return access.ParseCurveKey(text) }

// EncodeKey writes a key in Z85.
func EncodeKey(key [KeySize]byte) string { return access.EncodeCurveKey(key) }
