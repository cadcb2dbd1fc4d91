package recording

import (
	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Entry is a message that came, or that some are missing here.
type Entry struct {
	Time   int64 // nanoseconds since 1970
	Source int   // in the list of sources
	Parts  core.Message
	Gap    *Gap // if it is not nil there are no Parts
}

// Gap says that messages are missing.
type Gap struct {
	Missed uint64 // 0: nobody knows how many
	Code   string // why, as the codes of errors are written
}

// The kinds of entries. A reader passes over others.
const (
	kindMessage = 0
	kindGap     = 1
)

// entryHead is what is in front of each entry: the length of what follows it, time, source and kind.
const entryHead = 4 + 8 + 2 + 1

// size is how many bytes the entry takes in a body.
func (e *Entry) size() int {
	if e.Gap != nil {
		return entryHead + 8 + len(e.Gap.Code)
	}
	return entryHead + 4*len(e.Parts) + e.Parts.Size()
}

func (e *Entry) appendTo(to []byte) []byte {
	kind := byte(kindMessage)
	if e.Gap != nil {
		kind = kindGap
	}
	to = order.AppendUint32(to, uint32(e.size()-entryHead))
	to = order.AppendUint64(to, uint64(e.Time))
	to = order.AppendUint16(to, uint16(e.Source))
	to = append(to, kind)
	if e.Gap != nil {
		to = order.AppendUint64(to, e.Gap.Missed)
		return append(to, e.Gap.Code...)
	}
	for _, part := range e.Parts {
		to = order.AppendUint32(to, uint32(len(part)))
		to = append(to, part...)
	}
	return to
}

// nextEntry takes an entry from a body; its parts alias that. It is nil for a kind that is not known, and not ok if the body is broken.
func nextEntry(body []byte, sources int) (e *Entry, rest []byte, ok bool) {
	if len(body) < entryHead {
		return nil, nil, false
	}
	length, kind := order.Uint32(body), body[entryHead-1]
	e = &Entry{Time: int64(order.Uint64(body[4:])), Source: int(order.Uint16(body[12:]))}
	body = body[entryHead:]
	if int64(length) > int64(len(body)) || e.Source >= sources {
		return nil, nil, false
	}
	content, rest := body[:length:length], body[length:]
	switch kind {
	case kindMessage:
		e.Parts, ok = parts(content)
		return e, rest, ok
	case kindGap:
		if len(content) < 8 || len(content) > 8+maxCode {
			return nil, nil, false
		}
		e.Gap = &Gap{Missed: order.Uint64(content), Code: string(content[8:])}
		return e, rest, true
	}
	return nil, rest, true
}

func parts(content []byte) (m core.Message, ok bool) {
	for len(content) >= 4 && len(m) < core.MaxParts {
		length := order.Uint32(content)
		content = content[4:]
		if int64(length) > int64(len(content)) {
			return nil, false
		}
		m = append(m, content[:length:length])
		content = content[length:]
	}
	return m, len(m) > 0 && len(content) == 0
}
