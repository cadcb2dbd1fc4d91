// Package heap is about the memory that the process has from the system: GiveBack gives back what a quiet bridge does not need, Log
// writes down what is held, and Limit is from where on garbage is to be collected more often.
//
// It is for zwb serve, which runs GiveBack and Log on goroutines of their own until the bridge has ended. Nothing is shared between them,
// so there is no lock.
package heap
