package topic

import (
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

func TestLastValuesAreBounded(t *testing.T) {
	l := NewLastValues(Bounds{Count: 3, Bytes: 100}, nil)
	put := func(topic string, size int) {
		m := core.Message{[]byte(topic), []byte(strings.Repeat("x", size))}
		l.Put(Value(core.EncodeBody(m)))
	}
	kept := func(want string) {
		t.Helper()
		var topics []string
		size := int64(0)
		for _, v := range l.Under("") {
			topics = append(topics, string(v.Topic()))
			size += int64(len(v))
		}
		if got := strings.Join(topics, " "); got != want || size != l.bytes || len(l.byTopic) != len(topics) {
			t.Errorf("kept %q, want %q; %d bytes counted, %d there", got, want, l.bytes, size)
		}
	}
	for _, topic := range []string{"a", "b", "c", "a", "d"} {
		put(topic, 1)
	}
	kept("c a d") // b was silent longest
	put("e", 90)
	kept("d e") // the bytes are what counts here
	put("d", 1000)
	kept("e") // neither what is too large nor what it replaces
}

// TestLastValuesWithinMemory: what it costs to keep them counts, too, and what is too large for all of it drives nothing out.
func TestLastValuesWithinMemory(t *testing.T) {
	small := Value(core.EncodeBody(core.Message{[]byte("1"), []byte("x")}))
	l := NewLastValues(Bounds{Count: 1000, Bytes: 1 << 20, Memory: int64(3*small.cost() + 10)}, nil)
	for _, topic := range []string{"1", "2", "3", "4", "3"} {
		l.Put(Value(core.EncodeBody(core.Message{[]byte(topic), []byte("x")})))
	}
	l.Put(Value(core.EncodeBody(core.Message{[]byte("5"), make([]byte, 4*small.cost())})))
	if kept := l.Under(""); len(kept) != 3 || string(kept[0].Topic()) != "2" || l.Memory() != int64(3*small.cost()) {
		t.Errorf("%d are kept, in %d bytes", len(kept), l.Memory())
	}
	if l.Clear(); l.Memory() != 0 {
		t.Errorf("%d bytes are left", l.Memory())
	}
}

// purse is a Budget.
type purse struct{ left int }

func (p *purse) Take(n int) bool {
	if n > p.left {
		return false
	}
	p.left -= n
	return true
}

func (p *purse) Give(n int) { p.left += n }

// TestLastValuesShareABudget: who finds it used up gives up the oldest of his own, and none of others.
func TestLastValuesShareABudget(t *testing.T) {
	put := func(l *LastValues, topic string) {
		l.Put(Value(core.EncodeBody(core.Message{[]byte(topic), make([]byte, 1000)})))
	}
	cost := Value(core.EncodeBody(core.Message{[]byte("1"), make([]byte, 1000)})).cost()
	p := &purse{left: 3*cost + 100}
	full := p.left
	a, b := NewLastValues(Bounds{Count: 10, Bytes: 1 << 20}, p), NewLastValues(Bounds{Count: 10, Bytes: 1 << 20}, p)
	for _, name := range []string{"1", "2", "3", "4"} {
		put(a, name)
	}
	if values := a.Under(""); len(values) != 3 || string(values[0].Topic()) != "2" {
		t.Errorf("%d are kept", len(values))
	}
	if put(b, "1"); len(b.Under("")) != 0 {
		t.Error("something is kept for which there was no room")
	}
	if put(a, "2"); len(a.Under("")) != 3 {
		t.Error("a new value of the same topic needs no more room")
	}
	a.Clear()
	if put(b, "1"); len(b.Under("")) != 1 || len(a.Under("")) != 0 {
		t.Error("there is room again")
	}
	if b.Clear(); p.left != full {
		t.Errorf("%d bytes were not given back", full-p.left)
	}
}
