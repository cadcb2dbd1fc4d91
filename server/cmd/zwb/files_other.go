//go:build !unix

package main

// openFiles is how many connections the process may have, on systems that do not limit them as files.
func openFiles() uint64 { return 1 << 20 }
