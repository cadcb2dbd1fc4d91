package main

import "sync"

// pushing records what a PUSH has sent, and where in it a gap was reported.
type pushing struct {
	mu      sync.Mutex
	sent    uint64
	reports []uint64 // for each gap that was reported, the number of the last message before it
}

func (p *pushing) add(n uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent = n
}

func (p *pushing) report() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.reports = append(p.reports, p.sent)
}

// enter adds the page's notes.
func (p *pushing) enter(sent uint64, reports []uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent = sent
	p.reports = append(p.reports, reports...)
}

// follow compares the record of the sink with what was sent. The record has a generation and a number for each message.
func (p *pushing) follow(sink []uint64) *numbering {
	p.mu.Lock()
	defer p.mu.Unlock()
	books, reports := followed("PUSH"), p.reports
	for i := 0; i+1 < len(sink); i += 2 {
		number, died := sink[i+1], books.from(sink[i])
		if number > books.last+1 && !died { // each report excuses one hole, which lies before the report
			for len(reports) > 0 && reports[0] < number-1 {
				reports = reports[1:]
			}
			if len(reports) > 0 {
				reports, books.gaps.unknown = reports[1:], true
			}
		}
		books.message(number, died)
	}
	books.excused.unknownReports = uint64(len(p.reports))
	books.end(p.sent)
	return books
}

func (p *pushing) last() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.sent
}
