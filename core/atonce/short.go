//go:build linux && !race

package atonce

import (
	"syscall"
	"unsafe"
)

func readShort(fd int, b []byte) (int, error) {
	return call(syscall.SYS_READ, fd, unsafe.Pointer(unsafe.SliceData(b)), len(b))
}

func writeShort(fd int, b []byte) (int, error) {
	return call(syscall.SYS_WRITE, fd, unsafe.Pointer(unsafe.SliceData(b)), len(b))
}

func writeFew(fd int, pieces [][]byte) (int, error) {
	var list [fewPieces]syscall.Iovec
	for i, piece := range pieces {
		list[i].Base = unsafe.SliceData(piece)
		list[i].SetLen(len(piece))
	}
	return call(syscall.SYS_WRITEV, fd, unsafe.Pointer(&list), len(pieces))
}

// call makes a system call without telling Go's scheduler.
func call(trap uintptr, fd int, p unsafe.Pointer, size int) (int, error) {
	n, _, failed := syscall.RawSyscall(trap, uintptr(fd), uintptr(p), uintptr(size))
	if failed != 0 {
		return 0, failed
	}
	return int(n), nil
}
