package record

// Totals are the numbers of a stream, or the sums of several streams.
type Totals struct {
	Sent, Delivered, Lost, Duplicated, Reordered, Damaged uint64
	tally
}

func (n *Numbering) Totals() Totals {
	n.mu.Lock()
	defer n.mu.Unlock()
	t := Totals{Delivered: n.delivered, Lost: n.lost(), Duplicated: n.duplicated, Reordered: n.reordered, Damaged: n.damaged, tally: n.excused}
	if n.begun {
		t.Sent = n.last - n.first + 1
	}
	return t
}

func (t *Totals) Add(other *Totals) {
	mine := t.counts()
	for i, count := range other.counts() {
		*mine[i] += *count
	}
}

// Since is what has come to these totals since they were others.
func (t Totals) Since(before Totals) Totals {
	mine := t.counts()
	for i, count := range before.counts() {
		*mine[i] -= *count
	}
	return t
}

func (t *Totals) counts() []*uint64 {
	return []*uint64{&t.Sent, &t.Delivered, &t.Lost, &t.Duplicated, &t.Reordered, &t.Damaged,
		&t.Exact, &t.Unknown, &t.Died, &t.ExactReports, &t.UnknownReports, &t.Unused, &t.Behind, &t.Late}
}
