package core

import (
	"testing"
	"time"
)

// newKept makes both ends of a session that the bridge keeps. The client's first Ack has arrived already.
func newKept(t testing.TB, client, bridge SessionConfig) ends {
	t.Helper()
	bridge.Bridge = true
	e := ends{NewSession(client, 0), NewSession(bridge, 0)}
	e.client.Greet(nil)
	e.up(t, func(*Frame) error { e.bridge.Keep([]byte("token 1"), time.Minute, OK); e.bridge.Welcome(); return nil })
	e.down(t, ignoreFrame)
	if e.bridge.Confirmed() {
		t.Error("the client was heard before it spoke")
	}
	e.up(t, ignoreFrame)
	if !e.bridge.Confirmed() || !e.client.Resumable() || e.client.Retain() != time.Minute {
		t.Fatalf("heard %v, resumable %v for %v", e.bridge.Confirmed(), e.client.Resumable(), e.client.Retain())
	}
	return e
}

// publish queues n messages of a size at the bridge.
func (e ends) publish(t testing.TB, n, size int) {
	t.Helper()
	for range n {
		if err := e.bridge.Append(&Frame{Kind: KindMessage, Socket: 1, Parts: Message{make([]byte, size)}}); err != nil {
			t.Fatal(err)
		}
	}
}

// acksIn counts the Acks in a batch, and the other frames.
func acksIn(t testing.TB, batch []byte) (acks, others int) {
	t.Helper()
	for len(batch) > 0 {
		kind, _, rest, err := SplitFrame(batch)
		if err != nil {
			t.Fatal(err)
		}
		if batch = rest; kind == KindAck {
			acks++
		} else {
			others++
		}
	}
	return acks, others
}

func TestWhenAcksAreDue(t *testing.T) {
	tests := []struct {
		name    string
		frames  int
		size    int
		at      time.Duration // time since they came
		say     bool          // the receiver has something else to send, too
		want    int           // number of Acks
		pending bool          // an Ack is still to be sent
	}{
		{"one frame", 1, 10, 0, false, 0, true},
		{"one frame, a second later", 1, 10, time.Second, false, 1, false},
		{"one frame, just before", 1, 10, time.Second - 1, false, 0, true},
		{"one frame, along with something else", 1, 10, 0, true, 1, false},
		{"frames just below the number", 4095, 1, 0, false, 0, true},
		{"frames of the number", 4096, 1, 0, false, 1, false},
		{"bytes just below the size", 3, 80 << 10, 0, false, 0, true},
		{"bytes of the size", 4, 80 << 10, 0, false, 1, false},
		{"no frames", 0, 0, time.Hour, false, 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := newKept(t, SessionConfig{}, SessionConfig{Heartbeat: time.Hour})
			e.publish(t, tt.frames, tt.size)
			e.down(t, ignoreFrame)
			if tt.say {
				e.client.append(&Frame{Kind: KindClose, Socket: 1})
			}
			checkClose(t, e.client.Tick(tt.at), 0)
			acks, _ := acksIn(t, e.client.Take(nil, tt.at))
			if acks != tt.want || e.client.owesAck() != tt.pending {
				t.Errorf("%d Acks, one owed: %v; want %d, %v", acks, e.client.owesAck(), tt.want, tt.pending)
			}
			if due := e.client.Next() == time.Second; due != (tt.pending) {
				t.Errorf("Next is %v", e.client.Next())
			}
		})
	}
}

// An Ack is not acknowledged itself. When no end has anything to send, nothing is sent but heartbeats.
func TestAcksEnd(t *testing.T) {
	e := newKept(t, SessionConfig{}, SessionConfig{})
	e.publish(t, 3, 10)
	batches := 0
	for now := time.Duration(0); now < 10*time.Second; now += 500 * time.Millisecond {
		for _, s := range []*Session{e.client, e.bridge} {
			checkClose(t, s.Tick(now), 0)
			to := e.bridge
			if s == e.bridge {
				to = e.client
			}
			for batch := s.Take(nil, now); len(batch) > 0; batch = s.Take(nil, now) {
				batches++
				checkClose(t, to.Feed(batch, now, ignoreFrame), 0)
			}
		}
	}
	if batches != 2 || e.bridge.Unacknowledged() != 0 {
		t.Errorf("%d batches for three messages and their Ack, %d bytes unacknowledged", batches, e.bridge.Unacknowledged())
	}
}

