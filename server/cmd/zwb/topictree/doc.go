// Package topictree counts what is published by topic, in the order of a tree: fx, and below it fx.EURUSD. It is a plain value that
// one goroutine uses; the time comes in as an argument.
//
// Who may call it: zwb topics (package talk).
package topictree
