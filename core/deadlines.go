package core

import "time"

// deadline is when a request of a socket runs out.
type deadline struct {
	at      time.Duration
	socket  uint32
	request uint64
}

// deadlines is a binary min-heap. Entries of requests that ended early stay until they come up: removing them would
// cost every request a search, leaving them costs 24 bytes for the length of a timeout.
type deadlines []deadline

func (h *deadlines) push(d deadline) {
	*h = append(*h, d)
	s := *h
	for i := len(s) - 1; i > 0; {
		parent := (i - 1) / 2
		if s[parent].at <= s[i].at {
			return
		}
		s[parent], s[i] = s[i], s[parent]
		i = parent
	}
}

// pop removes and returns the earliest; the heap must not be empty.
func (h *deadlines) pop() deadline {
	s := *h
	first, last := s[0], len(s)-1
	s[0] = s[last]
	s = s[:last]
	*h = s
	for i := 0; ; {
		least := i
		for _, child := range [2]int{2*i + 1, 2*i + 2} {
			if child < last && s[child].at < s[least].at {
				least = child
			}
		}
		if least == i {
			return first
		}
		s[least], s[i] = s[i], s[least]
		i = least
	}
}
