package topic

import "sync/atomic"

// Allowance bounds the bytes of all prefixes that one publisher is asked for, by whoever asks: they cost it its memory. A nil
// one bounds nothing.
type Allowance struct {
	limit int64
	used  atomic.Int64
}

// NewAllowance makes an Allowance of so many bytes.
func NewAllowance(limit int64) *Allowance { return &Allowance{limit: limit} }

// Take takes a prefix in, and tells whether there was room for it.
func (a *Allowance) Take(prefix string) bool {
	size := int64(len(prefix))
	if a == nil || size == 0 {
		return true
	}
	if a.used.Add(size) > a.limit {
		a.used.Add(-size)
		return false
	}
	return true
}

// TakeAnyway takes a prefix in, whether there is room for it or not.
func (a *Allowance) TakeAnyway(prefix string) {
	if a != nil {
		a.used.Add(int64(len(prefix)))
	}
}

// Give undoes one Take.
func (a *Allowance) Give(prefix string) {
	if a != nil {
		a.used.Add(-int64(len(prefix)))
	}
}
