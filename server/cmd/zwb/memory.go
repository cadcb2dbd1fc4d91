package main

import (
	"errors"
	"strconv"

	"github.com/zmqwebbridge/zmqwebbridge/server/policy"
)

// size is a flag with a number of bytes, as in 64MiB.
type size int

// String is part of flag.Value.
func (s *size) String() string {
	if *s > 0 && *s%(1<<20) == 0 {
		return strconv.Itoa(int(*s>>20)) + "MiB"
	}
	return strconv.Itoa(int(*s))
}

// Set is part of flag.Value.
func (s *size) Set(text string) error {
	bytes, ok := policy.ParseSize(text)
	if !ok {
		return errors.New("a size is written as in 64MiB or 1GiB")
	}
	*s = size(bytes)
	return nil
}

// heapLimit is from where on the garbage collector spends more time to keep the process small: what may be held for clients,
// and an eighth for what the bridge needs besides and for garbage; somewhat less when that is little. The system counts more
// than the collector does: the program itself, and what is allocated while a collection is under way.
func heapLimit(memory size) int64 {
	m := int64(memory)
	return max(m+m/16, min(m+m/8, m+m*3/10-programSize))
}

// programSize is what a process has in memory that is not Go's: its code.
const programSize = 24 << 20
