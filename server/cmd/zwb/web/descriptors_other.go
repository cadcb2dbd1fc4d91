//go:build !unix

package web

// OpenFiles is how many connections the process may have, on systems that do not limit them as files.
func OpenFiles() uint64 { return 1 << 20 }
