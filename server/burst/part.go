package burst

import "github.com/zmqwebbridge/zmqwebbridge/core"

// Part is what one receiver gets of a Burst: messages in the order in which they came.
type Part struct {
	*Burst
	Ranges []Range // not empty; in order, with something missing between two of them
	Round  *Round  // what writes to the client; nil: it is written to at once
}

// Range is the messages from From to before To.
type Range struct{ From, To int }

// Whole is all of a Burst.
func (b *Burst) Whole() Part { return Part{Burst: b, Ranges: []Range{{0, len(b.messages)}}} }

// Append adds message i, which comes after all that are there.
func Append(ranges []Range, i int) []Range {
	if n := len(ranges); n > 0 && ranges[n-1].To == i {
		ranges[n-1].To++
		return ranges
	}
	return append(ranges, Range{i, i + 1})
}

// Count is how many messages there are, and Payload how many bytes they have.
func (p Part) Count() (n int) {
	for _, r := range p.Ranges {
		n += r.To - r.From
	}
	return n
}

// Payload is how many bytes the messages have.
func (p Part) Payload() (size int) {
	for _, r := range p.Ranges {
		size += p.Size(r.From, r.To)
	}
	return size
}

// Rest is the part without its first n messages, of which it has more.
func (p Part) Rest(n int) Part {
	for i, r := range p.Ranges {
		if count := r.To - r.From; n >= count {
			n -= count
			continue
		}
		rest := append([]Range{{r.From + n, r.To}}, p.Ranges[i+1:]...)
		return Part{p.Burst, rest, p.Round}
	}
	return Part{Burst: p.Burst}
}

// Framed is how many bytes the messages take, as frames.
func (p Part) Framed() (size int) {
	for _, r := range p.Ranges {
		frames, _ := p.Frames(firstSocket, 0, r.From, r.To)
		size += len(frames)
	}
	return size
}

// Pins tells whether whoever keeps the messages would keep much more in memory than what they take: all of the Burst. He
// keeps copies then.
func (p Part) Pins() bool { return p.Framed() < p.Bytes()/2 }

// Each calls f with every message, and its number. The parts alias body, which may be kept.
func (p Part) Each(f func(i int, m core.Message, body core.Body)) {
	for _, r := range p.Ranges {
		for i := r.From; i < r.To; i++ {
			body := p.Body(i)
			m, _ := body.Parts(nil) // it was encoded here
			f(i, m, body)
		}
	}
}
