//go:build unix

package systemd

import (
	"context"
	"log/slog"
	"net"
	"path/filepath"
	"testing"
	"time"
)

const patience = 20 * time.Second

// hear waits for what a process tells its manager; "": it has said nothing for so long.
func hear(t *testing.T, told net.PacketConn, within time.Duration) string {
	t.Helper()
	told.SetReadDeadline(time.Now().Add(within))
	message := make([]byte, 4096)
	n, _, err := told.ReadFrom(message)
	if err != nil {
		return ""
	}
	return string(message[:n])
}

// TestWatchdogHearsNothingOfAHang: whoever has locked himself up says nothing any more, so that he is started again.
func TestWatchdogHearsNothingOfAHang(t *testing.T) {
	path := filepath.Join(t.TempDir(), "notify")
	told, err := net.ListenPacket("unixgram", path)
	if err != nil {
		t.Fatal(err)
	}
	defer told.Close()
	const within = 100 * time.Millisecond
	t.Setenv("NOTIFY_SOCKET", path)
	t.Setenv("WATCHDOG_USEC", "100000")
	ctx, end := context.WithCancel(t.Context())
	hangs, goesOn, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
	calls := 0
	go func() {
		defer close(ended)
		Manager{Log: slog.New(slog.DiscardHandler)}.Watch(ctx, func() {
			if calls++; calls == 3 {
				close(hangs)
				<-goesOn
			}
		})
	}()
	for range 2 {
		if said := hear(t, told, patience); said != "WATCHDOG=1" {
			t.Fatalf("it says %q", said)
		}
	}
	<-hangs
	if said := hear(t, told, 3*within); said != "" {
		t.Errorf("it hangs, and says %q", said)
	}
	close(goesOn)
	if said := hear(t, told, patience); said != "WATCHDOG=1" {
		t.Errorf("it goes on, and says %q", said)
	}
	end()
	<-ended
}

// TestNobodyWatches: without a manager that wants to hear it nobody is asked.
func TestNobodyWatches(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	t.Setenv("WATCHDOG_USEC", "")
	Manager{Log: slog.New(slog.DiscardHandler)}.Watch(t.Context(), func() { t.Error("it is asked") })
}
