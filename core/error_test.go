package core_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

func TestCodeOf(t *testing.T) {
	timeout := core.NewError(core.Timeout, "no answer in time")
	tests := []struct {
		name string
		err  error
		want core.Code
	}{
		{"nil", nil, core.OK},
		{"a coded error", timeout, core.Timeout},
		{"wrapped", fmt.Errorf("ask: %w", timeout), core.Timeout},
		{"joined", errors.Join(errors.New("x"), timeout), core.Timeout},
		{"foreign", errors.New("x"), core.Internal},
		{"a close", core.NewCloseError(core.CloseUnauthorized, "who are you"), core.Unauthenticated},
		{"a close, wrapped", fmt.Errorf("read: %w", core.NewCloseError(core.CloseTimeout, "")), core.Lost},
	}
	for _, tt := range tests {
		if got := core.CodeOf(tt.err); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestErrorsIs(t *testing.T) {
	err := fmt.Errorf("ask: %w", &core.Error{Code: core.Denied, Text: "not you", Remote: true})
	for target, want := range map[error]bool{
		&core.Error{Code: core.Denied}:                       true,
		&core.Error{Code: core.Denied, Text: "not you"}:      true,
		&core.Error{Code: core.Denied, Text: "another text"}: false,
		&core.Error{Code: core.Timeout}:                      false,
		errors.New("denied: not you"):                        false,
	} {
		if errors.Is(err, target) != want {
			t.Errorf("Is(%v, %v) is %v", err, target, !want)
		}
	}
}

func TestErrorText(t *testing.T) {
	for err, want := range map[error]string{
		core.NewError(core.Denied, "not you"):               "denied: not you",
		core.NewError(core.TooLarge, ""):                    "too_large",
		core.NewError(200, "from the future"):               "internal: from the future",
		core.NewCloseError(core.CloseState, "second Hello"): "close 4502: second Hello",
	} {
		if err.Error() != want {
			t.Errorf("%q, want %q", err, want)
		}
	}
}

// The range of a close code decides whether a client connects again. With the codes of WebSocket itself it does, except
// with 1000.
func TestRetry(t *testing.T) {
	for code, want := range map[core.CloseCode]bool{
		1000: false, 1001: true, 1006: true, 1011: true, 1012: true, 3999: true,
		4000: true, 4001: true, 4499: true, 4500: false, 4511: false, 4999: false, 5000: true, 0: true,
	} {
		if code.Retry() != want {
			t.Errorf("%d: retry %v", code, !want)
		}
	}
}

func TestClipText(t *testing.T) {
	long := make([]byte, 0, 2000)
	for len(long) < 1023 {
		long = append(long, 'x')
	}
	long = append(long, "ä and more"...) // the limit falls into the ä
	if got := core.ClipText(string(long)); len(got) != 1023 {
		t.Errorf("clipped to %d bytes", len(got))
	}
	if got := core.ClipText("short"); string(got) != "short" {
		t.Errorf("clipped to %q", got)
	}
}
