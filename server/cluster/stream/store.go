package stream

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/made"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/durable"
)

// Store is the streams of a cluster of bridges.
type Store struct {
	js       jetstream.JetStream
	cluster  string
	replicas int
	alone    bool // no other bridge has these streams
}

// New makes the Store of a cluster, whose streams and leases are kept on so many servers.
func New(js jetstream.JetStream, cluster string, replicas int) *Store {
	return &Store{js: js, cluster: cluster, replicas: max(1, replicas)}
}

// NewAlone makes the Store of a bridge that shares its streams with nobody.
func NewAlone(js jetstream.JetStream, name string) *Store {
	return &Store{js: js, cluster: name, replicas: 1, alone: true}
}

// Open implements durable.Store. The bounds of a stream that there is already become those that are said.
func (s *Store) Open(ctx context.Context, endpoint string, keep access.History) (durable.Stream, error) {
	name := "zwb_" + s.cluster + "_" + legible(endpoint)
	config := jetstream.StreamConfig{
		Name:        name,
		Description: "history of the endpoint " + endpoint + " of Zmq Web Bridge",
		Subjects:    []string{s.subject(name, "none")}, // until a term begins
		MaxAge:      keep.Age,
		MaxBytes:    int64(keep.Bytes),
		MaxMsgs:     -1,
		MaxMsgSize:  -1,
		Discard:     jetstream.DiscardOld,
		Storage:     jetstream.FileStorage,
		Replicas:    s.replicas,
		AllowDirect: true,
		Metadata:    map[string]string{identity: nuid.Next()},
	}
	found, err := made.Insist(ctx, func(ctx context.Context) (jetstream.Stream, error) {
		found, err := s.js.Stream(ctx, name)
		switch {
		case errors.Is(err, jetstream.ErrStreamNotFound):
			return s.js.CreateStream(ctx, config)
		case err == nil && differs(found.CachedInfo().Config, config):
			now := config
			now.Subjects, now.Metadata = found.CachedInfo().Config.Subjects, found.CachedInfo().Config.Metadata
			return s.js.UpdateStream(ctx, now)
		}
		return found, err
	})
	if err != nil {
		return nil, away(err)
	}
	return newStream(s, found), nil
}

func differs(a, b jetstream.StreamConfig) bool {
	return a.MaxAge != b.MaxAge || a.MaxBytes != b.MaxBytes || a.Replicas != b.Replicas
}

// identity is the key under which the metadata of a stream tells it apart from any other, also from one of the same name that was
// deleted. Its time of creation would not do: on a server that is alone a change of the configuration after a restart changes it.
const identity = "zwb_identity"

// subject is where what is appended to a stream in a term is sent to.
func (s *Store) subject(stream, term string) string {
	return "zwb." + s.cluster + ".history." + stream + "." + term
}

// legible is a name without what JetStream does not take in one, and unlike that of any other endpoint.
func legible(endpoint string) string {
	letters := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return '_'
	}, endpoint)
	if letters == endpoint && len(endpoint) <= maxLegible {
		return letters
	}
	digest := sha256.Sum256([]byte(endpoint))
	return letters[:min(len(letters), maxLegible)] + "__" + hex.EncodeToString(digest[:8])
}

const maxLegible = 64

// away is an error of NATS for those who do not know NATS.
func away(err error) error {
	return core.NewError(core.Unavailable, "NATS: "+err.Error())
}
