package curve

import (
	"encoding/binary"
	"errors"

	"golang.org/x/crypto/curve25519"
	"golang.org/x/crypto/nacl/box"
)

// A box is encrypted and authenticated by a nonce and the key two ends agree on: NaCl's crypto_box.

const (
	nonceSize      = 24
	shortNonceSize = 8  // of the nonce, behind a prefix of 16: a counter
	longNonceSize  = 16 // of the nonce, behind a prefix of 8: random
)

// Prefixes of the nonces, one for each use of a key.
const (
	prefixHello         = "CurveZMQHELLO---"
	prefixWelcome       = "WELCOME-"
	prefixInitiate      = "CurveZMQINITIATE"
	prefixVouch         = "VOUCH---"
	prefixReady         = "CurveZMQREADY---"
	prefixClientMessage = "CurveZMQMESSAGEC"
	prefixServerMessage = "CurveZMQMESSAGES"
)

// overhead is what a box is longer than its contents.
const overhead = box.Overhead

// agree finds the key of two ends of which one has the secret key and knows the other's public one. It fails for a public
// key of low order, with which every secret key agrees on the same; box alone would not notice.
func agree(public, secret *[KeySize]byte) (*[KeySize]byte, error) {
	if _, err := curve25519.X25519(secret[:], public[:]); err != nil {
		return nil, errors.New("a public key of low order")
	}
	key := new([KeySize]byte)
	box.Precompute(key, public, secret)
	return key, nil
}

// shortNonce makes a nonce of a counter.
func shortNonce(prefix string, count uint64) (nonce [nonceSize]byte) {
	copy(nonce[:], prefix)
	binary.BigEndian.PutUint64(nonce[nonceSize-shortNonceSize:], count)
	return nonce
}

// longNonce makes a nonce of random bytes.
func longNonce(prefix string, random []byte) (nonce [nonceSize]byte) {
	copy(nonce[:], prefix)
	copy(nonce[nonceSize-longNonceSize:], random)
	return nonce
}
