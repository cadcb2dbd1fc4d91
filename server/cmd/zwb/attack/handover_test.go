package attack

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench/intruder"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/natstest"
)

// TestStolenParcels: somebody who reaches NATS has sessions left there, reads them, changes them, and puts them where a session of his own would be. He learns
// nothing, and gets nobody's session; whose parcel was changed is told that the session is gone, and all others go on.
func TestStolenParcels(t *testing.T) {
	servers := natstest.Start(t, 1)
	cluster := "cluster: {nats: '" + servers.URLs() + "', name: x, lease: 2s}\n" + withSecret
	a, b := start(t, cluster, secretFile), start(t, cluster, secretFile)
	until(t, "the bridges to know of each other", func() bool { return a.metric("zwb_cluster_bridges") == 2 && b.metric("zwb_cluster_bridges") == 2 })
	conn, js := reachNATS(t, servers.URLs())
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	const planted = "planted-prefix-of-alice"
	place := func(token []byte) string {
		hash := sha256.Sum256(token)
		return hex.EncodeToString(hash[:])
	}
	var tokens [][]byte
	for range 2 {
		alice, welcome := enter(t, a, "alice", nil)
		defer alice.Close()
		alice.Say(core.Frame{Kind: core.KindOpen, Socket: 1, ID: 1, Type: core.SUB, Text: []byte("prices"), Messages: 10, Bytes: 1000})
		alice.Say(core.Frame{Kind: core.KindSubscribe, Socket: 1, ID: 1, Name: []byte(planted)})
		if alice.Say(core.Frame{Kind: core.KindPing, ID: 1}); alice.Hear(core.KindPong) == nil {
			t.Fatal(alice.End())
		}
		tokens = append(tokens, welcome.Name)
		inbox := conn.NewRespInbox()
		answers, err := conn.SubscribeSync(inbox)
		if err != nil {
			t.Fatal(err)
		}
		if err := conn.PublishRequest("zwb.x.wanted", inbox, []byte(place(welcome.Name))); err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"here", "left"} {
			if m, err := answers.NextMsgWithContext(ctx); err != nil || string(m.Data) != want {
				t.Fatalf("the bridge says %v, %v", m, err)
			}
		}
	}
	objects, err := js.ObjectStore(ctx, "zwb_x_sessions")
	if err != nil {
		t.Fatal(err)
	}
	parcel, err := objects.GetBytes(ctx, place(tokens[0]))
	if err != nil {
		t.Fatal(err)
	}
	for _, secret := range [][]byte{[]byte(planted), []byte("alice"), tokens[0]} {
		if bytes.Contains(parcel, secret) || strings.Contains(string(parcel), hex.EncodeToString(secret)) {
			t.Errorf("%q can be read in the store", secret)
		}
	}
	own := bytes.Repeat([]byte("thief "), 4) // as long as a token is
	if _, err := objects.PutBytes(ctx, place(own), parcel); err != nil {
		t.Fatal(err)
	}
	wants := func(user string, token []byte, resumed bool, code core.Code) {
		t.Helper()
		v, welcome := enter(t, b, user, token)
		defer v.Close()
		if got := welcome.Flags&core.FlagResumed != 0; got != resumed || welcome.Code != code {
			t.Errorf("resumed %v with the code %v, want %v, %v", got, welcome.Code, resumed, code)
		}
	}
	wants("bob", own, false, core.Lost)
	wants("alice", own, false, core.Lost)
	wants("bob", tokens[0], false, core.Denied)
	parcel[len(parcel)/2] ^= 1
	if _, err := objects.PutBytes(ctx, place(tokens[0]), parcel); err != nil {
		t.Fatal(err)
	}
	wants("alice", tokens[0], false, core.Lost)
	wants("alice", tokens[1], true, core.OK)
	wants("alice", tokens[1], false, core.Lost)
}

// enter says Hello as a user, with a token of a session.
func enter(t *testing.T, b *bridge, user string, token []byte) (*intruder.Intruder, core.Frame) {
	t.Helper()
	hello := credentials(signed(user, nil))
	hello.Name = token
	v, welcome, err := b.door().Enter(hello)
	if err != nil {
		t.Fatal(err)
	}
	return v, *welcome
}
