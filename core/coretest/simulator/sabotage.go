package simulator

// Sabotage breaks something on purpose. It is for tests of the simulator, which has to notice.
type Sabotage struct {
	Wire func(*Passage) // may change a WebSocket message

	KeepsUsedTokens  bool // the bridge accepts a token after the page was heard with its successor
	ForgetsLastToken bool // the bridge forgets a token as soon as it has sent its successor
	HoldsTwoTokens   bool // the bridge accepts the token that was presented and the latest one, but none between them
	HearsOldConns    bool // the bridge goes on reading a WebSocket whose session goes on with another one
	IgnoresCredit    bool // the bridge sends without credit
	MiscountsGaps    bool // the bridge reports one message more than it has dropped
	DropsSilently    bool // the bridge does not report what it drops
	ClaimsReceipts   bool // the bridge says that messages have left that have not come yet
}

// Passage is a WebSocket message on its way.
type Passage struct {
	ToBridge bool
	Conn     uint64
	Resumed  bool // the connection goes on with a session
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
