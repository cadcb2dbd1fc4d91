// Package written is how messages are written on a terminal or into a file, and read from there: their parts as text, hex, JSON or
// MessagePack, and whole messages one a line.
//
// Who may call it: the commands of zwb that send and receive (package talk). A Printer and a Reader belong to one goroutine,
// and there is no lock.
package written
