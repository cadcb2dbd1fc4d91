package main

// totals are the numbers of a stream, or the sums of several streams.
type totals struct {
	sent, delivered, lost, duplicated, reordered, damaged uint64
	tally
}

func (n *numbering) totals() totals {
	n.mu.Lock()
	defer n.mu.Unlock()
	t := totals{delivered: n.delivered, lost: n.lost(), duplicated: n.duplicated, reordered: n.reordered, damaged: n.damaged, tally: n.excused}
	if n.begun {
		t.sent = n.last - n.first + 1
	}
	return t
}

func (t *totals) add(other *totals) {
	t.sent += other.sent
	t.delivered += other.delivered
	t.lost += other.lost
	t.duplicated += other.duplicated
	t.reordered += other.reordered
	t.damaged += other.damaged
	t.exact += other.exact
	t.unknown += other.unknown
	t.died += other.died
	t.exactReports += other.exactReports
	t.unknownReports += other.unknownReports
	t.unused += other.unused
}
