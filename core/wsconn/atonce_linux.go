package wsconn

import (
	"errors"

	"golang.org/x/sys/unix"
)

const (
	canWriteAtOnce = true
	canReadAtOnce  = true
)

// maxPieces is how many pieces the kernel takes in one call, which is what IOV_MAX says.
const maxPieces = 1024

// writeAtOnce writes what the kernel takes of pieces without waiting; it may be nothing.
func writeAtOnce(fd int, pieces [][]byte) (n int, err error) {
	for {
		if len(pieces) == 1 {
			n, err = unix.Write(fd, pieces[0])
		} else {
			n, err = unix.Writev(fd, pieces[:min(len(pieces), maxPieces)])
		}
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EAGAIN):
			return 0, nil
		}
		return n, err
	}
}

// readAtOnce reads what the kernel has, and does not wait. again: it has nothing yet.
func readAtOnce(fd int, b []byte) (n int, again bool, err error) {
	for {
		n, err = unix.Read(fd, b)
		switch err {
		case unix.EINTR:
			continue
		case unix.EAGAIN:
			return 0, true, nil
		}
		return n, false, err
	}
}

// ready tells whether a read would not have to wait.
func ready(fd int) bool {
	waits := [1]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}
	n, err := unix.Poll(waits[:], 0)
	return n != 0 || err != nil // whatever it is, the read meets it
}
