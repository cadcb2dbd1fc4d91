//go:build !linux && !js

package wsconn

const canWriteAtOnce = false

// writeAtOnce is not called.
func writeAtOnce(int, [][]byte) (int, error) { return 0, nil }
