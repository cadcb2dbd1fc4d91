package sequence

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

var live = func() bool { return true }

// say is messages of [topic, number]: "a5" is number 5 of topic a, "a" has none.
func say(text string) core.Message {
	if len(text) == 1 {
		return core.Message{[]byte(text)}
	}
	return core.Message{[]byte(text[:1]), []byte(text[1:])}
}

func (v Verdict) String() string {
	return [...]string{"next", "repeat", fmt.Sprint("gap", v.Missing), "unknown", "malformed"}[v.Kind]
}

func TestObserve(t *testing.T) {
	for name, test := range map[string]struct {
		format   access.NumberKind
		perTopic bool
		said     string
		want     string
	}{
		"one after the other":     {access.ASCIINumber, false, "a5 a6 b7", "next next next"},
		"a jump":                  {access.ASCIINumber, false, "a5 b9 a10", "next gap3 next"},
		"the same message":        {access.ASCIINumber, false, "a5 a5 a6 a6", "next repeat next repeat"},
		"the same number":         {access.ASCIINumber, false, "a5 b5 a6", "next unknown next"},
		"smaller":                 {access.ASCIINumber, false, "a5 a4 a5 a9", "next unknown next gap3"},
		"none":                    {access.ASCIINumber, false, "a5 a ax a6", "next malformed malformed next"},
		"the first has none":      {access.ASCIINumber, false, "a a5 a7", "malformed next gap1"},
		"as many as can be":       {access.ASCIINumber, false, "a0 a18446744073709551615 a0 a1", "next unknown next next"},
		"more than a number has":  {access.ASCIINumber, false, "a0 a18446744073709551616", "next malformed"},
		"per topic":               {access.ASCIINumber, true, "a5 b1 a6 b4 a6 b3", "next next next gap2 repeat unknown"},
		"zero behind the largest": {access.ASCIINumber, true, "a18446744073709551615 a0", "next next"},
	} {
		t.Run(name, func(t *testing.T) {
			c := NewCount(access.Sequence{Part: 1, Format: access.NumberFormat{Kind: test.format}, PerTopic: test.perTopic}, new(Counters))
			var got []string
			for _, said := range strings.Fields(test.said) {
				got = append(got, c.Observe(say(said), live).String())
			}
			if got := strings.Join(got, " "); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}

// TestShortNumbersGoRound: one of four bytes begins again with 0 where it ends.
func TestShortNumbersGoRound(t *testing.T) {
	c := NewCount(access.Sequence{Format: access.NumberFormat{Kind: access.U32LE}}, new(Counters))
	for _, n := range []uint32{math.MaxUint32 - 1, math.MaxUint32, 0, 1} {
		if v := c.Observe(core.Message{binary.LittleEndian.AppendUint32(nil, n)}, live); v.Kind != Next {
			t.Errorf("%d: %v", n, v)
		}
	}
}

// TestTopicIsNotRememberedBeforeItIsLive: what was published before that is not missed.
func TestTopicIsNotRememberedBeforeItIsLive(t *testing.T) {
	c := NewCount(access.Sequence{Part: 1, Format: access.NumberFormat{Kind: access.ASCIINumber}, PerTopic: true}, new(Counters))
	not := func() bool { return false }
	if v := c.Observe(say("a1"), not); v.Kind != Next || c.Known() {
		t.Errorf("%v", v)
	}
	c.Observe(say("a5"), live)
	if v := c.Observe(say("a7"), not); v.String() != "gap1" {
		t.Errorf("of a topic that is known: %v", v)
	}
	c.Forget("", func([]byte) bool { return false })
	if v := c.Observe(say("a9"), live); v.Kind != Next {
		t.Errorf("of one that nobody wanted: %v", v)
	}
}

// TestPass: a message that was left out takes its number, if that is known or not.
func TestPass(t *testing.T) {
	for name, test := range map[string]struct {
		perTopic bool
		head     core.Message
		want     string
	}{
		"with its number":         {false, say("a6"), "next next"},
		"without":                 {false, nil, "next next"},
		"behind one that is lost": {false, say("a7"), "gap1 repeat"},
		"of a topic":              {true, say("a"), "next next"},
		"of another":              {true, say("b"), "next gap1"},
	} {
		t.Run(name, func(t *testing.T) {
			c := NewCount(access.Sequence{Part: 1, Format: access.NumberFormat{Kind: access.ASCIINumber}, PerTopic: test.perTopic}, new(Counters))
			c.Observe(say("a5"), live)
			if got := fmt.Sprint(c.Pass(test.head, live), c.Observe(say("a7"), live)); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}

// TestTopicsAreBounded: those that were silent longest are forgotten, and from then on nobody knows of what is new.
func TestTopicsAreBounded(t *testing.T) {
	for name, test := range map[string]struct {
		long, most int // bytes of a topic, and how many there is room for
	}{
		"many": {10, maxTopics}, "long": {maxTopic, maxBytes / (maxTopic + topicCost)},
	} {
		t.Run(name, func(t *testing.T) {
			n := new(Counters)
			c := NewCount(access.Sequence{Part: 1, Format: access.NumberFormat{Kind: access.ASCIINumber}, PerTopic: true}, n)
			topic := func(i int) []byte { return fmt.Appendf(nil, "%0*d", test.long, i) }
			said := func(i, number int) Verdict {
				return c.Observe(core.Message{topic(i), fmt.Append(nil, number)}, live)
			}
			for i := range 2 * test.most {
				said(i, 1)
				said(0, i)
			}
			if c.bytes > maxBytes || len(c.byTopic) > maxTopics || len(c.byTopic) != test.most || c.order.Len() != len(c.byTopic) {
				t.Errorf("%d topics in %d bytes", len(c.byTopic), c.bytes)
			}
			if forgotten := n.Forgotten.Load(); forgotten != uint64(2*test.most-len(c.byTopic)) {
				t.Errorf("%d are forgotten", forgotten)
			}
			if v := said(0, 2*test.most+3); v.String() != "gap3" {
				t.Errorf("of one that was never silent: %v", v)
			}
			if v := said(1, 2); v.Kind != Unknown {
				t.Errorf("of one that was forgotten: %v", v)
			}
		})
	}
}

// TestAnotherPublisher: nobody knows what is missing between what two publishers say.
func TestAnotherPublisher(t *testing.T) {
	c := NewCount(access.Sequence{Part: 1, Format: access.NumberFormat{Kind: access.ASCIINumber}}, new(Counters))
	c.Leave()
	if v := c.Observe(say("a5"), live); v.Kind != Next {
		t.Errorf("of the first one: %v", v)
	}
	c.Leave()
	if v := c.Observe(say("a6"), live); v.Kind != Unknown {
		t.Errorf("of the second one: %v", v)
	}
}

// FuzzCount: whatever is said, a Count finds what a plain list of all that was said finds.
func FuzzCount(f *testing.F) {
	f.Add([]byte("a1a2b1a5a5b2x"), true)
	f.Add([]byte("a1a2b3b3a4a0"), false)
	f.Fuzz(func(t *testing.T, said []byte, perTopic bool) {
		rule := access.Sequence{Part: 1, Format: access.NumberFormat{Kind: access.ASCIINumber}, PerTopic: perTopic}
		n := new(Counters)
		c := NewCount(rule, n)
		before := map[string]core.Message{} // the last message that had a number
		missing := uint64(0)
		for ; len(said) > 1; said = said[2:] {
			m := core.Message{said[:1], said[1:2]}
			topic := ""
			if perTopic {
				topic = string(m[0])
			}
			last, isKnown := before[topic]
			want, number := Next, int(said[1])-'0'
			switch {
			case number < 0 || number > 9:
				want = Malformed
			case !isKnown:
			case string(last[0]) == string(m[0]) && string(last[1]) == string(m[1]):
				want = Repeat
			case number <= int(last[1][0])-'0':
				want = Unknown
			case number > int(last[1][0])-'0'+1:
				want = Gap
				missing += uint64(number - int(last[1][0]-'0') - 1)
			}
			if v := c.Observe(m, live); v.Kind != want {
				t.Fatalf("%q behind %q is %v, want %v", m, last, v.Kind, want)
			}
			if want != Malformed {
				before[topic] = m
			}
		}
		if n.Missing.Load() != missing {
			t.Errorf("%d are missing, want %d", n.Missing.Load(), missing)
		}
	})
}
