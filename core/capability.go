package core

// Capability is a set of extensions of the protocol. Each end announces those that it has in the flags of Hello and
// Welcome, and an extension is used only where both ends have it (PROTOCOL.md, section 16). So an older client gets along
// with a newer bridge, and the other way round.
type Capability uint64

// A bit means the same in Hello and in Welcome. Bit 1 is not among them: in Welcome it is FlagResumed.
const (
	CanDisconnect  Capability = 1 << 1 // Disconnect, and its answer Disconnected
	CanLinger      Capability = 1 << 2 // the linger in Close, which Closed answers with the number of messages that were not passed on
	CanRenew       Capability = 1 << 3 // Expiring, and Credentials
	CanResubscribe Capability = 1 << 4 // Subscribe with the number of a subscription that there is, which gives it other terms
	CanReceipts    Capability = 1 << 5 // Left, and the number of the message in Failed, of a PUSH
)

// everyCapability is what this version has.
const everyCapability = CanDisconnect | CanLinger | CanRenew | CanResubscribe | CanReceipts

// Can tells whether both ends have an extension.
func (s *Session) Can(c Capability) bool { return s.shared&c == c }

// announced is what this end says that it has.
func (s *Session) announced() Capability { return everyCapability &^ s.cfg.Without }

// hear takes in what the other end has announced.
func (s *Session) hear(flags uint64) { s.shared = Capability(flags) & s.announced() }
