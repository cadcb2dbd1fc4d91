package core

// Position is a place in the history of an endpoint: the last message that a socket received from it.
type Position struct {
	Epoch  string // names the history; offsets of different epochs cannot be compared
	Offset uint64
}
