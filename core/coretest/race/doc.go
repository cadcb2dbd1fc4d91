// Package race tells tests whether the race detector is on. It makes everything many times slower, and finds nothing where there
// is one goroutine: such a test does less of the same then.
package race
