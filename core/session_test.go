package core

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"time"
)

// ends is both ends of a connection. The test itself carries the batches from one to the other.
type ends struct {
	client, bridge *Session
}

func newEnds(t testing.TB, client, bridge SessionConfig) ends {
	t.Helper()
	bridge.Bridge = true
	e := ends{NewSession(client, 0), NewSession(bridge, 0)}
	e.client.Greet(nil)
	e.up(t, func(*Frame) error { e.bridge.Welcome(); return nil })
	e.down(t, ignoreFrame)
	if !e.client.Open() || !e.bridge.Open() {
		t.Fatal("the handshake did not open both ends")
	}
	return e
}

// up carries everything the client has queued to the bridge, down the other way.
func (e ends) up(t testing.TB, handle func(*Frame) error) {
	t.Helper()
	carry(t, e.client, e.bridge, handle)
}
func (e ends) down(t testing.TB, handle func(*Frame) error) {
	t.Helper()
	carry(t, e.bridge, e.client, handle)
}

func carry(t testing.TB, from, to *Session, handle func(*Frame) error) {
	t.Helper()
	for batch := from.Take(nil, 0); len(batch) > 0; batch = from.Take(nil, 0) {
		if err := to.Feed(batch, 0, handle); err != nil {
			t.Fatal(err)
		}
	}
}

func ignoreFrame(*Frame) error { return nil }

// checkClose fails unless err ends the connection with the code; 0: unless it is nil.
func checkClose(t testing.TB, err error, want CloseCode) {
	t.Helper()
	var got CloseCode
	if err != nil {
		closing, ok := err.(*CloseError)
		if !ok {
			t.Fatalf("error %v (%T), want a *CloseError", err, err)
		}
		got = closing.Close
	}
	if got != want {
		t.Errorf("error %v, want close code %d", err, want)
	}
}

func TestHandshake(t *testing.T) {
	client := NewSession(SessionConfig{Agent: "page/1", MaxMessage: 1 << 20}, 0)
	bridge := NewSession(SessionConfig{Bridge: true, Agent: "zwb/1", MaxMessage: 2 << 20, Heartbeat: 7 * time.Second}, 0)
	e := ends{client, bridge}

	client.Greet([]byte(`{"token":"x"}`))
	e.up(t, func(f *Frame) error {
		if f.Kind != KindHello || f.Version != 1 || string(f.Text) != "page/1" || string(f.Params) != `{"token":"x"}` {
			t.Errorf("Hello is %+v", f)
		}
		return nil
	})
	if bridge.Open() {
		t.Error("open before Welcome")
	}
	bridge.Welcome()
	e.down(t, func(f *Frame) error {
		if f.Kind != KindWelcome || f.Version != 1 || f.Millis != 7000 || f.Retain != 0 || string(f.Text) != "zwb/1" {
			t.Errorf("Welcome is %+v", f)
		}
		return nil
	})
	if !client.Open() || !bridge.Open() {
		t.Error("not open after Welcome")
	}
	if client.MaxSend() != 2<<20 || bridge.MaxSend() != 1<<20 {
		t.Errorf("client may send %d, bridge %d payload bytes; each accepts what it was configured to", client.MaxSend(), bridge.MaxSend())
	}
	if client.heartbeat != 7*time.Second {
		t.Errorf("the client's heartbeat is %v", client.heartbeat)
	}
}

// Any two configurations can talk to each other, because even a small limit on messages leaves room for everything else.
func TestHandshakeWithSmallLimits(t *testing.T) {
	for _, limit := range []int{1, 1000, 64 << 10, 128 << 10} {
		e := newEnds(t, SessionConfig{MaxMessage: limit}, SessionConfig{MaxMessage: limit})
		full := Frame{Kind: KindOpen, Socket: 1<<32 - 1, ID: 1<<64 - 1, Name: make([]byte, MaxName), Text: make([]byte, MaxText),
			Params: make([]byte, MaxParams)}
		if err := e.client.Append(&full); err != nil {
			t.Errorf("limit %d: %v", limit, err)
		}
		if e.client.MaxSend() < limit {
			t.Errorf("limit %d: only %d accepted", limit, e.client.MaxSend())
		}
		e.up(t, ignoreFrame)
	}
}

