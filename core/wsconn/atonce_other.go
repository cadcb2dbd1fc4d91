//go:build !linux && !js

package wsconn

const (
	canWriteAtOnce = false
	canReadAtOnce  = false
)

// writeAtOnce is not called.
func writeAtOnce(int, [][]byte) (int, error) { return 0, nil }

// ready is not called.
func ready(int) bool { return true }

// readAtOnce is not called.
func readAtOnce(int, []byte) (int, bool, error) { return 0, false, nil }
