package burst

// Round is clients that have something to be written. It is written to one directly after the other, when all of them have been seen
// to: a reader that serves many of them, and is woken by the first write, is still awake at the next, and to wake it costs more than
// all that is done for a client but the write itself.
//
// The zero value is empty. It is for one goroutine.
type Round struct{ writers []Writer }

// Writer is a client for which a message is prepared. Both methods are called once, one after the other, without a lock.
type Writer interface {
	WritePrepared() // it does not wait
	Wrote()
}

// Add has w written to by Run.
func (r *Round) Add(w Writer) { r.writers = append(r.writers, w) }

// Run writes to all that were added.
func (r *Round) Run() {
	defer r.forget() // also if one panics
	for _, w := range r.writers {
		w.WritePrepared()
	}
	for _, w := range r.writers {
		w.Wrote()
	}
}

func (r *Round) forget() {
	clear(r.writers)
	r.writers = r.writers[:0]
}
