//go:build linux && race

package atonce

import "golang.org/x/sys/unix"

// The race detector is to know of what is read and written, as package unix tells it.

func readShort(fd int, b []byte) (int, error)       { return unix.Read(fd, b) }
func writeShort(fd int, b []byte) (int, error)      { return unix.Write(fd, b) }
func writeFew(fd int, pieces [][]byte) (int, error) { return unix.Writev(fd, pieces) }
