package systemd

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/coreos/go-systemd/v22/daemon"
)

// Manager is told how the process is, if it has asked for that with NOTIFY_SOCKET.
type Manager struct{ Log *slog.Logger }

// Ready says that clients can come, or that a reload is over.
func (m Manager) Ready() { m.tell(daemon.SdNotifyReady) }

// Reloading says that the settings are being read anew. Ready follows.
func (m Manager) Reloading() {
	m.tell(daemon.SdNotifyReloading + "\n" + daemon.SdNotifyMonotonicUsec())
}

// Stopping says that the process is about to end, and how long that may take: the manager does not kill it before.
func (m Manager) Stopping(within time.Duration) {
	m.tell(fmt.Sprintf("%s\nEXTEND_TIMEOUT_USEC=%d", daemon.SdNotifyStopping, within.Microseconds()))
}

// Watch says that the process is alive for as long as alive returns, if the manager wants to hear that (WatchdogSec=), until ctx
// ends. A process that has locked itself up says nothing, and is started again.
func (m Manager) Watch(ctx context.Context, alive func()) {
	within, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		m.Log.Warn("the watchdog of the service manager cannot be served", "err", err)
	}
	if err != nil || within == 0 {
		return
	}
	tick := time.NewTicker(within / 2)
	defer tick.Stop()
	for {
		alive()
		m.tell(daemon.SdNotifyWatchdog)
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// tell goes on without the manager when that cannot be reached: clients are still served.
func (m Manager) tell(state string) {
	if _, err := daemon.SdNotify(false, state); err != nil {
		m.Log.Warn("the service manager cannot be told how the bridge is", "err", err)
	}
}
