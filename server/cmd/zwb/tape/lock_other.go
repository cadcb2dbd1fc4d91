//go:build !unix || solaris || aix

package tape

import "os"

// lock does nothing where the standard library has no locks for files.
func lock(*os.File) error { return nil }
