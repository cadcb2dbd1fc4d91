// Command compare measures the bridge beside the floor, and prints a table: what make bench runs.
//
//	compare [--for 2.5s] [--rounds 3] [--within 5m] ZWB FLOOR
//
// Every round measures each case of both, one after the other, so that a machine that becomes slower does so for both. Of the
// rounds it prints medians. If the time is over before all rounds are, it prints what it has.
package main
