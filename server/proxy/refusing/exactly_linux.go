package refusing

import (
	"syscall"
	"time"
)

// sleepExactly sleeps, and keeps a thread for it. Timers of the runtime are rounded to milliseconds from when there was nothing else to
// do, so they would tell when that was.
func sleepExactly(d time.Duration) {
	left := syscall.NsecToTimespec(int64(d))
	for syscall.Nanosleep(&left, &left) == syscall.EINTR {
	}
}
