package wsconn

import (
	"errors"

	"golang.org/x/sys/unix"
)

const canWriteAtOnce = true

// maxPieces is how many pieces the kernel takes in one call, which is what IOV_MAX says.
const maxPieces = 1024

// writeAtOnce writes what the kernel takes of pieces without waiting; it may be nothing.
func writeAtOnce(fd int, pieces [][]byte) (n int, err error) {
	for {
		n, err = unix.Writev(fd, pieces[:min(len(pieces), maxPieces)])
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.EAGAIN):
			return 0, nil
		}
		return n, err
	}
}
