// Command abuse attacks a bridge in every way that it knows, and says what somebody else notices of it: what make abuse runs.
//
//	abuse [--for 6s] [--only NAME] ZWB
//
// Each attack has a bridge of its own, with a memory budget. While nothing else happens, and then while it is attacked, an innocent
// client asks an echo every few milliseconds. The 99th percentile of that may grow by 50 ms, and the bridge's resident memory to 1.3
// times its budget; otherwise the exit status is 1.
//
// The attackers are one process, whose priority is low (nice 19): bridge and attackers share a machine here that they do not share
// elsewhere, and who gets the processors of it is not what is measured.
package main
