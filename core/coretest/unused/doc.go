// Package unused finds ports at which nobody listens, for tests that listen there later, or want nobody to. A port that the
// kernel has chosen and that was closed again is anybody's: while a test goes on, a connection or a listener of another process
// may get it. These are not among those that a kernel chooses, and each is one test's alone until that ends, among all
// processes. Any test may call it, on its own goroutine.
package unused
