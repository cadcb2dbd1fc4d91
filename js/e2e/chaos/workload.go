package main

import "errors"

// workload says what a client does during a run.
type workload struct {
	pub, source, sink *backend
	second, tail      *backend // publishers: of a SUB that has two, and of one that is overrun at the end
	rep, router       *backend
	topics            []string
	pushRate, askRate float64 // messages and requests per second
}

// sent has the numbers of the last messages that the senders have sent.
type sent struct {
	topics       []uint64
	source       uint64
	second, tail uint64
}

func (w workload) sent() (sent, error) {
	pub, err := w.pub.numbers()
	source, err2 := w.source.numbers()
	second, err3 := w.second.numbers()
	tail, err4 := w.tail.numbers()
	if err := errors.Join(err, err2, err3, err4); err != nil {
		return sent{}, err
	}
	return sent{topics: pub[1:], source: source[1], second: second[1], tail: tail[1]}, nil
}