// After a resume the second within which an Ack is due begins anew, because Hello and Welcome acknowledge, too.
func TestAckIsNotDueAtOnceAfterResume(t *testing.T) {
	e := newKept(t, SessionConfig{}, SessionConfig{Heartbeat: time.Hour})
	e.client.append(&Frame{Kind: KindClose, Socket: 1})
	e.up(t, ignoreFrame)
	e.resume(t, 10*time.Second)
	e.client.append(&Frame{Kind: KindClose, Socket: 2})
	checkClose(t, e.bridge.Feed(e.client.Take(nil, 20*time.Second), 20*time.Second, ignoreFrame), 0)
	if got, want := e.bridge.Next(), 21*time.Second; got != want {
		t.Errorf("an Ack is due at %v, want %v", got, want)
	}
}

// resume cuts the WebSocket and goes on with another one. It delivers the client's Hello and the bridge's Welcome.
func (e ends) resume(t testing.TB, now time.Duration) {
	t.Helper()
	e.bridge.Cut()
	e.client.Revive(now)
	e.client.Greet(nil)
	greeting := NewSession(SessionConfig{Bridge: true}, now)
	checkClose(t, greeting.Feed(e.client.Take(nil, now), now, func(f *Frame) error {
		if complete, err := e.bridge.CanResume(f.Seq); !complete || err != nil {
			t.Fatalf("CanResume(%d): %v, %v", f.Seq, complete, err)
		}
		return e.bridge.Resume(f, []byte("token"), now)
	}), 0)
	checkClose(t, e.client.Feed(e.bridge.Take(nil, now), now, ignoreFrame), 0)
}

// A sender stops at its window. It goes on when the other end has acknowledged, and not before.
func TestWindow(t *testing.T) {
	e := newKept(t, SessionConfig{}, SessionConfig{Window: 100_000})
	e.publish(t, 50, 10_000)
	got := 0
	count := func(*Frame) error { got++; return nil }
	for batch := e.bridge.Take(nil, 0); len(batch) > 0; batch = e.bridge.Take(nil, 0) {
		checkClose(t, e.client.Feed(batch, 0, count), 0)
	}
	if e.bridge.Ready() || e.bridge.Queued() == 0 || got >= 50 || e.bridge.Unacknowledged() < 100_000 ||
		e.bridge.Unacknowledged() > 100_000+softBatch {
		t.Errorf("ready %v, %d frames arrived, %d bytes unacknowledged, the window is 100000", e.bridge.Ready(), got, e.bridge.Unacknowledged())
	}
	e.bridge.append(&Frame{Kind: KindPing, ID: 1})
	if acks, others := acksIn(t, e.bridge.Take(nil, 0)); acks+others != 1 {
		t.Errorf("%d frames; a heartbeat does not wait for the window, the rest does", acks+others)
	}
	for now := time.Duration(0); got < 50 && now < time.Minute; now += 500 * time.Millisecond {
		checkClose(t, e.client.Tick(now), 0)
		e.up(t, ignoreFrame)
		e.down(t, count)
	}
	if got != 50 {
		t.Errorf("%d of 50 frames arrived", got)
	}
}

// A session that is not kept has no window.
func TestNoWindowWithoutKeeping(t *testing.T) {
	e := newEnds(t, SessionConfig{}, SessionConfig{Window: 1000})
	e.publish(t, 100, 10_000)
	e.down(t, ignoreFrame)
	if e.bridge.Queued() != 0 || e.client.owesAck() {
		t.Errorf("%d bytes wait, an Ack is owed: %v", e.bridge.Queued(), e.client.owesAck())
	}
}

func TestAcksOfAKeptSession(t *testing.T) {
	tests := []struct {
		name string
		acks []uint64
		want CloseCode
	}{
		{"nothing", []uint64{0}, 0},
		{"one by one", []uint64{1, 2, 3}, 0},
		{"twice", []uint64{2, 2}, 0},
		{"backward", []uint64{2, 1}, CloseState},
		{"queued, but not sent", []uint64{4}, CloseState},
		{"never said", []uint64{6}, CloseState},
		{"far out", []uint64{1<<64 - 1}, CloseState},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := newKept(t, SessionConfig{}, SessionConfig{})
			e.publish(t, 3, 10)
			e.bridge.Take(nil, 0)
			e.publish(t, 2, 10)
			kept := e.bridge.Unacknowledged()
			var batch []byte
			for _, seq := range tt.acks {
				batch = AppendFrame(batch, &Frame{Kind: KindAck, Seq: seq})
			}
			checkClose(t, e.bridge.Feed(batch, 0, ignoreFrame), tt.want)
			if last := tt.acks[len(tt.acks)-1]; tt.want == 0 && e.bridge.Unacknowledged() != kept*int(3-last)/3 {
				t.Errorf("%d of %d bytes are kept after Ack %d of 3", e.bridge.Unacknowledged(), kept, last)
			}
		})
	}
}

