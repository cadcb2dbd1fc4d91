package coretest

// Sabotage breaks something on purpose: a simulator that does not notice is of no use.
type Sabotage struct {
	Wire func(*Passage) // may change a WebSocket message

	KeepsUsedTokens  bool // the bridge accepts a token after its successor was heard
	ForgetsLastToken bool // the bridge forgets a token as soon as it has sent its successor
	HoldsTwoTokens   bool // the bridge holds the token that was presented and its successor, and none between
	HearsOldConns    bool // the bridge goes on reading a WebSocket whose session went on to another
	IgnoresCredit    bool // the bridge sends without credit
	MiscountsGaps    bool // the bridge reports one more than it dropped
	DropsSilently    bool // the bridge reports no drop
}

// Passage is a WebSocket message on its way.
type Passage struct {
	ToBridge bool
	Conn     uint64
	Resumed  bool // on a connection that goes on with a session
	Batch    []byte
}

func (s *Sabotage) tamper(p *pipe, batch []byte) []byte {
	if s.Wire == nil || p.conn.page == nil {
		return batch
	}
	x := Passage{ToBridge: p.toBridge, Conn: p.conn.number, Resumed: p.conn.resumed, Batch: batch}
	s.Wire(&x)
	return x.Batch
}
