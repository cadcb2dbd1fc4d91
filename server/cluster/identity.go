package cluster

import (
	"crypto/rand"
	"encoding/hex"
	"time"
)

// Identity is one run of a bridge. It is another one after a restart, so that nobody takes what the run before has held for its own.
type Identity struct {
	ID      string    `json:"id"` // 32 hex digits, random
	Started time.Time `json:"started"`
}

func newIdentity() Identity {
	var id [16]byte
	rand.Read(id[:]) // never fails
	return Identity{ID: hex.EncodeToString(id[:]), Started: time.Now().UTC().Truncate(time.Millisecond)}
}

// IsID tells whether a text is the ID of a bridge. What a bucket has may have been written by anybody who reaches NATS.
func IsID(text string) bool {
	id, err := hex.DecodeString(text)
	return err == nil && len(id) == 16
}
