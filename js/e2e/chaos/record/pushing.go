package record

import (
	"slices"
	"sync"
)

// Pushing records what a PUSH has sent, and where in it a gap was reported.
type Pushing struct {
	mu      sync.Mutex
	sent    uint64
	reports []uint64 // for each gap that was reported, the number of the last message before it
}

func (p *Pushing) Add(n uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent = n
}

func (p *Pushing) Report() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reports = append(p.reports, p.sent)
}

// Reported says where gaps were reported.
func (p *Pushing) Reported() []uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.reports)
}

// Enter adds the page's notes.
func (p *Pushing) Enter(sent uint64, reports []uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent = sent
	p.reports = append(p.reports, reports...)
}

// Follow compares the record of the sink with what was sent. The record has a generation and a number for each message.
func (p *Pushing) Follow(sink []uint64) *Numbering {
	books := p.SoFar(sink)
	books.End(p.Last())
	return books
}

// SoFar is Follow while more may come: nothing is missing behind the last message that has arrived.
func (p *Pushing) SoFar(sink []uint64) *Numbering {
	p.mu.Lock()
	defer p.mu.Unlock()
	books, reports := Followed("PUSH"), p.reports
	for i := 0; i+1 < len(sink); i += 2 {
		number, died := sink[i+1], books.From(sink[i])
		if number > books.last+1 && !died { // each report excuses one hole, which lies before the report
			for len(reports) > 0 && reports[0] < number-1 {
				reports = reports[1:]
			}
			if len(reports) > 0 {
				reports, books.gaps.unknown = reports[1:], true
			}
		}
		books.Message(number, died)
	}
	books.excused.UnknownReports = uint64(len(p.reports))
	return books
}

func (p *Pushing) Last() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sent
}
