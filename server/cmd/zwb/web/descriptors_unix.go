//go:build unix

package web

import "syscall"

// OpenFiles is how many file descriptors the process may have. Go raises the soft limit to the hard one by itself.
func OpenFiles() uint64 {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return 1 << 20
	}
	return uint64(limit.Cur) // it is signed on some systems
}