func TestHandshakeRefusals(t *testing.T) {
	hello := Frame{Kind: KindHello, Version: 1, Limit: minLimit}
	welcome := Frame{Kind: KindWelcome, Version: 1, Limit: minLimit}
	with := func(f Frame, change func(*Frame)) Frame { change(&f); return f }
	tests := []struct {
		name   string
		bridge bool // the bridge receives it; false: the client
		frame  Frame
		want   CloseCode
	}{
		{"Hello", true, hello, 0},
		{"Hello of a newer client", true, with(hello, func(f *Frame) { f.Version = 2 }), 0},
		{"Hello of version 0", true, with(hello, func(f *Frame) { f.Version = 0 }), CloseVersion},
		{"Hello with too small a limit", true, with(hello, func(f *Frame) { f.Limit-- }), CloseState},
		{"Hello with the largest limit", true, with(hello, func(f *Frame) { f.Limit = 1<<64 - 1 }), 0},
		{"Welcome", false, welcome, 0},
		{"Welcome of another version", false, with(welcome, func(f *Frame) { f.Version = 2 }), CloseVersion},
		{"Welcome with too small a limit", false, with(welcome, func(f *Frame) { f.Limit-- }), CloseState},
		{"Welcome with an endless heartbeat", false, with(welcome, func(f *Frame) { f.Millis = 1<<64 - 1 }), 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := NewSession(SessionConfig{Bridge: tt.bridge}, 0)
			checkClose(t, s.Feed(AppendFrame(nil, &tt.frame), 0, ignoreFrame), tt.want)
			if s.heartbeat <= 0 || s.heartbeat > time.Hour || s.peerLimit <= 0 {
				t.Errorf("heartbeat %v, peer's limit %d", s.heartbeat, s.peerLimit)
			}
		})
	}
}

// This is when each kind may arrive. At any other time it is out of state.
func TestOutOfState(t *testing.T) {
	phases := []struct {
		name  string
		enter func(t *testing.T, bridge bool) *Session
		legal func(kind Kind, bridge bool) bool
	}{
		{"first frame", func(t *testing.T, bridge bool) *Session {
			return NewSession(SessionConfig{Bridge: bridge}, 0)
		}, func(kind Kind, bridge bool) bool {
			return bridge && kind == KindHello || !bridge && (kind == KindWelcome || kind == KindGoAway)
		}},
		{"between Hello and Welcome", func(t *testing.T, bridge bool) *Session {
			s := NewSession(SessionConfig{Bridge: bridge}, 0)
			if bridge {
				hello := Frame{Kind: KindHello, Version: 1, Limit: minLimit}
				checkClose(t, s.Feed(AppendFrame(nil, &hello), 0, ignoreFrame), 0)
			} else {
				s.Greet(nil)
			}
			return s
		}, func(kind Kind, bridge bool) bool { return !bridge && (kind == KindWelcome || kind == KindGoAway) }},
		{"open", func(t *testing.T, bridge bool) *Session {
			e := newEnds(t, SessionConfig{}, SessionConfig{})
			if bridge {
				return e.bridge
			}
			return e.client
		}, func(kind Kind, bridge bool) bool {
			from := layouts[kind].sender
			return kind != KindHello && kind != KindWelcome && (bridge && from&fromClient != 0 || !bridge && from&fromBridge != 0)
		}},
	}
	for _, phase := range phases {
		for _, bridge := range []bool{true, false} {
			for kind := Kind(0); kind < kindEnd; kind++ {
				if !kind.Known() {
					continue
				}
				s := phase.enter(t, bridge)
				f := Frame{Kind: kind, Version: 1, Limit: minLimit, Socket: 1, Parts: Message{nil}}
				want := CloseState
				if phase.legal(kind, bridge) {
					want = 0
				}
				if err := s.Feed(AppendFrame(nil, &f), 0, ignoreFrame); (err == nil) != (want == 0) {
					t.Errorf("%s, to the bridge %v: %v: %v, want close code %d", phase.name, bridge, kind, err, want)
				} else if err != nil {
					checkClose(t, err, want)
				}
			}
		}
	}
}

func TestUnknownKinds(t *testing.T) {
	unknown := []byte{2, 0x1f, 'x', 1, 0x7f, 3, 0xff, 'x', 'y'} // one that is not numbered, two that are
	e := newEnds(t, SessionConfig{}, SessionConfig{})
	checkClose(t, e.bridge.Feed(unknown, 0, func(f *Frame) error { t.Errorf("handed on %v", f.Kind); return nil }), 0)
	if e.bridge.received != 2 {
		t.Errorf("counted %d of 2 unknown numbered frames", e.bridge.received)
	}
	first := NewSession(SessionConfig{Bridge: true}, 0)
	checkClose(t, first.Feed(unknown, 0, ignoreFrame), CloseState)
}

