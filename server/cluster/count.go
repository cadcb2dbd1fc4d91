package cluster

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// counts is one message about how many connections users have at a bridge: some of all users of which that has changed, or all of them, in several messages.
//
//	1 byte   which of the kinds below it is
//	16 bytes the ID of the bridge
//	uvarint  its number: messages of a bridge have one number after the other
//	then, of each user, 16 bytes of a hash and an uvarint: how many there are; 0: none is left
type counts struct {
	kind   countKind
	bridge string
	number uint64
	users  map[userHash]uint32
}

// countKind is what a message is.
type countKind byte

const (
	someCounts countKind = iota + 1 // how many there are now, of these users
	allCounts                       // the same, and of everybody else there are none, or another message will say it
	wantCounts                      // all bridges are to say all of their counts
)

// userHash stands for a user. Who that is cannot be read in it.
type userHash [16]byte

func hashOf(user string) (h userHash) {
	all := sha256.Sum256([]byte(user))
	copy(h[:], all[:])
	return h
}

// What a message has at most, so that it fits into any NATS server's limit.
const (
	mostCounts     = 1500
	mostCountBytes = 64 << 10
)

func (c *counts) append(to []byte) []byte {
	id, _ := hex.DecodeString(c.bridge)
	to = append(append(to, byte(c.kind)), id...)
	to = binary.AppendUvarint(to, c.number)
	for h, n := range c.users {
		to = binary.AppendUvarint(append(to, h[:]...), uint64(n))
	}
	return to
}

// mostOfUser is how many connections a user has at a bridge, at most: what is more was not said by a bridge.
const mostOfUser = 1 << 24

// readCounts reads what somebody has sent who reaches NATS.
func readCounts(text []byte) (c counts, err error) {
	wrong := core.NewError(core.Invalid, "no bridge has counted so")
	if len(text) < 18 || len(text) > mostCountBytes {
		return c, wrong
	}
	c = counts{kind: countKind(text[0]), bridge: hex.EncodeToString(text[1:17]), users: map[userHash]uint32{}}
	if c.kind < someCounts || c.kind > wantCounts {
		return counts{}, wrong
	}
	text = text[17:]
	number, n := binary.Uvarint(text)
	if n <= 0 {
		return counts{}, wrong
	}
	c.number, text = number, text[n:]
	for len(text) > 0 {
		if len(text) <= len(userHash{}) || len(c.users) >= mostCounts {
			return counts{}, wrong
		}
		h := userHash(text)
		text = text[len(h):]
		many, n := binary.Uvarint(text)
		if n <= 0 || many > mostOfUser {
			return counts{}, wrong
		}
		c.users[h], text = uint32(many), text[n:]
	}
	return c, nil
}
