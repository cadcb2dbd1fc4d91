package recording

// Statistics are what there is in a recording, from its blocks.
type Statistics struct {
	Most int // how many topics are told apart; messages of any others are in those of their source only

	Blocks      int
	Size        int64 // bytes of the entries when they are not compressed
	Messages    uint64
	Bytes       uint64 // in the parts of all messages
	First, Last int64  // nanoseconds since 1970
	Sources     []*SourceStatistics
	Gaps        uint64
	Missed      uint64 // in those gaps of which that is known

	topics int
}

// SourceStatistics are those of one source: a type and a name.
type SourceStatistics struct {
	Type, Name      string
	Messages, Bytes uint64
	Topics          map[string]*TopicStatistics
	Others          uint64 // messages of more topics than Most, or of topics that are too long
}

// TopicStatistics are those of one topic of a source.
type TopicStatistics struct{ Messages, Bytes uint64 }

// Incomplete tells whether the summary of a block leaves something open, so that Add needs its entries.
func (b *Block) Incomplete() bool {
	for i := range b.Sources {
		if b.Sources[i].More && subscribes(b.Sources[i].Type) {
			return true
		}
	}
	return b.Gaps > 0
}

// Block counts a block. Of one that is Incomplete each entry is to be given to Entry, too.
func (s *Statistics) Block(b *Block) {
	if s.Blocks == 0 {
		s.First, s.Last = b.First, b.Last
	}
	s.First, s.Last = min(s.First, b.First), max(s.Last, b.Last)
	s.Blocks++
	s.Size += int64(b.Size())
	for i := range b.Sources {
		in := &b.Sources[i]
		of := s.source(in)
		s.Messages += in.Messages
		s.Bytes += in.Bytes
		of.Messages += in.Messages
		of.Bytes += in.Bytes
		if in.More && subscribes(in.Type) {
			continue // its messages are counted one by one
		}
		for _, topic := range in.Topics {
			s.topic(of, string(topic.Name), topic.Messages, topic.Bytes)
		}
	}
}

// Entry counts what is in no summary: gaps, and the topics of a source that has more than its list.
func (s *Statistics) Entry(b *Block, e *Entry) {
	in := &b.Sources[e.Source]
	switch {
	case e.Gap != nil:
		s.Gaps++
		s.Missed += e.Gap.Missed
	case in.More && subscribes(in.Type):
		if of := s.source(in); len(e.Parts[0]) > mostTopic {
			of.Others++
		} else {
			s.topic(of, string(e.Parts[0]), 1, uint64(e.Parts.Size()))
		}
	}
}

// What is told apart, whatever a file says.
const (
	mostSources = 1000
	mostTopic   = 4 << 10 // bytes: nobody can subscribe to more
)

func (s *Statistics) source(in *Source) *SourceStatistics {
	for _, of := range s.Sources {
		if of.Type == in.Type && of.Name == in.Name {
			return of
		}
	}
	of := &SourceStatistics{Type: in.Type, Name: in.Name, Topics: map[string]*TopicStatistics{}}
	if len(s.Sources) < mostSources {
		s.Sources = append(s.Sources, of)
	}
	return of
}

func (s *Statistics) topic(of *SourceStatistics, name string, messages, bytes uint64) {
	topic := of.Topics[name]
	if topic == nil {
		if s.topics >= s.Most {
			of.Others += messages
			return
		}
		s.topics++
		topic = &TopicStatistics{}
		of.Topics[name] = topic
	}
	topic.Messages += messages
	topic.Bytes += bytes
}
