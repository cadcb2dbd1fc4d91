package topictree

import (
	"slices"
	"strings"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Tree has all topics that have been seen, as many as Most. The zero value but for Most is empty.
type Tree struct {
	Most   int // topics; messages of any others are counted in Others
	Others uint64
	topics map[string]*Topic
}

// Topic is what is known of a topic.
type Topic struct {
	Name     string
	Messages uint64
	Bytes    uint64
	Last     core.Message
	Came     time.Time // the last one
	began    time.Time
}

// Add counts a message. Its first part is the topic.
func (t *Tree) Add(m core.Message, now time.Time) {
	if t.topics == nil {
		t.topics = map[string]*Topic{}
	}
	topic, known := t.topics[string(m[0])]
	if !known {
		if len(t.topics) >= t.Most {
			t.Others++
			return
		}
		topic = &Topic{Name: string(m[0]), began: now}
		t.topics[topic.Name] = topic
	}
	topic.Messages++
	topic.Bytes += uint64(m.Size())
	topic.Last, topic.Came = m, now
}

// Rate is how many messages a second came, over the time since the first one.
func (t *Topic) Rate(now time.Time) float64 {
	if t.Messages < 2 || !now.After(t.began) {
		return 0
	}
	return float64(t.Messages) / now.Sub(t.began).Seconds()
}

// Row is a line of the tree: a topic, or what several begin with.
type Row struct {
	Depth int
	Text  string // what it has more than the row above it
	Topic *Topic // nil for a beginning
	Below int    // how many topics begin like this
}

// Rows are the tree from its top to its leaves.
func (t *Tree) Rows() []Row {
	names := make([]string, 0, len(t.topics))
	for name := range t.topics {
		names = append(names, name)
	}
	slices.Sort(names)
	return t.rows(nil, names, "", 0)
}

// rows adds those of names, which all begin with start.
func (t *Tree) rows(to []Row, names []string, start string, depth int) []Row {
	for len(names) > 0 {
		branch, more := branchOf(names[0], len(start))
		n := 1
		for more && n < len(names) && strings.HasPrefix(names[n], branch) {
			n++
		}
		if n == 1 {
			to = append(to, Row{Depth: depth, Text: names[0][len(start):], Topic: t.topics[names[0]]})
		} else {
			to = append(to, Row{Depth: depth, Text: branch[len(start):], Below: n})
			to = t.rows(to, names[:n], branch, depth+1)
		}
		names = names[n:]
	}
	return to
}

// branchOf is the topic up to its next separator, with that. There are no more below it if there is none.
func branchOf(name string, from int) (branch string, more bool) {
	if at := strings.IndexAny(name[from:], "./:"); at >= 0 {
		return name[:from+at+1], true
	}
	return name, false
}
