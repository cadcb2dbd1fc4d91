// Package operate asks the admin listener of a running bridge, for commands of those who run it: zwb reload and zwb top.
//
// Who may call it: main. A Client has no state but where to ask, so any goroutine may use it; a Top belongs to one.
package operate
