package selftest

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

func TestSelfTest(t *testing.T) {
	var out strings.Builder
	if err := Run(t.Context(), &out); err != nil {
		t.Error(err)
	}
	lines := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(lines) != len(checks)+1 {
		t.Fatalf("it says %q", out.String())
	}
	for i, c := range checks {
		if !strings.Contains(lines[i], c.name) || !strings.HasSuffix(lines[i], "ok") {
			t.Errorf("of %s it says %q", c.name, lines[i])
		}
	}
	if !strings.HasPrefix(lines[len(checks)], "All ") {
		t.Errorf("at last it says %q", lines[len(checks)])
	}
}

func TestSelfTestFailures(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		failing := []check{
			{"fine", func(context.Context, factories) error { return nil }},
			{"broken", func(context.Context, factories) error { return core.NewError(core.Lost, "it is gone") }},
			{"endless", func(ctx context.Context, _ factories) error {
				_, err := await(ctx, make(chan int))
				return err
			}},
		}
		var out strings.Builder
		begun := time.Now()
		err := run(t.Context(), failing, &out)
		if err == nil || err.Error() != "2 of 3 checks failed" {
			t.Errorf("got %v", err)
		}
		if took := time.Since(begun); took != checkTimeout {
			t.Errorf("it took %v", took)
		}
		for _, want := range []string{"ok\n", "FAILED  it is gone\n", "FAILED  not done within 5s\n"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("it says %q", out.String())
			}
		}
	})
}

func TestSelfTestCanceled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := run(ctx, checks, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
