package client_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// reload does what a page does that is loaded again: a new client goes on from the snapshot of the one before.
func (k *keeper) reload() {
	k.t.Helper()
	snapshot := k.client.Export()
	if snapshot == nil {
		k.t.Fatal("there is no snapshot")
	}
	k.lose()
	k.quiet()
	k.client = client.New(client.Config{}, func(e *client.Event) { k.events = append(k.events, eventText(e)) })
	k.now += time.Second
	k.ok(k.client.Import(snapshot, k.now))
}

func TestSnapshot(t *testing.T) {
	k := lasting(t, client.Config{})
	req, sub, rep, push := k.socket(core.REQ), k.socket(core.SUB), k.socket(core.REP), k.socket(core.PUSH)
	k.subscribe(sub, "a")
	k.request(req, "sent")
	k.send(core.Frame{Kind: core.KindRequest, Socket: rep, ID: 7, Body: body("question")},
		core.Frame{Kind: core.KindMessage, Socket: sub, Body: body("a", "1")},
		core.Frame{Kind: core.KindPosition, Socket: sub, ID: 1, Offset: 3, Name: []byte("e")})
	k.ok(k.client.Send(push, message("waits for credit")))
	k.client.CloseSocket(k.socket(core.PULL))
	k.pump()
	k.request(req, "said and never taken")
	k.reload()

	for _, f := range []core.Frame{
		{Kind: core.KindReply, Socket: req, ID: 1, Body: body("for nobody")},
		{Kind: core.KindMessage, Socket: sub, Body: body("a", "meanwhile")},
		{Kind: core.KindCredit, Socket: push, Messages: 5, Bytes: 100},
	} {
		k.ok(k.session.Append(&f))
	}
	k.reconnect()
	k.wantFrames("Hello", "Request 1/2 30000ms said and never taken", "Cancel 1/1", "Cancel 1/2", "Failed 3/7",
		"Message 4 waits for credit")
	k.wantEvents("resumed", "message 2 a|meanwhile")
	if p, ok := k.client.Position(sub, 1); !ok || p != (core.Position{Epoch: "e", Offset: 3}) {
		t.Errorf("position %v, %v", p, ok)
	}

	// New sockets, subscriptions and requests have new numbers.
	if id := k.newSocket(core.SUB); id != 6 {
		t.Errorf("the next socket is %d", id)
	}
	k.subscribe(sub, "b")
	k.request(req, "new")
	k.pump()
	k.wantFrames(`Subscribe 2/2 "b"`, "Request 1/3 30000ms new")
	k.send(core.Frame{Kind: core.KindReply, Socket: req, ID: 3, Body: body("re")})
	k.wantEvents("reply 1/3 re")
	k.wantSettled()
}

func TestSnapshotOfASessionThatIsForgotten(t *testing.T) {
	k := lasting(t, client.Config{})
	sub := k.socket(core.SUB)
	k.subscribe(sub, "a")
	k.pump()
	k.reload()
	k.tokens = nil
	k.reconnect()
	k.wantFrames("Hello", "Open 1/1 SUB tcp://backend:1", `Subscribe 1/1 "a"`)
	k.wantEvents("reset lost*", "gap 1 lost", "ready")
}

// Credit for what the page that is gone had not consumed is granted again by its successor.
func TestSnapshotGrantsCredit(t *testing.T) {
	k := lasting(t, client.Config{})
	sub := k.socket(core.SUB)
	for range 600 {
		k.send(core.Frame{Kind: core.KindMessage, Socket: sub, Body: body("x")})
	}
	k.client.Consumed(sub, 100, 100)
	k.reload()
	k.reconnect()
	k.wantFrames("Hello", "Credit 1 600/600")
}

func TestNoSnapshot(t *testing.T) {
	t.Run("of a client that is not connected", func(t *testing.T) {
		if got := newWorld(t, client.Config{}).client.Export(); got != nil {
			t.Errorf("%d bytes", len(got))
		}
	})
	t.Run("where the bridge keeps nothing", func(t *testing.T) {
		if got := online(t, client.Config{}).client.Export(); got != nil {
			t.Errorf("%d bytes", len(got))
		}
	})
	t.Run("of too much", func(t *testing.T) {
		k := lasting(t, client.Config{})
		push := k.socket(core.PUSH)
		k.ok(k.client.Send(push, core.Message{make([]byte, client.MaxSnapshot)}))
		if got := k.client.Export(); got != nil {
			t.Errorf("%d bytes", len(got))
		}
	})
	t.Run("for a client in use", func(t *testing.T) {
		k := lasting(t, client.Config{})
		wantCode(t, k.client.Import(k.client.Export(), k.now), core.Invalid)
	})
}

// snapshots are examples of everything that a snapshot can hold.
func snapshots(t testing.TB) [][]byte {
	k := lasting(t, client.Config{})
	empty := k.client.Export()
	for _, typ := range []core.SocketType{core.REQ, core.SUB, core.REP, core.PUSH, core.DEALER} {
		id := k.socket(typ)
		switch typ {
		case core.REQ:
			k.request(id, "a")
		case core.SUB:
			k.subscribe(id, "prefix")
			k.endpoint(id, "tcp://second:1")
			k.send(core.Frame{Kind: core.KindRefused, Socket: id, ID: 2, Code: core.Denied, Text: []byte("no")})
		case core.PUSH:
			k.ok(k.client.Send(id, message("a", "b")))
		}
	}
	return [][]byte{empty, k.client.Export()}
}

// Every script of a page's origin can write to the page's storage, so a snapshot may be anything.
func TestSnapshotsThatAreNone(t *testing.T) {
	for _, good := range snapshots(t) {
		for size := range good {
			c := client.New(client.Config{}, nil)
			wantCode(t, c.Import(good[:size], 0), core.Invalid)
			if c.HasBatch() || c.Export() != nil {
				t.Fatalf("the first %d bytes changed the client", size)
			}
		}
		c := client.New(client.Config{}, nil)
		wantCode(t, c.Import(append(bytes.Clone(good), 0), 0), core.Invalid)
	}
}

// FuzzImport checks that whatever can be imported can be used like any session, and is exported as it was.
func FuzzImport(f *testing.F) {
	for _, s := range snapshots(f) {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, snapshot []byte) {
		c := client.New(client.Config{}, func(*client.Event) {})
		if err := c.Import(snapshot, time.Second); err != nil {
			if core.CodeOf(err) != core.Invalid || c.Export() != nil {
				t.Fatalf("error %v", err)
			}
			return
		}
		if again := c.Export(); again != nil {
			second := client.New(client.Config{}, func(*client.Event) {})
			if err := second.Import(again, time.Second); err != nil {
				t.Fatalf("what was exported is not imported: %v", err)
			}
		}
		c.Start(2 * time.Second)
		for c.HasBatch() {
			if batch := c.Take(nil, 2*time.Second); len(batch) == 0 {
				t.Fatal("nothing to take")
			}
		}
		welcome := core.AppendFrame(nil, &core.Frame{Kind: core.KindWelcome, Version: 1, Limit: 1 << 24, Code: core.Lost})
		if err := c.Feed(welcome, 3*time.Second); err != nil {
			t.Fatalf("Welcome: %v", err)
		}
		for c.HasBatch() {
			c.Take(nil, 3*time.Second)
		}
		c.End(core.NewError(core.Closed, ""))
	})
}
