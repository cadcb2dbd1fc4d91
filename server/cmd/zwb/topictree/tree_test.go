package topictree

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

func TestRows(t *testing.T) {
	tests := []struct {
		name   string
		topics []string
		want   string
	}{
		{"nothing", nil, ""},
		{"one", []string{"fx.EURUSD"}, "fx.EURUSD"},
		{"two of a kind, and another", []string{"time", "fx.GBPUSD", "fx.EURUSD"}, "fx.(2)| EURUSD| GBPUSD|time"},
		{"deeper", []string{"a/b/c", "a/b/d", "a/e"}, "a/(3)| b/(2)|  c|  d| e"},
		{"a topic that is the beginning of another", []string{"fx", "fx.a", "fx.b", "fx."}, "fx|fx.(3)| | a| b"},
		{"without a name", []string{"", "a"}, "|a"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			tree := Tree{Most: 10}
			for _, topic := range test.topics {
				tree.Add(core.Message{[]byte(topic)}, time.Time{})
			}
			var rows []string
			for _, row := range tree.Rows() {
				text := strings.Repeat(" ", row.Depth) + row.Text
				if row.Topic == nil {
					text += fmt.Sprintf("(%d)", row.Below)
				}
				rows = append(rows, text)
			}
			if got := strings.Join(rows, "|"); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

func TestTopicsAreBounded(t *testing.T) {
	tree, now := Tree{Most: 2}, time.Unix(1, 0)
	for i, topic := range []string{"a", "b", "c", "a", "c"} {
		tree.Add(core.Message{[]byte(topic), []byte("1234")}, now.Add(time.Duration(i)*time.Second))
	}
	rows := tree.Rows()
	a := rows[slices.IndexFunc(rows, func(r Row) bool { return r.Text == "a" })].Topic
	if len(rows) != 2 || tree.Others != 2 || a.Messages != 2 || a.Bytes != 10 || a.Rate(now.Add(4*time.Second)) != 0.5 {
		t.Errorf("%d topics, %d messages of others; a has %d of %d bytes, %g a second", len(rows), tree.Others, a.Messages, a.Bytes, a.Rate(now.Add(4*time.Second)))
	}
}
