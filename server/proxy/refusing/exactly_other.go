//go:build !linux

package refusing

import "time"

func sleepExactly(d time.Duration) { time.Sleep(d) }
