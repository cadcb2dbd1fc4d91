package policy

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

// signer tells a backend who calls, in front of every message.
type signer struct {
	key []byte // nil: it is told, but not proven
}

// minKey is how many bytes the key of a signer has at least (RFC 2104, section 3).
const minKey = 32

func newSigner(keyFile string) (*signer, error) {
	if keyFile == "" {
		return &signer{}, nil
	}
	key, err := os.ReadFile(keyFile)
	if err != nil {
		return nil, err
	}
	if len(key) < minKey {
		return nil, fmt.Errorf("the key has %d bytes; it needs at least %d, as of: openssl rand -out %s 32", len(key), minKey, keyFile)
	}
	return &signer{key}, nil
}

// caller is what a backend is told, as JSON.
type caller struct {
	User    string         `json:"user"` // "" for nobody in particular
	Claims  map[string]any `json:"claims,omitempty"`
	IP      string         `json:"ip"`
	Session string         `json:"session"` // the same for as long as the client has its session, over all of its sockets
	Time    int64          `json:"time"`    // milliseconds since 1970
}

// stamp says who asks: what it returns puts that in front of a message. An empty part that comes first is the delimiter of an
// envelope, and stays there. Behind the caller stands the proof, if there is a key: HMAC-SHA256, in hexadecimal, over the
// caller's part and the SHA-256 of what follows, of which each part is preceded by its length in 8 bytes, big-endian.
func (s *signer) stamp(a access.Access) func(core.Message) core.Message {
	q := newQuestion(a)
	who := caller{User: q.subject().User, Claims: q.subject().Claims, IP: q.facts().IP, Session: a.Session}
	return func(m core.Message) core.Message {
		envelope, body := core.Message{}, m
		if len(m) > 1 && len(m[0]) == 0 {
			envelope, body = m[:1:1], m[1:]
		}
		now := who
		now.Time = time.Now().UnixMilli()
		text, err := json.Marshal(now)
		if err != nil { // claims were read from JSON
			text = []byte("{}")
		}
		stamped := append(envelope, text)
		if s.key != nil {
			stamped = append(stamped, s.proof(text, body))
		}
		return append(stamped, body...)
	}
}

func (s *signer) proof(caller []byte, body core.Message) []byte {
	hash := sha256.New()
	for _, part := range body {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(part)))
		hash.Write(size[:])
		hash.Write(part)
	}
	proof := hmac.New(sha256.New, s.key)
	proof.Write(caller)
	proof.Write(hash.Sum(nil))
	return hex.AppendEncode(nil, proof.Sum(nil))
}

// meet tells whether sockets of some of the types reach the same backends as those of an endpoint with a caller: a PULL hears PUSH,
// a REP or ROUTER all others that ask. No types are all.
func meet(callers, types []core.SocketType) bool {
	hears := func(t core.SocketType) []core.SocketType {
		if t == core.PUSH {
			return []core.SocketType{core.PUSH}
		}
		return []core.SocketType{core.REQ, core.DEALER, core.ROUTER}
	}
	return len(types) == 0 || slices.ContainsFunc(callers, func(caller core.SocketType) bool {
		return slices.ContainsFunc(types, func(t core.SocketType) bool { return slices.Contains(hears(caller), t) })
	})
}

var errNotAlone = errors.New("its backend is told who calls, and would believe whoever came another way")

// keepApart finds ways to a backend that trusts what it is told of callers, other than the endpoint that tells it: whoever went
// there could say anything.
func (l *loader) keepApart(p *Policy) {
	for _, name := range sortedNames(l.file.Names) {
		e := p.named[name]
		if e.terms.caller == nil {
			continue
		}
		for _, ep := range e.addresses {
			for _, other := range p.named {
				if other.terms.caller != nil || !meet(e.types, other.types) {
					continue
				}
				for _, address := range other.addresses {
					if address == ep && other != e {
						l.wrong(other.path+".address", fmt.Errorf("%s is also endpoints.%s: %w", ep, name, errNotAlone))
					}
				}
			}
			for _, raw := range p.raw {
				if raw.covers(ep) && meet(e.types, raw.types) {
					l.wrong(raw.path, fmt.Errorf("%s is also endpoints.%s: %w", ep, name, errNotAlone))
				}
			}
		}
	}
}