func TestCanResume(t *testing.T) {
	tests := []struct {
		name     string
		seq      uint64
		complete bool
		want     CloseCode
	}{
		{"below what was acknowledged", 1, false, 0},
		{"what was acknowledged", 2, true, 0},
		{"all that was sent", 3, true, 0},
		{"more than was sent", 4, false, CloseState},
		{"far out", 1<<64 - 1, false, CloseState},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := newKept(t, SessionConfig{}, SessionConfig{})
			e.publish(t, 3, 10)
			e.bridge.Take(nil, 0)
			e.publish(t, 1, 10) // not sent
			checkClose(t, e.bridge.Feed(AppendFrame(nil, &Frame{Kind: KindAck, Seq: 2}), 0, ignoreFrame), 0)
			e.bridge.Cut()
			complete, err := e.bridge.CanResume(tt.seq)
			if checkClose(t, err, tt.want); complete != tt.complete {
				t.Errorf("CanResume is %v", complete)
			}
			if err == nil && complete {
				hello := Frame{Kind: KindHello, Version: 1, Limit: minLimit, Seq: tt.seq}
				checkClose(t, e.bridge.Resume(&hello, []byte("token 2"), 0), 0)
			}
		})
	}
	t.Run("a limit that leaves no room", func(t *testing.T) {
		e := newKept(t, SessionConfig{}, SessionConfig{})
		e.bridge.Cut()
		checkClose(t, e.bridge.Resume(&Frame{Kind: KindHello, Version: 1, Limit: minLimit - 1}, []byte("token 2"), 0), CloseState)
	})
}

// A large frame must not wait until there is nothing to acknowledge, because under a steady stream that never happens.
func TestLargeFrameBesideAcks(t *testing.T) {
	e := newKept(t, SessionConfig{MaxMessage: 1 << 20}, SessionConfig{MaxMessage: 1 << 20})
	for _, size := range []int{2 * softBatch, e.client.MaxSend()} {
		if err := e.client.Append(&Frame{Kind: KindMessage, Socket: 1, Parts: Message{make([]byte, size)}}); err != nil {
			t.Fatal(err)
		}
		for round := 0; e.client.Queued() > 0; round++ {
			e.publish(t, 1, 10)
			e.down(t, ignoreFrame) // so the client has an Ack to send whenever it writes
			if round == 3 {
				t.Fatalf("a frame of %d bytes was passed by %d Acks", size, round)
			}
			batch := e.client.Take(nil, 0)
			if len(batch) > e.bridge.Limit() {
				t.Fatalf("a WebSocket message of %d bytes, the limit is %d", len(batch), e.bridge.Limit())
			}
			checkClose(t, e.bridge.Feed(batch, 0, ignoreFrame), 0)
		}
	}
}

// The bridge may read a Hello whose count is out of date, because the client has received more than it says. The bridge
// then goes back further than it needs to, and has to accept the higher count of the next Hello.
func TestOvertakenHello(t *testing.T) {
	hello := func(seq uint64) *Frame { return &Frame{Kind: KindHello, Version: 1, Limit: minLimit, Seq: seq} }
	for _, again := range []bool{false, true} { // whether the bridge has written to the connection that nobody reads
		e := newKept(t, SessionConfig{}, SessionConfig{})
		e.publish(t, 3, 10)
		checkClose(t, e.client.Feed(e.bridge.Take(nil, 0), 0, ignoreFrame), 0)
		e.publish(t, 2, 10)
		e.bridge.Cut()
		checkClose(t, e.bridge.Resume(hello(0), []byte("token 2"), 0), 0)
		if again {
			e.bridge.Take(nil, 0)
		}
		e.bridge.Cut()
		complete, err := e.bridge.CanResume(3)
		if !complete || err != nil {
			t.Fatalf("CanResume(3): %v, %v (wrote again: %v)", complete, err, again)
		}
		most := uint64(3)
		if again {
			most = 5
		}
		_, err = e.bridge.CanResume(most + 1)
		checkClose(t, err, CloseState)
		checkClose(t, e.bridge.Resume(hello(3), []byte("token 3"), 0), 0)
		if _, others := acksIn(t, e.bridge.Take(nil, 0)); others != 3 { // Welcome and what was not received
			t.Errorf("%d frames follow, want Welcome and 2", others)
		}
	}
}
