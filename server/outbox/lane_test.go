package outbox

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

const none = time.Duration(0)

// TestOverflow: what becomes of messages beyond the HWM, and what the client is told, where.
func TestOverflow(t *testing.T) {
	type subscription struct {
		prefix   string
		overflow core.Overflow
	}
	tests := []struct {
		name          string
		subscriptions []subscription // numbered from 1
		first         string         // published while there is no credit; the HWM is 3
		sent          string         // when there is
		then          string         // published after that
		sentThen      string
		conflated     uint64
		dropped       map[core.Overflow]uint64
	}{
		{name: "default", subscriptions: []subscription{{"", core.OverflowDefault}},
			first: "a=1 a=2 a=3 a=4 a=5", sent: "a=1 a=2 a=3", then: "a=6 a=7", sentThen: "[0 busy 2] a=6 a=7",
			dropped: map[core.Overflow]uint64{core.DropNewest: 2}},
		{name: "drop-newest in a lane of its own", subscriptions: []subscription{{"", core.DropNewest}},
			first: "a=1 a=2 a=3 a=4 a=5", sent: "a=1 a=2 a=3", then: "a=6 a=7", sentThen: "[1 busy 2] a=6 a=7",
			dropped: map[core.Overflow]uint64{core.DropNewest: 2}},
		{name: "drop-oldest", subscriptions: []subscription{{"", core.DropOldest}},
			first: "a=1 a=2 a=3 a=4 a=5", sent: "[1 busy 2] a=3 a=4 a=5", then: "a=6", sentThen: "a=6",
			dropped: map[core.Overflow]uint64{core.DropOldest: 2}},
		{name: "conflate", subscriptions: []subscription{{"", core.Conflate}},
			first: "a=1 b=1 a=2 b=2 a=3", sent: "[1 ok 3] a=3 b=2", then: "a=4", sentThen: "a=4", conflated: 3},
		{name: "conflate, more topics than the HWM", subscriptions: []subscription{{"", core.Conflate}},
			first: "a=1 b=1 a=2 c=1 d=1 e=1 d=2", sent: "[1 busy 2] [1 ok 2] c=1 d=2 e=1", then: "a=3", sentThen: "a=3",
			conflated: 2, dropped: map[core.Overflow]uint64{core.Conflate: 2}},
		{name: "close", subscriptions: []subscription{{"", core.CloseSlow}},
			first: "a=1 a=2 a=3 a=4 a=5", sent: "Closed:busy", then: "a=6", sentThen: "",
			dropped: map[core.Overflow]uint64{core.CloseSlow: 4}},
		{name: "the longest prefix decides", subscriptions: []subscription{{"", core.DropOldest}, {"a", core.OverflowDefault}, {"ab", core.Conflate}},
			first: "x=1 a=1 ab=1 x=2 a=2 ab=2 x=3 a=3 abc=1 x=4 a=4 ab=3",
			sent:  "a=1 [3 ok 2] ab=3 [1 busy 1] x=2 a=2 x=3 a=3 abc=1 x=4", then: "a=5", sentThen: "[0 busy 1] a=5",
			conflated: 2, dropped: map[core.Overflow]uint64{core.DropOldest: 1, core.DropNewest: 1}},
		{name: "the same prefix twice: once, as the last one says", subscriptions: []subscription{{"a", core.Conflate}, {"a", core.DropOldest}},
			first: "a=1 a=2 a=3 a=4", sent: "[2 busy 1] a=2 a=3 a=4", dropped: map[core.Overflow]uint64{core.DropOldest: 1}},
		{name: "a default one beside the same prefix", subscriptions: []subscription{{"a", core.Conflate}, {"a", core.OverflowDefault}},
			first: "a=1 a=2", sent: "a=1 a=2"},
		{name: "lanes send in the order in which things came", subscriptions: []subscription{{"a", core.DropOldest}, {"b", core.DropNewest}, {"", core.OverflowDefault}},
			first: "a=1 b=1 c=1 b=2 c=2 a=2 c=3 b=3 a=3", sent: "a=1 b=1 c=1 b=2 c=2 a=2 c=3 b=3 a=3"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := newRig(t, settings{hwm: 3})
			for i, sub := range test.subscriptions {
				r.subscribe(uint64(i+1), sub.prefix, sub.overflow, none)
			}
			r.publish(test.first)
			if !strings.HasPrefix(test.sent, "Closed") {
				r.expect("")
				r.grant(100)
			}
			r.expect(test.sent)
			r.publish(test.then)
			r.expect(test.sentThen)
			r.empty()
			r.counted(test.conflated, test.dropped)
		})
	}
}

