package words

import (
	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// Subscription is what is subscribed to, and how.
func (q Query) Subscription() (topics []string, options client.SubscribeOptions, err error) {
	if topics = q["topic"]; len(topics) == 0 {
		topics = []string{""} // everything
	}
	if options.Overflow, err = core.ParseOverflow(q.Text("overflow")); err != nil {
		return topics, options, err
	}
	options.Interval, err = q.interval()
	return topics, options, err
}
