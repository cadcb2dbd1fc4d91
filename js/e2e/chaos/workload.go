package main

import "errors"

// workload says what a client does during a run.
type workload struct {
	pub, source, sink *backend
	rep, router       *backend
	topics            []string
	pushRate, askRate float64 // messages and requests per second
}

// sent has the numbers of the last messages that the senders have sent.
type sent struct {
	topics []uint64
	source uint64
}

func (w workload) sent() (sent, error) {
	pub, err := w.pub.numbers()
	source, err2 := w.source.numbers()
	if err := errors.Join(err, err2); err != nil {
		return sent{}, err
	}
	return sent{topics: pub[1:], source: source[1]}, nil
}
