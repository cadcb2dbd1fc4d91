package atonce

import (
	"syscall"

	"golang.org/x/sys/unix"
)

// Can tells whether there are Read, Write and Ready.
const Can = true

const (
	// maxPieces is how many pieces the kernel takes in one call, which is what IOV_MAX says.
	maxPieces = 1024

	// maxShort is how many bytes a call may be about that is taken for a short one: to copy them takes the kernel some microseconds.
	maxShort = 64 << 10
)

// Read reads what the kernel has. again: it has nothing yet.
func Read(fd int, b []byte) (n int, again bool, err error) {
	for {
		n, err = read(fd, b)
		switch err {
		case syscall.EINTR:
			continue
		case syscall.EAGAIN:
			return 0, true, nil
		}
		return n, false, err
	}
}

func read(fd int, b []byte) (int, error) {
	if len(b) > maxShort {
		return unix.Read(fd, b)
	}
	return readShort(fd, b)
}

// Write writes what the kernel takes of pieces; it may be nothing.
func Write(fd int, pieces [][]byte) (n int, err error) {
	for {
		n, err = write(fd, pieces)
		switch err {
		case syscall.EINTR:
			continue
		case syscall.EAGAIN:
			return 0, nil
		}
		return n, err
	}
}

func write(fd int, pieces [][]byte) (int, error) {
	switch {
	case len(pieces) != 1:
		return writeAll(fd, pieces)
	case len(pieces[0]) > maxShort:
		return unix.Write(fd, pieces[0])
	default:
		return writeShort(fd, pieces[0])
	}
}

func writeAll(fd int, pieces [][]byte) (int, error) {
	if len(pieces) <= fewPieces {
		size := 0
		for _, piece := range pieces {
			size += len(piece)
		}
		if size <= maxShort {
			return writeFew(fd, pieces)
		}
	}
	return unix.Writev(fd, pieces[:min(len(pieces), maxPieces)])
}

// fewPieces is how many pieces writeFew takes at most.
const fewPieces = 8

// Ready tells whether a Read would have something to return.
func Ready(fd int) bool {
	waits := [1]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	n, err := unix.Poll(waits[:], 0)
	return n != 0 || err != nil // whatever it is, the read meets it
}

// Tell tells the scheduler what it may have missed: that there is work again. It is for who is about to run for as long as somebody
// else likes, and may have been woken by a call of this package. Otherwise nobody would see to it that others get their turn on the
// same processor, until the next call that is told, or the next timer.
func Tell() { syscall.Syscall(syscall.SYS_GETPID, 0, 0, 0) }