// Both ends give the same numbers to the same frames, although the numbers are not on the wire.
func TestNumbering(t *testing.T) {
	e := newEnds(t, SessionConfig{}, SessionConfig{})
	for i := range uint64(10) {
		for _, f := range []Frame{{Kind: KindSubscribe, Socket: 1, ID: i}, {Kind: KindCancel, Socket: 1, ID: i}} {
			if err := e.client.Append(&f); err != nil {
				t.Fatal(err)
			}
		}
		e.client.append(&Frame{Kind: KindPing, ID: i})
		e.up(t, ignoreFrame)
	}
	if e.client.sent != 20 || e.bridge.received != 20 {
		t.Errorf("the client counts %d frames sent, the bridge %d received, want 20", e.client.sent, e.bridge.received)
	}
	if e.bridge.sent != 0 || e.client.received != 0 {
		t.Errorf("Welcome and Pongs were numbered: %d sent, %d received", e.bridge.sent, e.client.received)
	}
}

func TestAck(t *testing.T) {
	tests := []struct {
		name string
		acks []uint64
		want CloseCode
	}{
		{"nothing received yet", []uint64{0, 0}, 0},
		{"forward", []uint64{1, 1, 3}, 0},
		{"backward", []uint64{2, 1}, CloseState},
		{"never sent", []uint64{4}, CloseState},
		{"far out", []uint64{1<<64 - 1}, CloseState},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := newEnds(t, SessionConfig{}, SessionConfig{})
			for range 3 {
				e.bridge.append(&Frame{Kind: KindOpened, Socket: 1, ID: 1})
			}
			var batch []byte
			for _, seq := range tt.acks {
				batch = AppendFrame(batch, &Frame{Kind: KindAck, Seq: seq})
			}
			checkClose(t, e.bridge.Feed(batch, 0, ignoreFrame), tt.want)
		})
	}
}

func TestPing(t *testing.T) {
	e := newEnds(t, SessionConfig{}, SessionConfig{})
	batch := AppendFrame(nil, &Frame{Kind: KindPing, ID: 1<<64 - 1})
	checkClose(t, e.client.Feed(batch, 0, func(*Frame) error { t.Error("Ping was handed on"); return nil }), 0)
	want := AppendFrame(nil, &Frame{Kind: KindPong, ID: 1<<64 - 1})
	if got := e.client.Take(nil, 0); !bytes.Equal(got, want) {
		t.Errorf("answer %x, want %x", got, want)
	}
}

func TestHandleErrorEndsFeed(t *testing.T) {
	e := newEnds(t, SessionConfig{}, SessionConfig{})
	batch := AppendFrame(nil, &Frame{Kind: KindClose, Socket: 1})
	batch = AppendFrame(batch, &Frame{Kind: KindClose, Socket: 2})
	enough := NewCloseError(CloseLimit, "enough")
	handled := 0
	err := e.bridge.Feed(batch, 0, func(*Frame) error { handled++; return enough })
	if err != enough || handled != 1 {
		t.Errorf("error %v after %d frames", err, handled)
	}
}

func TestBatches(t *testing.T) {
	e := newEnds(t, SessionConfig{}, SessionConfig{})
	rnd := rand.New(rand.NewPCG(1, 1))
	var want []int
	for range 300 {
		size := rnd.IntN(2000)
		if rnd.IntN(50) == 0 {
			size = softBatch + rnd.IntN(softBatch)
		}
		want = append(want, size)
		if err := e.bridge.Append(&Frame{Kind: KindMessage, Socket: 1, Parts: Message{make([]byte, size)}}); err != nil {
			t.Fatal(err)
		}
	}
	var got []int
	for e.bridge.Queued() > 0 {
		before := e.bridge.Queued()
		batch := e.bridge.Take([]byte("already there"), 0)[len("already there"):]
		if before-e.bridge.Queued() != len(batch) {
			t.Fatalf("%d bytes taken, %d fewer queued", len(batch), before-e.bridge.Queued())
		}
		frames := len(got)
		checkClose(t, e.client.Feed(batch, 0, func(f *Frame) error {
			m, err := f.Body.Parts(nil)
			got = append(got, m.Size())
			return err
		}), 0)
		if frames = len(got) - frames; len(batch) > softBatch && frames != 1 {
			t.Errorf("a WebSocket message of %d bytes has %d frames; a large one travels alone", len(batch), frames)
		}
	}
	if len(got) != len(want) {
		t.Fatalf("%d frames arrived of %d", len(got), len(want))
	}
	for i := range got {
		if got[i] != want[i] {
			t.Fatalf("frame %d has %d bytes, want %d", i, got[i], want[i])
		}
	}
	if dst := e.bridge.Take(nil, 0); dst != nil {
		t.Errorf("took %x from an empty queue", dst)
	}
}

