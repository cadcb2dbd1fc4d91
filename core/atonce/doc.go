// Package atonce asks the kernel for what it has, or takes, at once: its calls never wait, on a descriptor that is not to be waited
// for, as all of package net are. They are for sockets, and for who is given the descriptor by a syscall.RawConn.
//
// Short ones are made without telling Go's scheduler of them. It has a thread that looks after threads that are in the kernel. While
// the process is idle that thread sleeps, and the first system call that is told of wakes it, for nothing if the call is over within a
// few microseconds: on a machine with one processor that was a third of what a bridge needed for one request at a time. Whoever else
// could run on the same processor waits until the call is over, as for any other code, so what may take longer is told.
package atonce
