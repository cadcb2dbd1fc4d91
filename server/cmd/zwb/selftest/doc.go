// Package selftest is what zwb doctor does without an address: it tries what the gateways have to be able to do, over loopback, against
// gateways and against a peer that is written by hand (package echopeer).
//
// Who may call it: main. Run blocks, for at most 5 s for each check, and ends all that it has started.
package selftest
