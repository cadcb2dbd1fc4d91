package core

import (
	"testing"
	"time"
)

// The memory for what is kept for the other end must not grow for ever, however long the session lives.
func TestKeptMemory(t *testing.T) {
	e := newKept(t, SessionConfig{}, SessionConfig{Heartbeat: time.Hour})
	var batch []byte
	most := 0
	for i := range 20_000 {
		e.publish(t, 1, 1000)
		batch = e.bridge.Take(batch[:0], 0)
		checkClose(t, e.client.Feed(batch, 0, ignoreFrame), 0)
		if batch = e.client.Take(batch[:0], 0); len(batch) > 0 {
			checkClose(t, e.bridge.Feed(batch, 0, ignoreFrame), 0)
		}
		if i%1000 == 999 {
			e.resume(t, 0)
		}
		most = max(most, e.bridge.journal.memory())
	}
	if most > 4*ackBytes {
		t.Errorf("%d bytes were held for at most %d unacknowledged", most, ackBytes)
	}
}

// While there is no WebSocket, only what is appended takes memory, and after a resume that memory is free again.
func TestKeptMemoryAfterALargeMessage(t *testing.T) {
	e := newKept(t, SessionConfig{}, SessionConfig{})
	e.publish(t, 1, 8<<20)
	e.down(t, ignoreFrame)
	if e.bridge.Unacknowledged() < 8<<20 {
		t.Error("what was not acknowledged is not kept")
	}
	e.resume(t, 0)
	e.down(t, ignoreFrame)
	e.up(t, ignoreFrame)
	if e.bridge.journal.memory() > 4*softBatch {
		t.Errorf("%d bytes are held for %d unacknowledged", e.bridge.journal.memory(), e.bridge.Unacknowledged())
	}
}

// Frames of the connection itself do not belong to the session, so they are not sent again on the next WebSocket.
func TestControlFramesAreNotReplayed(t *testing.T) {
	e := newKept(t, SessionConfig{}, SessionConfig{Heartbeat: time.Hour})
	checkClose(t, e.client.Feed(AppendFrame(nil, &Frame{Kind: KindPing, ID: 7}), 0, ignoreFrame), 0)
	e.bridge.GoAway(time.Second, "soon")
	e.publish(t, 1, 10)
	e.resume(t, 0)
	acks, others := acksIn(t, e.client.Take(nil, 0))
	if acks == 0 || others != 0 {
		t.Errorf("%d Acks and %d others follow the client's Hello", acks, others)
	}
}

// The path of a message allocates nothing, also on a session that is kept.
func TestKeptAllocs(t *testing.T) {
	e := newKept(t, SessionConfig{}, SessionConfig{Heartbeat: time.Hour})
	m := Message{[]byte("time"), []byte("12:00:00")}
	f := Frame{Kind: KindMessage, Socket: 1, Parts: m}
	var down, up []byte
	round := func() {
		for range 10 {
			if err := e.bridge.Append(&f); err != nil {
				t.Fatal(err)
			}
		}
		down = e.bridge.Take(down[:0], 0)
		if err := e.client.Feed(down, 0, ignoreFrame); err != nil {
			t.Fatal(err)
		}
		e.client.append(&Frame{Kind: KindCredit, Socket: 1, Messages: 10, Bytes: 120})
		up = e.client.Take(up[:0], 0)
		if err := e.bridge.Feed(up, 0, ignoreFrame); err != nil {
			t.Fatal(err)
		}
	}
	for range 10_000 {
		round()
	}
	if got := testing.AllocsPerRun(1000, round); got > 0 {
		t.Errorf("%v allocations for ten messages and a Credit", got)
	}
}

// A session can be resumed any number of times, each time with the last token.
func TestTokens(t *testing.T) {
	e := newKept(t, SessionConfig{}, SessionConfig{})
	for i := range 50 {
		e.publish(t, 1, 10)
		e.client.append(&Frame{Kind: KindClose, Socket: uint32(i + 1)})
		if i%2 == 0 {
			e.bridge.Take(nil, 0) // lost
			e.client.Take(nil, 0)
		}
		e.resume(t, 0)
		if string(e.client.keeping.token) != "token" || e.bridge.Confirmed() {
			t.Fatalf("token %q, confirmed %v", e.client.keeping.token, e.bridge.Confirmed())
		}
		got := 0
		e.up(t, func(*Frame) error { got++; return nil })
		e.down(t, ignoreFrame)
		if got != 1 || !e.bridge.Confirmed() {
			t.Fatalf("%d frames arrived at the bridge, confirmed %v", got, e.bridge.Confirmed())
		}
	}
	if e.client.received != 50 || e.bridge.received != 50 {
		t.Errorf("received %d and %d frames, want 50", e.client.received, e.bridge.received)
	}
}
