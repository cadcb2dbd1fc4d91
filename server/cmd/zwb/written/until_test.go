package written

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// TestUntil: all is read as it comes, and a read that waits ends with its context.
func TestUntil(t *testing.T) {
	const text = "one\ntwo\n"
	if got, err := io.ReadAll(Until(t.Context(), iotest.OneByteReader(strings.NewReader(text)))); err != nil || string(got) != text {
		t.Errorf("%q, %v", got, err)
	}
	silent, end := io.Pipe()
	defer end.Close()
	ctx, interrupt := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, err := NewReader(Until(ctx, silent), Text, false).Next()
		ended <- err
	}()
	interrupt()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("it ends with %v", err)
	}
}
