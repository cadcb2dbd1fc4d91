// Package recording is the format of .zwbrec files: what sockets have received, with the time at which it came, and where something was
// missing. FORMAT.md describes it byte by byte, and examples/recording/read.py reads it in Python.
//
// A Writer appends blocks, each of which stands for itself: compressed, with a checksum, and with a summary that says which time and which
// topics are in it. So a file is whole up to its last block whenever the writer is killed, and who looks for a topic or an hour
// decompresses nothing else. Seal adds an index of these summaries when a file is done. A File reads with it, or without one by looking at each
// block's header.
//
// Who may call it: package tape and the commands that record, replay and inspect (package talk). Its types are plain values that one
// goroutine uses, over an io.Writer and an io.ReaderAt. Whatever is in a file, a reader allocates no more than its limits, and says what
// cannot be read.
package recording
