package core

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"
)

// requestBatches are WebSocket messages that begin with Requests, or nearly so, as a client may send them.
func requestBatches() map[string][]byte {
	request := func(id uint64, m ...string) []byte {
		f := Frame{Kind: KindRequest, Socket: 300, ID: id, Flags: FlagIdempotent, Millis: 1000}
		for _, part := range m {
			f.Parts = append(f.Parts, []byte(part))
		}
		return AppendFrame(nil, &f)
	}
	one, two := request(1, "a"), request(1<<20, "b", "", "c")
	message := AppendFrame(nil, &Frame{Kind: KindMessage, Socket: 1, Parts: Message{[]byte("m")}})
	return map[string][]byte{
		"one":                          one,
		"two":                          slices.Concat(one, two),
		"a message between":            slices.Concat(one, message, two),
		"a message first":              slices.Concat(message, one),
		"a Ping behind":                slices.Concat(one, AppendFrame(nil, &Frame{Kind: KindPing, ID: 5})),
		"one that is not taken":        slices.Concat(one, request(666, "x"), two),
		"one that is refused":          slices.Concat(one, request(667, "x"), two),
		"one without a body":           slices.Concat(one, []byte{5, byte(KindRequest), 1, 1, 0, 0}),
		"one that is cut":              slices.Concat(one, two[:len(two)-1]),
		"fields that are missing":      slices.Concat(one, []byte{3, byte(KindRequest), 1, 1}),
		"socket 0":                     slices.Concat(one, []byte{6, byte(KindRequest), 0, 1, 0, 0, 1}),
		"a number that does not end":   slices.Concat(one, []byte{8, byte(KindRequest), 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}),
		"a length of zero":             slices.Concat(one, []byte{0}),
		"a kind that nobody knows":     slices.Concat(one, []byte{1, 0x7f}, two),
		"nothing":                      {},
		"an Ack first":                 slices.Concat(AppendFrame(nil, &Frame{Kind: KindAck}), one, two),
		"an Ack alone":                 AppendFrame(nil, &Frame{Kind: KindAck}),
		"an Ack of what never was":     slices.Concat(AppendFrame(nil, &Frame{Kind: KindAck, Seq: 9}), one),
		"an Ack without a number":      slices.Concat([]byte{1, byte(KindAck)}, one),
		"a kind that it may not send":  slices.Concat(one, AppendFrame(nil, &Frame{Kind: KindOpened, Socket: 1, ID: 1})),
		"a socket number that is long": slices.Concat(one, []byte{11, byte(KindRequest), 0xff, 0xff, 0xff, 0xff, 0xff, 1, 1, 0, 0, 1}),
	}
}

var errRefusedHere = errors.New("refused")

// outcome is what comes of a WebSocket message.
type outcome struct {
	frames   []Frame
	err      string
	received uint64
	acks     []byte
}

// outcomeOf feeds a session with messages: all of them to Feed, or the Requests at their beginnings to FeedRequests.
func outcomeOf(t testing.TB, requestsFirst bool, batches ...[]byte) (o outcome) {
	s := openBridge(t)
	handle := func(f *Frame) error {
		o.frames = append(o.frames, Frame{Kind: f.Kind, Socket: f.Socket, ID: f.ID, Flags: f.Flags, Millis: f.Millis, Body: f.Body})
		if f.ID == 667 {
			return errRefusedHere
		}
		return nil
	}
	take := func(r *Request) (bool, error) {
		if r.ID == 666 {
			return false, nil
		}
		return true, handle(&Frame{Kind: KindRequest, Socket: r.Socket, ID: r.ID, Flags: r.Flags, Millis: r.Millis, Body: r.Body})
	}
	for err := error(nil); len(batches) > 0 && err == nil; {
		if requestsFirst {
			batches, err = s.FeedRequests(batches, time.Second, take)
		}
		if err == nil && len(batches) > 0 {
			err = s.Feed(batches[0], time.Second, handle)
			batches = batches[1:]
		}
		if err != nil {
			o.err = err.Error()
		}
	}
	o.received = s.received
	o.acks = s.Take(nil, time.Second)
	return o
}

func (o *outcome) equal(other *outcome) bool {
	same := func(a, b Frame) bool {
		return a.Kind == b.Kind && a.Socket == b.Socket && a.ID == b.ID && a.Flags == b.Flags && a.Millis == b.Millis && bytes.Equal(a.Body, b.Body)
	}
	return o.err == other.err && o.received == other.received && bytes.Equal(o.acks, other.acks) && slices.EqualFunc(o.frames, other.frames, same)
}

// TestFeedRequests: it makes no difference to anybody how Requests are fed.
func TestFeedRequests(t *testing.T) {
	for name, batch := range requestBatches() {
		t.Run(name, func(t *testing.T) {
			got, want := outcomeOf(t, true, batch), outcomeOf(t, false, batch)
			if !got.equal(&want) {
				t.Errorf("got  %+v\nwant %+v", got, want)
			}
		})
	}
}

// TestFeedRequestsTogether: nor does it make any how many messages they come in.
func TestFeedRequestsTogether(t *testing.T) {
	one := requestBatches()["one"]
	for first, batch := range requestBatches() {
		for second, other := range requestBatches() {
			t.Run(first+", "+second, func(t *testing.T) {
				got, want := outcomeOf(t, true, one, batch, other, one), outcomeOf(t, false, one, batch, other, one)
				if !got.equal(&want) {
					t.Errorf("got  %+v\nwant %+v", got, want)
				}
			})
		}
	}
}

// FuzzFeedRequests is TestFeedRequests for whatever a client may send.
func FuzzFeedRequests(f *testing.F) {
	for _, batch := range requestBatches() {
		f.Add(batch)
	}
	f.Fuzz(func(t *testing.T, batch []byte) {
		got, want := outcomeOf(t, true, batch), outcomeOf(t, false, batch)
		if !got.equal(&want) {
			t.Errorf("got  %+v\nwant %+v", got, want)
		}
	})
}

// TestFeedRequestsOfASessionThatIsCut: what was not handled before the cut comes again, and is not handled twice.
func TestFeedRequestsOfASessionThatIsCut(t *testing.T) {
	s, handled := openBridge(t), 0
	batch := requestBatches()["two"]
	rest, err := s.FeedRequests([][]byte{batch}, 0, func(*Request) (bool, error) {
		handled++
		s.Cut()
		return true, nil
	})
	if handled != 1 || len(rest) > 0 || err != nil || s.received != 1 || s.Confirmed() {
		t.Errorf("%d handled, %d counted, %d messages left, confirmed %v, %v", handled, s.received, len(rest), s.Confirmed(), err)
	}
}

// TestFeedRequestsBeforeWelcome: there is none that is handled.
func TestFeedRequestsBeforeWelcome(t *testing.T) {
	s := NewSession(SessionConfig{Bridge: true}, 0)
	batch := requestBatches()["one"]
	rest, err := s.FeedRequests([][]byte{batch}, 0, func(*Request) (bool, error) {
		t.Error("it was handled")
		return true, nil
	})
	if len(rest) != 1 || len(rest[0]) != len(batch) || err != nil {
		t.Errorf("%d messages left, %v", len(rest), err)
	}
}
