//go:build !linux

package atonce

// Can tells whether there are Read, Write and Ready.
const Can = false

// Read is not called.
func Read(int, []byte) (int, bool, error) { return 0, false, nil }

// Write is not called.
func Write(int, [][]byte) (int, error) { return 0, nil }

// Ready is not called.
func Ready(int) bool { return true }

// Tell has nothing to tell.
func Tell() {}
