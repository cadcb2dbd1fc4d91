package req

// taken is requests that were taken from the pending ones without a reply. Whoever has it ends them.
type taken struct {
	requests []*Request
	failed   []failed
}

// failed is one that was in a bundle.
type failed struct {
	Withdrawn
	asker Asker
}

// takeThese takes requests that are pending, by their numbers. wanted says that somebody wants the messages of those that were not sent.
// The lock is held.
func (q *Requester) takeThese(ids []uint64, wanted bool) (t taken) {
	for _, id := range ids {
		if roll, h, i := q.pending.rolls.find(id); h != nil {
			t.failed = append(t.failed, failed{q.withdraw(roll, h, i, wanted), roll.asker})
			continue
		}
		t.requests = append(t.requests, q.pending.get(id))
		q.remove(id)
	}
	q.counters.Pending.Add(-int64(len(ids)))
	return t
}

// fails tells an asker that one of his requests has failed. No lock is held.
func (q *Requester) fails(f failed, reason error) {
	defer q.running.Done()
	f.asker.Fail(f.Slip, f.Unsent, reason)
}

// ended is told how many requests of bundles their askers have withdrawn. The lock is held.
func (q *Requester) ended(count int) {
	q.counters.Pending.Add(-int64(count))
	q.running.Add(-count)
}
