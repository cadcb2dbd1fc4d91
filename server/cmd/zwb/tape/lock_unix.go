//go:build unix && !solaris && !aix

package tape

import (
	"os"
	"syscall"
)

// lock fails if another process has the file locked. The lock ends with the process, however that ends.
func lock(file *os.File) error {
	return syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}
