package cluster

import (
	"bytes"
	"encoding/json"
	"io"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Revocation is that a user or a token is not accepted until a time, or that this was lifted. Exactly one of the two is set. No credential is in it.
type Revocation struct {
	User   string    `json:"user,omitempty"`
	Token  string    `json:"token,omitempty"` // names a token, from which the token cannot be found
	Until  time.Time `json:"until"`
	Since  time.Time `json:"since"` // of two about the same, the later one holds
	Reason string    `json:"reason,omitempty"`
	Lifted bool      `json:"lifted,omitempty"`
	Bridge string    `json:"bridge"` // the one that wrote it down
}

// mostRevocation is how many bytes one has as JSON, where each byte of its texts may be written as six.
const mostRevocation = 8 << 10

// key is under which it is in the bucket. Whom it is about cannot be read in it.
func (r Revocation) key() string { return keyOf(r.User, r.Token) }

// readRevocation reads what a bucket has under a key. Whether its texts make sense is for the list to say.
func readRevocation(key string, value []byte) (r Revocation, err error) {
	if len(value) > mostRevocation {
		return r, core.NewError(core.Invalid, "a revocation is too large")
	}
	if err := readStrictly(value, &r); err != nil {
		return Revocation{}, err
	}
	if r.key() != key || !IsID(r.Bridge) || (r.User == "") == (r.Token == "") {
		return Revocation{}, core.NewError(core.Invalid, "a revocation is not about whom its key says")
	}
	r.Reason = visible(r.Reason)
	return r, nil
}

// readStrictly reads what a bridge has written as JSON, which has no fields but those that there are, and nothing behind it.
func readStrictly(text []byte, into any) error {
	body := json.NewDecoder(bytes.NewReader(text))
	body.DisallowUnknownFields()
	err := body.Decode(into)
	if err == nil {
		if _, more := body.Token(); more == io.EOF {
			return nil
		}
		err = core.NewError(core.Invalid, "something is behind it")
	}
	return core.NewError(core.Invalid, "no bridge has written this: "+err.Error())
}
