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
	t.Sent += other.Sent
	t.Delivered += other.Delivered
	t.Lost += other.Lost
	t.Duplicated += other.Duplicated
	t.Reordered += other.Reordered
	t.Damaged += other.Damaged
	t.Exact += other.Exact
	t.Unknown += other.Unknown
	t.Died += other.Died
	t.ExactReports += other.ExactReports
	t.UnknownReports += other.UnknownReports
	t.Unused += other.Unused
}
