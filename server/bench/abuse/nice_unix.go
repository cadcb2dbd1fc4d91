//go:build unix

package main

import "syscall"

// beNice has the process get what the others leave of the processors.
func beNice() error { return syscall.Setpriority(syscall.PRIO_PROCESS, 0, 19) }
