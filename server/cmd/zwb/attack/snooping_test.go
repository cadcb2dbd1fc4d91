package attack

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench/backend"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench/intruder"
)

// publisher says the same topics over and over, to everybody, whoever has subscribed to what.
func publisher(t *testing.T, topics ...string) string {
	t.Helper()
	p, err := backend.NewPublisher("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	tick := time.NewTicker(10 * time.Millisecond)
	go func() { // ends with the test
		defer p.Close()
		defer tick.Stop()
		for t.Context().Err() == nil {
			for _, topic := range topics {
				p.Append([]byte(topic))
			}
			p.Flush() // fails while nobody is there
			<-tick.C
		}
	}()
	return p.Endpoint()
}

// topicsHeard are the topics of all messages that come within a time.
func topicsHeard(v *intruder.Intruder, within time.Duration) (topics map[string]int) {
	topics = map[string]int{}
	for _, f := range v.FramesUntil(time.Now().Add(within)) {
		if f.Kind == core.KindMessage || f.Kind == core.KindPublication {
			topics[string(f.Body.Topic())]++
		}
	}
	return topics
}

// opening are the frames that open a socket with room for everything.
func opening(socket uint32, typ core.SocketType, flags uint64, endpoint string) []core.Frame {
	return []core.Frame{{Kind: core.KindOpen, Socket: socket, ID: 1, Type: typ, Flags: flags, Text: []byte(endpoint)},
		{Kind: core.KindCredit, Socket: socket, Messages: 1 << 20, Bytes: 1 << 30}}
}

const listenFor = 200 * time.Millisecond

// TestSnooping: nobody gets a topic of somebody else, by a prefix that is too short, by many of them, by what a history holds, by an
// XSUB that subscribes as it likes, or as in 2012.
func TestSnooping(t *testing.T) {
	t.Parallel()
	address := publisher(t, "user.alice.1", "user.mallory.1", "user.mallory2.1", "fx.1", "f.secret", "secret", "user.")
	b := start(t, withSecret+`endpoints:
  feed: {type: [SUB, XSUB], address: '`+address+`', topics: ["user.{user}.", fx.], history: {messages: 1000}}
`, secretFile)
	alice := b.enter(signed("alice", nil)) // has the history begin
	alice.Say(append(opening(1, core.SUB, 0, "feed"), core.Frame{Kind: core.KindSubscribe, Socket: 1, ID: 1, Name: []byte("user.alice.")})...)
	if got := topicsHeard(alice, listenFor); got["user.alice.1"] == 0 || len(got) != 1 {
		t.Fatalf("alice hears %v", got)
	}
	for name, spy := range map[string]func(v *intruder.Intruder){
		"short prefixes": func(v *intruder.Intruder) {
			v.Say(opening(1, core.SUB, 0, "feed")...)
			for id, prefix := range []string{"", "u", "user", "user.", "user.a", "user.alice.", "user.alice.1", "user.mallory", "f", "fx", "s", "secret", "user.mallory\x00", "USER.MALLORY.",
				"user.mallory.\x00", "fx.", "user.mallory."} {
				v.Say(core.Frame{Kind: core.KindSubscribe, Socket: 1, ID: uint64(id + 1), Name: []byte(prefix)})
			}
		},
		"the history": func(v *intruder.Intruder) {
			for id, prefix := range []string{"", "user.alice.", "fx.", "user.mallory."} {
				v.Say(append(opening(uint32(id+1), core.SUB, core.FlagRecover, "feed"),
					core.Frame{Kind: core.KindSubscribe, Socket: uint32(id + 1), ID: 1, Name: []byte(prefix)})...)
				v.Hear(core.KindSubscribed, core.KindUnsubscribed)
				v.Say(core.Frame{Kind: core.KindRecover, Socket: uint32(id + 1), ID: 1, Offset: 0, Name: []byte("epoch")})
			}
		},
		"the history, and then a shorter prefix": func(v *intruder.Intruder) {
			v.Say(append(opening(1, core.SUB, core.FlagRecover, "feed"), core.Frame{Kind: core.KindSubscribe, Socket: 1, ID: 1, Name: []byte("fx.")},
				core.Frame{Kind: core.KindRecover, Socket: 1, ID: 1, Name: []byte("epoch")}, core.Frame{Kind: core.KindSubscribe, Socket: 1, ID: 2})...)
		},
		"an XSUB": func(v *intruder.Intruder) {
			v.Say(opening(1, core.XSUB, 0, "feed")...)
			v.Hear(core.KindCredit)
			for _, prefix := range []string{"", "u", "user.", "user.alice.", "secret", "fx.", "user.mallory."} {
				v.Say(core.Frame{Kind: core.KindMessage, Socket: 1, Parts: core.Message{append([]byte{1}, prefix...)}})
			}
		},
	} {
		v := b.enter(signed("mallory", nil))
		spy(v)
		got := topicsHeard(v, listenFor)
		if got["fx.1"] == 0 {
			t.Errorf("%s: he does not hear what everybody may: %v, %v", name, got, v.End())
		}
		for topic := range got {
			if !strings.HasPrefix(topic, "user.mallory.") && !strings.HasPrefix(topic, "fx.") {
				t.Errorf("%s: he hears %s", name, topic)
			}
		}
	}
}

// TestWideningClaims: what somebody is called, and what their claims say, gives them no topic that does not begin with all of it.
func TestWideningClaims(t *testing.T) {
	t.Parallel()
	b := start(t, withSecret+`endpoints:
  feed: {type: SUB, address: '`+publisher(t)+`', topics: ["user.{user}.", "{claims.desks}.", "{claims.team}/", "open."]}
`, secretFile)
	type claims = map[string]any
	for _, tt := range []struct {
		user    string
		claims  claims
		reaches []string // of the prefixes below
	}{
		{"alice", nil, []string{"user.alice."}},
		{"bob", claims{"desks": []string{"fx", "rates"}, "team": "a.b"}, []string{"fx.", "fx.x.", "rates.", "a.b/"}},
		{"user.alice", nil, nil},
		{"alice.", nil, nil},
		{".", nil, nil},
		{"*", nil, []string{"user.*."}},
		{"{user}", nil, []string{"user.{user}."}},
		{"mallory", claims{"desks": "", "team": ""}, nil},
		{"mallory", claims{"desks": []string{""}, "team": nil}, nil},
		{"mallory", claims{"desks": []string{"fx.x", "."}, "team": "/"}, nil},
		{"mallory", claims{"desks": []any{[]string{"fx"}, claims{"a": "fx"}, nil, true}, "team": claims{"fx": 1}}, nil},
		{"mallory", claims{"desks": claims{"fx": true}, "team": []any{}}, nil},
		{"mallory", claims{"desks": "user", "team": "*"}, []string{"user.", "user..", "user.alice.", "user.*.", "user.{user}.", "*/"}}, // as its claims say
	} {
		v, _, err := b.door().Enter(credentials(signed(tt.user, tt.claims)))
		if err != nil {
			t.Errorf("%q: %v", tt.user, err)
			continue
		}
		v.Open(1, core.SUB, 0, "feed")
		for id, prefix := range []string{"", "u", "user", "user.", "user.alice.", "user.*.", "user.{user}.", "user..", ".", "/", "fx.", "rates.", "fx", "fx.x.", "a.b/", "*/", "true.", "[", "chat."} {
			v.Say(core.Frame{Kind: core.KindSubscribe, Socket: 1, ID: uint64(id + 1), Name: []byte(prefix)})
			f := v.Hear(core.KindSubscribed, core.KindUnsubscribed)
			if f == nil {
				t.Fatalf("%q: nothing is said of %q: %v", tt.user, prefix, v.End())
			}
			if got := f.Kind == core.KindSubscribed; got != slices.Contains(tt.reaches, prefix) {
				t.Errorf("%q %v: %q is taken: %v", tt.user, tt.claims, prefix, got)
			}
		}
		v.Close()
	}
}
