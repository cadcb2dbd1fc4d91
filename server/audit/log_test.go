package audit

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

func TestLines(t *testing.T) {
	var file bytes.Buffer
	l := New(&file)
	for i := range 3 {
		l.Decided(access.Decision{Session: fmt.Sprint(i), Allowed: i == 1})
	}
	l.Close()
	l.Decided(access.Decision{Session: "late"})
	lines := json.NewDecoder(&file)
	for i := range 3 {
		var d access.Decision
		if err := lines.Decode(&d); err != nil || d.Session != fmt.Sprint(i) || d.Allowed != (i == 1) {
			t.Errorf("line %d is %+v, %v", i, d, err)
		}
	}
	if lines.More() {
		t.Error("there are more lines than decisions before Close")
	}
}

func TestLastDecisions(t *testing.T) {
	l := New(nil)
	defer l.Close()
	for i := range kept + 10 {
		l.Decided(access.Decision{Session: fmt.Sprint(i % 2), Prefix: fmt.Sprint(i)})
	}
	last := l.Last(2, nil)
	if len(last) != 2 || last[0].Prefix != fmt.Sprint(kept+9) || last[1].Prefix != fmt.Sprint(kept+8) {
		t.Errorf("the last two are %+v", last)
	}
	own := l.Last(kept, func(d access.Decision) bool { return d.Session == "1" })
	if len(own) != kept/2 || own[0].Prefix != fmt.Sprint(kept+9) {
		t.Errorf("%d of session 1, the first is %+v", len(own), own[0])
	}
}

// stuck takes nothing until it is let go.
type stuck chan struct{}

func (s stuck) Write(b []byte) (int, error) {
	<-s
	return len(b), nil
}

func TestDecisionsDoNotWaitForTheFile(t *testing.T) {
	file := make(stuck)
	l := New(file)
	const many = 3 * waiting
	for range many {
		l.Decided(access.Decision{})
	}
	if l.Dropped() < waiting { // some are in the hands of the writer
		t.Errorf("%d of %d were dropped", l.Dropped(), many)
	}
	close(file)
	l.Close()
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("no space left") }

func TestDecisionsThatCannotBeWrittenAreCounted(t *testing.T) {
	l := New(broken{})
	for range 5 {
		l.Decided(access.Decision{})
	}
	l.Close()
	if l.Dropped() != 5 {
		t.Errorf("%d were counted, not 5", l.Dropped())
	}
}
