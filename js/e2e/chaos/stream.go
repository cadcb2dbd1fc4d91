package main

import (
	"github.com/zmqwebbridge/zmqwebbridge/js/e2e/chaos/process"
	"github.com/zmqwebbridge/zmqwebbridge/js/e2e/chaos/record"
)

// stream is what one sender sends to one socket, as it arrives there.
type stream struct {
	*record.Numbering
	topic      string             // of a SUB
	publishers []*process.Backend // those whose deaths are told in the stream, because its socket is connected to them
	sender     *process.Backend
	at         int // where in the record of its sender the number of the last message stands
}

// subscription is the streams of one SUB.
type subscription []*stream

// subscriptions are those of a client: to each topic alone, to two publishers at once, and to what is too much at the end.
func (s *scene) subscriptions() (all []subscription) {
	for i, topic := range topics {
		all = append(all, subscription{published(topic, topic, s.pub, i, s.pub)})
	}
	two := subscription{
		published(topics[0]+" of two", topics[0], s.pub, 0, s.pub, s.second),
		published(secondTopic+" of two", secondTopic, s.second, 0, s.pub, s.second),
	}
	return append(all, two, subscription{published(tailTopic, tailTopic, s.tail, 0, s.tail)})
}

// published is the stream of one topic, which is number i of its sender. The socket is connected to all publishers.
func published(name, topic string, sender *process.Backend, i int, publishers ...*process.Backend) *stream {
	return &stream{Numbering: record.Subscribed("SUB " + name), topic: topic, publishers: publishers, sender: sender, at: 1 + i}
}

// sent is the number of the last message that was sent.
func (s *stream) sent() (uint64, error) {
	numbers, err := s.sender.Numbers()
	if err != nil {
		return 0, err
	}
	return numbers[s.at], nil
}

// settled tells whether everything that was sent has arrived, or was reported missing.
func (s *stream) settled() bool {
	sent, err := s.sent()
	return err == nil && s.Reached(sent)
}

// complete ends the record when nothing more will come.
func (s *stream) complete() error {
	sent, err := s.sent()
	if err != nil {
		return err
	}
	s.End(sent)
	return nil
}

// streamOf finds the stream of a message.
func (s subscription) streamOf(topic string) *stream {
	for _, it := range s {
		if it.topic == topic {
			return it
		}
	}
	return s[0]
}
