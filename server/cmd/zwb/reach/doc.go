// Package reach is how the commands of zwb that open sockets get to them: through a bridge, which flags, variables or a file with
// named contexts say, or with a bridge of their own in this process, straight to a backend.
//
// Who may call it: package talk and main. A Place is used by one command, on any of its goroutines; Close ends all that it has started.
package reach
