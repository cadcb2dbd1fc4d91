package attack

import (
	"crypto/rand"
	"fmt"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// TestStolenSessions: whoever has the token of somebody's session, but not their credentials and the origin of their page, gets a new
// session of their own, and the other one goes on. Nor does a session have a token that somebody chose for it.
func TestStolenSessions(t *testing.T) {
	t.Parallel()
	b := start(t, "origins: ['*']\n"+withSecret, secretFile)
	alice, welcome, err := b.door().Enter(credentials(signed("alice", nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer alice.Close()
	own := string(welcome.Name)
	guessed := make([]byte, len(own))
	rand.Read(guessed)
	for _, thief := range []struct {
		name, user, origin, token string
	}{
		{"another user", "bob", "", own},
		{"the same user on a page of another site", "alice", "https://evil.example", own},
		{"a user of that name of somebody else", "ALICE", "", own},
		{"a part of it", "alice", "", own[:len(own)-1]},
		{"more than it", "alice", "", own + "\x00"},
		{"a token that was made up", "alice", "", string(guessed)},
		{"a token of one's own choice", "alice", "", "fixed-by-the-attacker-000"},
	} {
		door := b.door()
		door.Origin = thief.origin
		hello := credentials(signed(thief.user, nil))
		hello.Name = []byte(thief.token)
		v, welcome, err := door.Enter(hello)
		if err != nil {
			t.Errorf("%s: %v", thief.name, err)
			continue
		}
		if welcome.Flags&core.FlagResumed != 0 || len(welcome.Name) < 16 || string(welcome.Name) == thief.token {
			t.Errorf("%s: %+v", thief.name, welcome)
		}
		v.Close()
	}
	if alice.Say(core.Frame{Kind: core.KindPing, ID: 1}); alice.Hear(core.KindPong) == nil {
		t.Errorf("the one whose session it is was put out: %v", alice.End())
	}
	if _, _, err := b.door().Enter(core.Frame{Name: []byte(own)}); err == nil {
		t.Error("a token of a session is enough to be let in")
	}
	resume(t, b, own)
}

// resume goes on with the session of alice, which can be done once.
func resume(t *testing.T, b *bridge, token string) {
	t.Helper()
	for _, resumed := range []bool{true, false} {
		hello := credentials(signed("alice", nil))
		hello.Name = []byte(token)
		v, welcome, err := b.door().Enter(hello)
		if err != nil {
			t.Fatal(err)
		}
		if v.Say(core.Frame{Kind: core.KindPing, ID: 1}); v.Hear(core.KindPong) == nil {
			t.Error(v.End()) // the client is heard, so the bridge forgets the token before
		}
		if got := welcome.Flags&core.FlagResumed != 0; got != resumed {
			t.Errorf("resumed %v, want %v: %+v", got, resumed, welcome)
		}
		defer v.Close()
	}
}

// TestSessionResumedWithoutEnd, each time with the token that was given the last time: the bridge has enough of it.
func TestSessionResumedWithoutEnd(t *testing.T) {
	t.Parallel()
	b := start(t, "limits: {connections_per_ip: 10000}\n", nil)
	token := []byte(nil)
	for range 1000 {
		v, welcome, err := b.door().Enter(core.Frame{Name: token})
		if end, is := err.(*core.CloseError); is && end.Close == core.CloseOverloaded {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		token = welcome.Name
		v.Close()
	}
	t.Error("it goes on for ever")
}

// TestCredentialsHandedOver on a live session: those of somebody else end it, those that are forged are not taken, and whoever does
// nothing but that is disconnected.
func TestCredentialsHandedOver(t *testing.T) {
	t.Parallel()
	b := start(t, withSecret, secretFile)
	hand := func(token string) core.Frame { f := credentials(token); f.Kind = core.KindCredentials; return f }
	for name, tt := range map[string]struct {
		token string
		times int
		want  core.CloseCode
	}{
		"another user":   {signed("bob", nil), 1, core.CloseExpired},
		"without end":    {signed("alice", nil), 20, core.CloseOverloaded},
		"forged, as bob": {forge(map[string]any{"alg": "none"}, map[string]any{"sub": "bob", "exp": 1 << 40}, nil), 20, core.CloseOverloaded},
	} {
		v, _, err := b.door().Enter(core.Frame{Params: fmt.Appendf(nil, `{"token":%q}`, signed("alice", nil)), Flags: uint64(core.CanRenew)})
		if err != nil {
			t.Fatal(err)
		}
		for range tt.times {
			v.Say(hand(tt.token))
		}
		if end := v.AwaitEnd(); end == nil || end.Close != tt.want {
			t.Errorf("%s: %v, want %v", name, end, tt.want)
		}
		v.Close()
	}
}

// TestExpiredSession: a token that has expired is no way in, and neither is the session that it once opened.
func TestExpiredSession(t *testing.T) {
	t.Parallel()
	b := start(t, "users:\n  - jwt: {secret_file: jwt.secret, leeway: 0s}\n", secretFile)
	short := signed("alice", map[string]any{"exp": nowPlus(2)})
	v, welcome, err := b.door().Enter(credentials(short))
	if err != nil {
		t.Fatal(err)
	}
	defer v.Close()
	if end := v.AwaitEnd(); end == nil || end.Close != core.CloseExpired {
		t.Fatalf("after the token has expired: %v", end)
	}
	hello := credentials(short)
	hello.Name = welcome.Name
	if _, _, err := b.door().Enter(hello); core.CodeOf(err) != core.Unauthenticated {
		t.Errorf("with the token that has expired: %v", err)
	}
}
