package client

import "time"

// deadline is the time at which a request of a socket fails with Timeout.
type deadline struct {
	at      time.Duration
	socket  uint32
	request uint64
}

// deadlines is a binary min-heap. The entry of a request that ended early stays until it comes to the top. Removing it
// earlier would cost a search for every request; leaving it costs 24 bytes until its timeout.
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

// pop removes and returns the earliest deadline; the heap must not be empty.
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
