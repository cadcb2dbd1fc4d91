package outbox

import (
	"reflect"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

// TestQueueMoves: what waits in all lanes, what is missing between, and the credit, are at the other bridge what they were.
func TestQueueMoves(t *testing.T) {
	fill := func() (*Outbox, *Queue) {
		o := &Outbox{}
		o.Attach(1 << 20)
		q := o.NewQueue(1, 0, 0)
		q.Tighten(access.Flow{}, 100)
		return o, q
	}
	_, q := fill()
	own, e := TermsOf(&core.Frame{Flags: uint64(core.Conflate)}).Under(access.Flow{}, 100)
	if e != nil {
		t.Fatal(e)
	}
	q.Subscribe(1, []byte("a"), own)
	q.Subscribe(2, nil, q.main.Terms)
	offer := func(topic, text string, offset uint64) {
		m := core.Message{[]byte(topic), []byte(text)}
		q.Offer(&Entry{Body: core.EncodeBody(m), Size: m.Size(), Endpoint: 1, Offset: offset})
	}
	offer("b", "1", 1)
	offer("a", "2", 2)
	q.Absent(Absence{Messages: 3})
	offer("b", "3", 3)
	offer("a", "4", 4) // in the place of the one before
	q.BackendWasAway()
	q.messages, q.bytes = 7, -2
	left := q.Leaving()
	if len(left.Waiting) != 3 || left.Messages != 7 || left.Bytes != -2 {
		t.Fatalf("it leaves as %+v", left)
	}

	box, there := fill()
	there.Subscribe(1, []byte("a"), own)
	there.Subscribe(2, nil, there.main.Terms)
	there.Arrive(&left)
	if again := there.Leaving(); !reflect.DeepEqual(again, left) {
		t.Errorf("left as %+v, arrived as %+v", left, again)
	}
	if there.Len() != 3 || box.Bytes() == 0 {
		t.Errorf("%d messages wait, of %d bytes", there.Len(), box.Bytes())
	}

	_, less := fill() // where a subscription was refused
	less.Subscribe(2, nil, less.main.Terms)
	less.Arrive(&left)
	if less.Len() != 2 {
		t.Errorf("%d messages wait where a subscription was refused", less.Len())
	}
}
