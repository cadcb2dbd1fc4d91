//go:build !race

package race

// On tells it.
const On = false
