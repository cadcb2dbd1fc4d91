package meter

// Tally counts what goes through one endpoint of one socket, until it is handed in to the Meter of the endpoint. A message that is
// passed on to a thousand clients is counted a thousand times, so that is an addition, under a lock that its owner holds anyway,
// and no atomic one, which two could be measured of. The lock guards all of it.
type Tally struct {
	meter *Meter // nil: nobody counts
	Totals
}

// NewTally is one for a Meter.
func NewTally(m *Meter) Tally { return Tally{meter: m} }

// ToClient counts messages, and the bytes of their parts, that are handed on to a client. One that is dropped after that, because
// the client does not read, counts too.
func (t *Tally) ToClient(messages, bytes int) {
	t.ToClients += uint64(messages)
	t.BytesToClients += uint64(bytes)
}

// FromClient counts a message of a client that is handed on to a backend.
func (t *Tally) FromClient(bytes int) {
	t.FromClients++
	t.BytesFromClients += uint64(bytes)
}

// HandIn adds what was counted to the Meter, and begins anew. It has to be called when the socket leaves the endpoint, and before
// somebody wants to know the Totals of the Meter.
func (t *Tally) HandIn() {
	if t.meter == nil || t.Totals == (Totals{}) {
		return
	}
	t.meter.toClients.Add(t.ToClients)
	t.meter.fromClients.Add(t.FromClients)
	t.meter.bytesToClients.Add(t.BytesToClients)
	t.meter.bytesFromClients.Add(t.BytesFromClients)
	t.Totals = Totals{}
}
