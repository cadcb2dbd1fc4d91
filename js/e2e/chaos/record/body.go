package record

import (
	"fmt"
	"slices"
)

// pad is the text with which messages are filled. It is the same in Go, Python and JavaScript.
var pad = makePad()

func makePad() []byte {
	b, x := make([]byte, 60000), 1
	for i := range b {
		x = (x*75 + 74) % 65537
		b[i] = byte(x)
	}
	return b
}

// Filler is the content of message number n, so that the other end knows every byte of it.
func Filler(n uint64) []byte {
	start, length := n*7919%30000, n*37%150
	if n%997 == 0 {
		length = 20000
	}
	return pad[start : start+length]
}

// Header says which process of a sender sent a message, and its number.
func Header(generation, n uint64) []byte { return fmt.Appendf(nil, "%d %d", generation, n) }

// Read reads the header of a message, and checks that the filler belongs to it; ok is false if it does not.
func Read(parts [][]byte) (generation, n uint64, ok bool) {
	if len(parts) < 2 {
		return 0, 0, false
	}
	parts = parts[len(parts)-2:]
	_, err := fmt.Sscanf(string(parts[0]), "%d %d", &generation, &n)
	return generation, n, err == nil && slices.Equal(parts[1], Filler(n))
}