func TestLimits(t *testing.T) {
	e := newEnds(t, SessionConfig{MaxMessage: 1 << 20}, SessionConfig{})
	tests := []struct {
		name  string
		frame Frame
	}{
		{"message", Frame{Kind: KindMessage, Socket: 1, Parts: Message{make([]byte, 1<<20+frameOverhead)}}},
		{"name", Frame{Kind: KindOpen, Socket: 1, Name: make([]byte, MaxName+1)}},
		{"text", Frame{Kind: KindRefused, Socket: 1, Text: make([]byte, MaxText+1)}},
		{"params", Frame{Kind: KindOpen, Socket: 1, Params: make([]byte, MaxParams+1)}},
	}
	for _, tt := range tests {
		if err := e.bridge.Append(&tt.frame); CodeOf(err) != TooLarge {
			t.Errorf("append with too large a %s: %v", tt.name, err)
		}
	}
	if e.bridge.Queued() != 0 || e.bridge.sent != 0 {
		t.Errorf("%d bytes queued, %d frames counted, all were refused", e.bridge.Queued(), e.bridge.sent)
	}
	largest := Frame{Kind: KindReply, Socket: 1<<32 - 1, ID: 1<<64 - 1, Parts: make(Message, MaxParts)}
	for i := range largest.Parts {
		largest.Parts[i] = make([]byte, 200) // lengths of two bytes
	}
	largest.Parts[0] = make([]byte, e.bridge.MaxSend()-(MaxParts-1)*200)
	if err := e.bridge.Append(&largest); err != nil {
		t.Errorf("the largest message there is: %v", err)
	}
	e.down(t, ignoreFrame)

	checkClose(t, e.client.Feed(make([]byte, e.client.Limit()+1), 0, ignoreFrame), CloseTooLarge)
	for _, tt := range tests[1:] { // the receiver refuses what Append refuses
		receiver := e.client
		if layouts[tt.frame.Kind].sender == fromClient {
			receiver = e.bridge
		}
		checkClose(t, receiver.Feed(AppendFrame(nil, &tt.frame), 0, ignoreFrame), CloseTooLarge)
	}
}

// A queue that never becomes empty, because its reader is a little too slow, must not grow for ever.
func TestBacklogMemory(t *testing.T) {
	e := newEnds(t, SessionConfig{}, SessionConfig{})
	f := Frame{Kind: KindMessage, Socket: 1, Parts: Message{make([]byte, 10_000)}}
	var batch []byte
	for range 1000 {
		for e.bridge.Queued() <= 2*softBatch {
			if err := e.bridge.Append(&f); err != nil {
				t.Fatal(err)
			}
		}
		batch = e.bridge.Take(batch[:0], 0)
	}
	if e.bridge.journal.memory() > 16*softBatch {
		t.Errorf("%d bytes are held for %d queued", e.bridge.journal.memory(), e.bridge.Queued())
	}
}

// One large message must not hold its memory for the life of the connection, at either end.
func TestLargeMessageIsForgotten(t *testing.T) {
	e := newEnds(t, SessionConfig{}, SessionConfig{})
	if err := e.bridge.Append(&Frame{Kind: KindMessage, Socket: 1, Parts: Message{make([]byte, 8<<20)}}); err != nil {
		t.Fatal(err)
	}
	e.down(t, ignoreFrame)
	if e.bridge.journal.memory() > 4*softBatch {
		t.Errorf("the sender still holds %d bytes", e.bridge.journal.memory())
	}
	if e.client.in != nil || frames.Get().(*Frame).Body != nil {
		t.Error("the receiver still holds the frame")
	}
}

func TestBatchesThatCannotBe(t *testing.T) {
	e := newEnds(t, SessionConfig{}, SessionConfig{})
	checkClose(t, e.bridge.Feed(nil, 0, ignoreFrame), CloseMalformed)
	checkClose(t, e.bridge.Feed([]byte("GET / HTTP/1.1\r\n\r\n"), 0, ignoreFrame), CloseMalformed)
	checkClose(t, e.bridge.Feed([]byte(`{"msg_type":"connect"}`), 0, ignoreFrame), CloseMalformed)
}

func TestCloseReasonsFit(t *testing.T) {
	e := NewCloseError(CloseState, strings.Repeat("ä", 100))
	if len(e.Reason) > 123 || !strings.HasPrefix(strings.Repeat("ä", 100), e.Reason) || strings.ToValidUTF8(e.Reason, "") != e.Reason {
		t.Errorf("a reason of %d bytes: %q", len(e.Reason), e.Reason)
	}
}
