package client_test

import (
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

func publication(sub uint32, endpoint, offset uint64, text string) core.Frame {
	return core.Frame{Kind: core.KindPublication, Socket: sub, ID: endpoint, Offset: offset, Body: body(text)}
}

func position(sub uint32, endpoint, offset uint64, epoch string) core.Frame {
	return core.Frame{Kind: core.KindPosition, Socket: sub, ID: endpoint, Offset: offset, Name: []byte(epoch)}
}

// wantPosition compares where a socket stands with an epoch and an offset. An empty epoch means that it stands nowhere.
func (w *world) wantPosition(sub uint32, endpoint uint64, epoch string, offset uint64) {
	w.t.Helper()
	p, known := w.client.Position(sub, endpoint)
	if known != (epoch != "") || p != (core.Position{Epoch: epoch, Offset: offset}) {
		w.t.Errorf("position of %d/%d is %+v, %v; want %s/%d", sub, endpoint, p, known, epoch, offset)
	}
}

func TestPositionFollowsTheStream(t *testing.T) {
	w := online(t, client.Config{})
	sub := w.socket(core.SUB)
	w.wantPosition(sub, 1, "", 0)
	w.send(position(sub, 1, 4, "x"))
	w.wantPosition(sub, 1, "x", 4)
	w.send(publication(sub, 1, 5, "a"), publication(sub, 1, 9, "b"))
	w.wantPosition(sub, 1, "x", 9)
	w.send(position(sub, 1, 0, "y"), publication(sub, 1, 1, "c"))
	w.wantPosition(sub, 1, "y", 1)
	w.wantPosition(sub, 0, "", 0)
	w.wantPosition(sub, 2, "", 0)
	w.wantPosition(99, 1, "", 0)
}

// recovers notes in log the Recovers that the bridge receives.
func (k *keeper) recovers(log *[]core.Frame) {
	k.onFrame = func(f *core.Frame) {
		if f.Kind == core.KindRecover || f.Kind == core.KindOpen && f.Flags&core.FlagRecover != 0 {
			*log = append(*log, core.Frame{Kind: f.Kind, Socket: f.Socket, ID: f.ID, Offset: f.Offset, Name: []byte(string(f.Name))})
		}
	}
}

// If the bridge keeps a history for everything that a socket receives, the client reports no gap when the session is lost.
// The bridge tells what was missed.
func TestRecoverAfterAReset(t *testing.T) {
	k := lasting(t, client.Config{})
	with, without := k.socket(core.SUB), k.socket(core.SUB)
	for _, sub := range []uint32{with, without} {
		k.subscribe(sub, "")
	}
	k.send(position(with, 1, 2, "x"), publication(with, 1, 3, "a"), core.Frame{Kind: core.KindMessage, Socket: without, Body: body("b")})
	k.quiet()
	var said []core.Frame
	k.recovers(&said)
	k.lose()
	k.refuse = core.Lost
	k.reconnect()
	k.wantFrames("Hello", "Open 1/1 SUB tcp://backend:1", `Subscribe 1/1 ""`, "Open 2/1 SUB tcp://backend:2", `Subscribe 2/1 ""`, "Recover 1/1")
	k.wantEvents("reset lost*", "gap 2 lost", "ready")
	if len(said) != 2 || said[0].Kind != core.KindOpen || said[1].Offset != 3 || string(said[1].Name) != "x" {
		t.Errorf("the bridge was told %+v", said)
	}
	recovered := position(with, 1, 3, "x")
	recovered.Flags, recovered.Messages = core.FlagRecovered, 1
	k.send(recovered, publication(with, 1, 4, "c"))
	k.wantEvents("positioned 1/1", "recovered 1/1 missed 1", "message 1 c")
	k.wantPosition(with, 1, "x", 4)
}

func TestConnectSince(t *testing.T) {
	since := core.Position{Epoch: "x", Offset: 7}
	t.Run("says where it was, behind its subscriptions", func(t *testing.T) {
		w := online(t, client.Config{})
		sub := w.newSocket(core.SUB)
		_, err := w.client.ConnectSince(sub, "tcp://feed:1", nil, since)
		w.ok(err)
		w.subscribe(sub, "a")
		w.subscribe(sub, "b")
		w.pump()
		w.wantFrames("Open 1/1 SUB tcp://feed:1", `Subscribe 1/1 "a"`, `Subscribe 1/2 "b"`, "Recover 1/1")
		w.subscribe(sub, "c")
		w.pump()
		w.wantFrames(`Subscribe 1/3 "c"`) // once
	})
	t.Run("waits for a subscription", func(t *testing.T) {
		w := online(t, client.Config{})
		sub := w.newSocket(core.SUB)
		_, err := w.client.ConnectSince(sub, "tcp://feed:1", nil, since)
		w.ok(err)
		w.pump()
		w.wantFrames("Open 1/1 SUB tcp://feed:1")
		w.subscribe(sub, "a")
		w.pump()
		w.wantFrames(`Subscribe 1/1 "a"`, "Recover 1/1")
	})
	t.Run("offline", func(t *testing.T) {
		w := newWorld(t, client.Config{})
		sub := w.newSocket(core.SUB)
		w.subscribe(sub, "a")
		_, err := w.client.ConnectSince(sub, "tcp://feed:1", nil, since)
		w.ok(err)
		w.connect()
		w.wantFrames("Hello", "Open 1/1 SUB tcp://feed:1", `Subscribe 1/1 "a"`, "Recover 1/1")
	})
	t.Run("while the session is cut", func(t *testing.T) {
		k := lasting(t, client.Config{})
		k.lose()
		sub := k.newSocket(core.SUB)
		k.subscribe(sub, "a")
		_, err := k.client.ConnectSince(sub, "tcp://feed:1", nil, since)
		k.ok(err)
		k.reconnect()
		k.wantFrames("Hello", "Open 1/1 SUB tcp://feed:1", `Subscribe 1/1 "a"`, "Recover 1/1")
	})
	t.Run("cut between Open and Recover", func(t *testing.T) {
		k := lasting(t, client.Config{})
		sub := k.newSocket(core.SUB)
		_, err := k.client.ConnectSince(sub, "tcp://feed:1", nil, since)
		k.ok(err)
		k.pump()
		k.lose()
		k.subscribe(sub, "a")
		k.reconnect()
		k.wantFrames("Open 1/1 SUB tcp://feed:1", "Hello", `Subscribe 1/1 "a"`, "Recover 1/1")
	})
	t.Run("closed before", func(t *testing.T) {
		w := online(t, client.Config{})
		sub := w.newSocket(core.SUB)
		w.subscribe(sub, "a")
		_, err := w.client.ConnectSince(sub, "tcp://feed:1", nil, since)
		w.ok(err)
		w.client.CloseSocket(sub)
		w.pump()
		w.wantFrames("Open 1/1 SUB tcp://feed:1", `Subscribe 1/1 "a"`, "Close 1")
	})
	t.Run("an epoch that no frame can carry", func(t *testing.T) {
		w := online(t, client.Config{})
		_, err := w.client.ConnectSince(w.newSocket(core.SUB), "tcp://feed:1", nil, core.Position{Epoch: strings.Repeat("x", core.MaxName+1)})
		wantCode(t, err, core.Invalid)
	})
}

// A bridge that keeps no history answers Recover with a gap.
func TestNothingToRecover(t *testing.T) {
	w := online(t, client.Config{})
	sub := w.newSocket(core.SUB)
	w.subscribe(sub, "")
	_, err := w.client.ConnectSince(sub, "tcp://feed:1", nil, core.Position{Epoch: "x", Offset: 7})
	w.ok(err)
	w.pump()
	w.send(core.Frame{Kind: core.KindGap, Socket: sub, Code: core.Lost}, core.Frame{Kind: core.KindGap, Socket: sub, Messages: 3, Code: core.Lost})
	w.wantEvents("gap 1 lost*", "gap 1 missed 3 lost*")
}

func TestHistoryOfNoEndpoint(t *testing.T) {
	for _, f := range []core.Frame{publication(1, 2, 1, "x"), publication(1, 0, 1, "x"), position(1, 2, 1, "x"), position(1, 0, 1, "x")} {
		w := online(t, client.Config{})
		w.socket(core.SUB)
		wantClose(t, w.client.Feed(core.AppendFrame(nil, &f), w.now), core.CloseState)
	}
}
