package recording

import (
	"encoding/json"
	"slices"
	"unicode/utf8"
)

// Source is a socket whose messages are recorded, and what there is of it in a block.
type Source struct {
	Type     string  `json:"type"` // as in SUB
	Name     string  `json:"name"` // the endpoint or the address
	Messages uint64  `json:"messages,omitempty"`
	Bytes    uint64  `json:"bytes,omitempty"` // in the parts of these messages
	Topics   []Topic `json:"topics,omitempty"`
	More     bool    `json:"more,omitempty"` // there are messages of topics that are not listed
}

// Topic is the first part of messages.
type Topic struct {
	Name     Name   `json:"topic"`
	Messages uint64 `json:"messages"`
	Bytes    uint64 `json:"bytes"`
}

// Name is a topic, which is text as a rule. What is no text is an object with its base64 in JSON.
type Name string

type binaryName struct {
	Base64 []byte `json:"base64"`
}

// MarshalJSON is part of json.Marshaler.
func (n Name) MarshalJSON() ([]byte, error) {
	if utf8.ValidString(string(n)) {
		return json.Marshal(string(n))
	}
	return json.Marshal(binaryName{[]byte(n)})
}

// UnmarshalJSON is part of json.Unmarshaler.
func (n *Name) UnmarshalJSON(text []byte) error {
	if len(text) > 0 && text[0] == '{' {
		var binary binaryName
		err := json.Unmarshal(text, &binary)
		*n = Name(binary.Base64)
		return err
	}
	return json.Unmarshal(text, (*string)(n))
}

// summary is what stands between the header and the body of a block, as JSON.
type summary struct {
	Sources []Source `json:"sources"`
}

// allowed tells whether a writer may have written it: nobody who keeps what is in summaries keeps more than that.
func (s *summary) allowed() bool {
	topics := 0
	for _, source := range s.Sources {
		topics += len(source.Topics)
		if len(source.Type) > maxName || len(source.Name) > maxName || slices.ContainsFunc(source.Topics, func(t Topic) bool { return len(t.Name) > maxTopic }) {
			return false
		}
	}
	return len(s.Sources) <= maxSources && topics <= maxTopics
}

// tally counts what goes into a block.
type tally struct {
	sources []Source
	places  []map[string]int // of each source: where a topic is in its list
	topics  int
	bytes   int
}

// subscribes tells whether the first part of what a socket receives is a topic.
func subscribes(kind string) bool { return kind == "SUB" || kind == "XSUB" }

func (t *tally) add(source int, parts [][]byte, bytes int) {
	s := &t.sources[source]
	s.Messages++
	s.Bytes += uint64(bytes)
	topic := parts[0]
	at, listed := t.places[source][string(topic)]
	switch {
	case listed:
	case !subscribes(s.Type) || len(topic) > maxTopic || t.topics == maxTopics || t.bytes+len(topic) > maxTopicBytes:
		s.More = true
		return
	default:
		t.topics++
		t.bytes += len(topic)
		at = len(s.Topics)
		if t.places[source] == nil {
			t.places[source] = map[string]int{}
		}
		t.places[source][string(topic)] = at
		s.Topics = append(s.Topics, Topic{Name: Name(topic)})
	}
	s.Topics[at].Messages++
	s.Topics[at].Bytes += uint64(bytes)
}

// clear begins the next block, with the same sources.
func (t *tally) clear() {
	for i, s := range t.sources {
		t.sources[i] = Source{Type: s.Type, Name: s.Name, Topics: s.Topics[:0]}
		clear(t.places[i])
	}
	t.topics, t.bytes = 0, 0
}
