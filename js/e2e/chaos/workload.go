package main

import "errors"

// workload is what a client does.
type workload struct {
	pub, source, sink *backend
	rep, router       *backend
	topics            []string
	pushRate, askRate float64 // a second
}

// sent is how far the senders came.
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
