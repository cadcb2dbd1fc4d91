package recording

import (
	"bytes"
	"slices"
	"strings"
)

// Selection is a part of a recording. The zero value is all of it.
type Selection struct {
	From, Until int64    // nanoseconds since 1970; Until is not part of it; 0: no bound
	Topics      []string // what the first part begins with; none: any
	Sources     []string // names; none: all
}

// Block tells whether something of a block may be in the selection, without looking into it.
func (s *Selection) Block(b *Block) bool {
	if s.From != 0 && b.Last < s.From || s.Until != 0 && b.First >= s.Until {
		return false
	}
	return slices.ContainsFunc(b.Sources, func(source Source) bool { return s.source(source.Name) && (b.Gaps > 0 || s.topics(&source)) })
}

func (s *Selection) source(name string) bool {
	return len(s.Sources) == 0 || slices.Contains(s.Sources, name)
}

func (s *Selection) topics(source *Source) bool {
	if source.More || len(s.Topics) == 0 {
		return source.Messages > 0
	}
	return slices.ContainsFunc(source.Topics, func(topic Topic) bool {
		return slices.ContainsFunc(s.Topics, func(prefix string) bool { return strings.HasPrefix(string(topic.Name), prefix) })
	})
}

// Entry tells whether an entry of a block is in the selection. A gap is, whatever the topics: what is missing may have had any.
func (s *Selection) Entry(b *Block, e *Entry) bool {
	if s.From != 0 && e.Time < s.From || s.Until != 0 && e.Time >= s.Until || !s.source(b.Sources[e.Source].Name) {
		return false
	}
	if e.Gap != nil || len(s.Topics) == 0 {
		return true
	}
	return slices.ContainsFunc(s.Topics, func(prefix string) bool { return bytes.HasPrefix(e.Parts[0], []byte(prefix)) })
}
