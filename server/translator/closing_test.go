package translator

import (
	"errors"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// TestClosesOfCodes: every error code has a close code of the protocol, and its name begins the reason.
func TestClosesOfCodes(t *testing.T) {
	for code := core.OK + 1; code.Valid(); code++ {
		closed := CloseOf(core.NewError(code, "why"))
		if closed.Close < 4000 || closed.Close > 4999 || closed.Reason != code.String()+": why" {
			t.Errorf("%v is %d %s", code, closed.Close, closed.Reason)
		}
	}
	if got := CloseOf(errors.New("a secret")); got.Close != core.CloseInternal || strings.Contains(got.Reason, "secret") {
		t.Errorf("any other error is %v", got)
	}
	if got := CloseOf(core.NewCloseError(core.CloseLimit, "x")); got.Close != core.CloseLimit || got.Reason != "x" {
		t.Errorf("what says it already is %v", got)
	}
}

// TestHolding: what is read, what is kept, and what waits is told, and told again when the session has forgotten it.
func TestHolding(t *testing.T) {
	var h holding
	if err := h.reads(1 << 20); err != nil {
		t.Fatal(err)
	}
	told := -1
	h.tell(func(bytes int) error {
		told = bytes
		return nil
	})
	for _, step := range []struct {
		name string
		do   func() error
		want int
	}{
		{"a message that is being read", func() error { return h.reads(100 << 10) }, 100 << 10},
		{"it is a part, and kept", func() error { return h.handled(10, 100<<10) }, 100 << 10},
		{"the next one", func() error { return h.reads(200 << 10) }, 300 << 10},
		{"it is the last, and waits", func() error { return h.handled(300<<10, 0) }, 300 << 10},
		{"the session has forgotten it", func() error { told = 0; return h.again() }, 300 << 10},
		{"the bridge has it", func() error { h.passed(); return h.again() }, 0},
	} {
		if err := step.do(); err != nil || told != step.want {
			t.Errorf("%s: %d bytes, %v, want %d", step.name, told, err, step.want)
		}
	}
}
