package moved

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/token"
)

// A parcel is a session that is sealed for each token that its client may have:
//
//	version (1 byte), count (1 byte), count × (place (32 bytes), nonce (12), wrapped content key (48)), sealed session
//
// The content key is random, and seals this one parcel. It is wrapped for each token, with a key that is derived from the token and that only
// who has the token can derive (token.Key). All is AES-256-GCM, and everything in front of what is sealed is sealed with it. So who has the
// parcels reads none of them, and who changes one is noticed.
const (
	parcelVersion = 1
	nonceSize     = 12
	tagSize       = 16
	keySize       = 32
	placeSize     = sha256.Size
	entrySize     = placeSize + nonceSize + keySize + tagSize
	headSize      = 2
)

// MostTokens is for how many tokens a parcel is sealed.
const MostTokens = 4

// Seal seals what Write has written for who has one of the tokens that these keys are of.
func Seal(session []byte, keys []token.Key) ([]byte, error) {
	if len(keys) == 0 || len(keys) > MostTokens {
		return nil, core.NewError(core.Invalid, "too many tokens hold for this session")
	}
	content := make([]byte, keySize)
	rand.Read(content) // never fails
	parcel := make([]byte, headSize, headSize+len(keys)*entrySize+len(session)+tagSize)
	parcel[0], parcel[1] = parcelVersion, byte(len(keys))
	for i := range keys {
		nonce := make([]byte, nonceSize)
		rand.Read(nonce)
		wrap, err := aead(keys[i].Secret[:])
		if err != nil {
			return nil, err
		}
		parcel = append(append(parcel, keys[i].Place[:]...), nonce...)
		parcel = wrap.Seal(parcel, nonce, content, keys[i].Place[:])
	}
	seal, err := aead(content)
	if err != nil {
		return nil, err
	}
	return seal.Seal(parcel, make([]byte, nonceSize), session, parcel), nil
}

// Open opens a parcel with the key of one of its tokens. The error is core.Invalid.
func Open(parcel []byte, key token.Key) ([]byte, error) {
	if len(parcel) < headSize || parcel[0] != parcelVersion || parcel[1] == 0 || parcel[1] > MostTokens {
		return nil, errParcel
	}
	end := headSize + int(parcel[1])*entrySize
	if len(parcel) < end+tagSize {
		return nil, errParcel
	}
	for entries := parcel[headSize:end]; len(entries) > 0; entries = entries[entrySize:] {
		if [placeSize]byte(entries) != key.Place {
			continue
		}
		wrap, err := aead(key.Secret[:])
		if err != nil {
			return nil, err
		}
		wrapped := entries[placeSize:entrySize]
		content, err := wrap.Open(nil, wrapped[:nonceSize], wrapped[nonceSize:], key.Place[:])
		if err != nil {
			return nil, errParcel
		}
		seal, err := aead(content)
		if err != nil {
			return nil, err
		}
		session, err := seal.Open(nil, make([]byte, nonceSize), parcel[end:], parcel[:end])
		if err != nil {
			return nil, errParcel
		}
		return session, nil
	}
	return nil, errParcel
}

// errParcel says no more than that: who has changed a parcel learns nothing from it.
var errParcel = core.NewError(core.Invalid, "not a parcel with a session for this token")

func aead(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, core.NewError(core.Internal, err.Error())
	}
	return cipher.NewGCM(block)
}

// PlaceName is the text under which a parcel waits for who has a token.
func PlaceName(k token.Key) string { return hex.EncodeToString(k.Place[:]) }
