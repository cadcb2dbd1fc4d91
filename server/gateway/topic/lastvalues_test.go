package topic

import (
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

func TestLastValuesAreBounded(t *testing.T) {
	l := NewLastValues(3, 100, nil)
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