// TestEveryDropIsTold: whatever the policies, delivered and missing add up, and what is delivered is in order by topic.
func TestEveryDropIsTold(t *testing.T) {
	for seed := range uint64(200) {
		rnd := rand.New(rand.NewPCG(seed, 0))
		r := newRig(t, settings{hwm: 1 + rnd.IntN(4), limit: cost(1 + rnd.IntN(8))})
		for id := range uint64(1 + rnd.IntN(4)) {
			interval := time.Duration(rnd.IntN(2)) * 50 * time.Millisecond
			r.subscribe(id+1, []string{"", "a", "ab", "b"}[id], overflows()[rnd.IntN(4)], interval) // but close
		}
		var said strings.Builder
		published := 0
		for step := range 300 {
			switch rnd.IntN(8) {
			case 0:
				r.grant(uint64(1 + rnd.IntN(6)))
			case 1:
				r.now += time.Duration(rnd.IntN(100)) * time.Millisecond
				fmt.Fprintln(&said, r.sent())
			default:
				r.publish(fmt.Sprintf("%s=%d", []string{"a", "ab", "abc", "b", "c"}[rnd.IntN(5)], step))
				published++
			}
			bounds(t, r)
		}
		r.grant(1000)
		for range 20 { // nothing is withheld for ever
			r.now += 50 * time.Millisecond
			fmt.Fprintln(&said, r.sent())
		}
		r.empty()
		delivered, missing := sum(said.String())
		dropped, conflated := untold(r.q)
		dropped, conflated = dropped+missing["busy"], conflated+missing["ok"]
		if delivered+dropped+conflated != published {
			t.Errorf("of %d published %d were delivered, %d dropped, %d conflated", published, delivered, dropped, conflated)
		}
		if r.counts.Conflated != uint64(conflated) || r.counts.dropped() != uint64(dropped) {
			t.Errorf("%d dropped and %d conflated, counted %+v", dropped, conflated, r.counts)
		}
		inOrder(t, said.String())
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// untold is what is missing behind the last message, which is told before the next.
func untold(q *Queue) (dropped, conflated int) {
	for _, l := range lanesOf(q) {
		dropped += int(l.missed + l.lost)
		conflated += int(l.conflated)
	}
	return dropped, conflated
}

func lanesOf(q *Queue) []*lane {
	return slices.Collect(q.lanes())
}

func inOrder(t *testing.T, said string) {
	t.Helper()
	last := map[string]int{}
	for _, word := range strings.Fields(said) {
		topic, value, isMessage := strings.Cut(word, "=")
		var n int
		if !isMessage {
			continue
		}
		fmt.Sscan(value, &n)
		if n <= last[topic] && last[topic] > 0 {
			t.Errorf("%s: %d after %d", topic, n, last[topic])
		}
		last[topic] = n
	}
}

// bounds: each lane holds its HWM and what credit makes room for, all of them what the connection may hold, and the
// accounts are right.
func bounds(t *testing.T, r *rig) {
	t.Helper()
	o := r.q
	count, size := 0, 0
	for _, l := range lanesOf(r.q) {
		count += l.len()
		for _, m := range l.entries[l.head:] {
			size += m.cost()
		}
		if l.len() > l.HWM+o.granted() {
			t.Errorf("a lane holds %d messages, its HWM is %d, the credit %d", l.len(), l.HWM, o.granted())
		}
		if len(l.topics) > l.len() {
			t.Errorf("%d topics of %d messages are known", len(l.topics), l.len())
		}
	}
	if count != o.Len() || size != r.o.bytes {
		t.Errorf("%d messages and %d bytes are queued, %d and %d accounted for", count, size, o.Len(), r.o.bytes)
	}
	if r.o.bytes > r.o.limit {
		t.Errorf("%d bytes are queued, %d may be", r.o.bytes, r.o.limit)
	}
}

// TestUnsubscribeWhileQueued: it frees the lane and its bytes, and the next message goes where it belongs then.
func TestUnsubscribeWhileQueued(t *testing.T) {
	for _, o := range overflows()[1:] {
		t.Run(o.String(), func(t *testing.T) {
			r := newRig(t, settings{hwm: 3})
			r.subscribe(1, "", core.OverflowDefault, none)
			r.subscribe(2, "a", o, none)
			r.subscribe(3, "ab", core.DropOldest, 10*time.Millisecond)
			r.publish("x=1 a=1 a1=1 ab=1 ab=2")
			r.unsubscribe(2)
			if r.o.bytes != cost(1)+cost(1)+1 || r.q.Len() != 2 {
				t.Errorf("%d bytes and %d messages are left", r.o.bytes, r.q.Len())
			}
			r.publish("a=2")
			r.grant(100)
			r.expect("x=1 [3 ok 1] ab=2 a=2")
			r.publish("ab=3")
			r.expect("") // waits for its time
			r.unsubscribe(3)
			r.empty()
			if r.q.own != nil {
				t.Error("lookups go on although no subscription has a lane of its own")
			}
			r.now += time.Second
			r.publish("ab=4")
			r.expect("ab=4")
		})
	}
}

// TestSocketThatDoesNotRead: what a page does not consume costs the bridge its HWM and not a byte more, and holds up nobody
// else on the same WebSocket.
func TestSocketThatDoesNotRead(t *testing.T) {
	const hwm = 100
	for _, o := range overflows()[:4] {
		t.Run(o.String(), func(t *testing.T) {
			r := newRig(t, settings{hwm: hwm})
			r.subscribe(1, "", o, none)
			other := r.socket(2)
			r.grantTo(other, 1<<30, 1<<30)
			r.grant(10)
			for i := range 10 {
				r.publish(fmt.Sprintf("t%d=0", i))
			}
			if n := strings.Count(r.sent(), "="); n != 10 {
				t.Fatalf("%d messages within the window", n)
			}
			for i := range 10_000 {
				r.publish(fmt.Sprintf("t%04d=0123456789", i%1000))
				r.deliver(other, fmt.Sprintf("o=%d", i))
				if i%50 == 0 {
					r.expect(others(max(0, i-49), i))
				}
			}
			const each = 5 + 10 + place
			if r.sent(); r.o.bytes != hwm*each || r.engine.Queued() != 0 {
				t.Errorf("%d bytes are queued, and %d in the engine; want %d and none", r.o.bytes, r.engine.Queued(), hwm*each)
			}
		})
	}
}

func others(first, last int) string {
	var words []string
	for i := first; i <= last; i++ {
		words = append(words, fmt.Sprintf("2:o=%d", i))
	}
	return strings.Join(words, " ")
}

// TestMaxQueued bounds the lanes of all sockets of a connection together, each by its own policy.
func TestMaxQueued(t *testing.T) {
	r := newRig(t, settings{hwm: 100, limit: cost(4)})
	r.subscribe(1, "a", core.DropOldest, none)
	r.subscribe(2, "b", core.Conflate, none)
	r.subscribe(3, "c", core.OverflowDefault, none)
	r.publish("a=1 b=1 c=1 c=2") // full
	r.publish("a=2 b=2 c=3")     // the oldest a goes; b takes its own place; c is too many
	r.publish("b1=")             // has no room, unless b goes
	r.publish("a=3 a=4")
	r.grant(100)
	r.expect("c=1 c=2 [2 busy 1] [2 ok 1] b1= [1 busy 3] a=4")
	r.publish("b=3 c=4")
	r.expect("b=3 [0 busy 1] c=4")
	r.empty()
}

func TestCloseIsForOneSocket(t *testing.T) {
	r := newRig(t, settings{hwm: 1})
	r.subscribe(1, "a", core.CloseSlow, none)
	r.subscribe(2, "b", core.OverflowDefault, none)
	other := r.socket(2)
	r.grantTo(other, 10, 1000)
	r.publish("b=1 b=2 b=3 a=1 a=2")
	r.deliver(other, "o=1")
	r.expect("Closed:busy 2:o=1")
	r.empty()
}

// TestPlaceInHistory: endpoint and offset survive every kind of lane, but for one in which a message may overtake another.
func TestPlaceInHistory(t *testing.T) {
	for _, o := range overflows() {
		r := newRig(t, settings{hwm: 10})
		r.subscribe(1, "a", o, none)
		r.deliverAt(r.q, "a=1", 7)
		r.grant(1)
		if o == core.Conflate {
			r.expect("a=1")
		} else {
			r.expect("a=1@1/7")
		}
	}
}

// TestQueueThatNeverEmptiesDoesNotGrow, nor does one that is empty keep the memory of its worst hour.
func TestQueueThatNeverEmptiesDoesNotGrow(t *testing.T) {
	for _, o := range overflows()[1:4] {
		r := newRig(t, settings{})
		r.subscribe(1, "", o, none)
		r.publish("a=0 b=0 c=0")
		for range 500 {
			r.grant(1)
			r.sent()
			r.publish("a=1 b=1 c=1")
			r.grant(2)
			r.sent()
		}
		l := r.q.own.lanes[1]
		if l.len() == 0 || cap(l.entries) > 64 {
			t.Errorf("%v: %d messages in %d places", o, l.len(), cap(l.entries))
		}
		r.grant(100)
		for i := range 500 {
			r.publish(fmt.Sprintf("t%d=1", i))
		}
		r.grant(1000)
		r.sent()
		if l.len() != 0 || cap(l.entries) > spare || len(l.topics) > 0 {
			t.Errorf("%v: an empty lane keeps %d places and %d topics", o, cap(l.entries), len(l.topics))
		}
	}
}

// TestTopicThatHasNoRoomInItsPlace: the newer message is larger than what the connection has room for. What has waited
// longest makes room as ever, and the topic may have two messages for a while.
func TestTopicThatHasNoRoomInItsPlace(t *testing.T) {
	large := func(topic string, cost int) string { return topic + "=" + strings.Repeat("x", cost-place-1) }
	r := newRig(t, settings{hwm: 10, limit: 450})
	r.subscribe(1, "", core.Conflate, none)
	r.publish(large("b", 300) + " a=1 " + large("a", 230))
	bounds(t, r)
	r.grant(1)
	r.expect("[1 busy 1] a=1")
	r.publish("a=3")
	r.publish(large("a", 451)) // never
	r.grant(10)
	r.expect("[1 ok 1] a=3")
	r.publish("a=4")
	r.expect("[1 busy 1] a=4")
	r.empty()
}
