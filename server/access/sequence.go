package access

import (
	"strconv"
	"strings"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Sequence says where a publisher puts its own count into its messages, so that what is lost on the way to the bridge is known. The
// zero Sequence: it does not count.
type Sequence struct {
	Part     int          // of the message, from 0, that has the number
	Format   NumberFormat // how it is written
	PerTopic bool         // every topic, which is a first part, has a count of its own
	Replay   Replay       // who is asked for what is missing
}

// None tells whether there is no count.
func (s Sequence) None() bool { return s.Format.Kind == NoNumber }

// Replay is a ROUTER of the publisher that has its last messages. The zero Replay: there is none.
type Replay struct {
	Address core.Endpoint
	Request NumberFormat // how it is told the first number that is missing
}

// None tells whether there is nobody to ask.
func (r Replay) None() bool { return r.Address == core.Endpoint{} }

// NumberFormat is how a number is written in a part of a message.
type NumberFormat struct {
	Kind NumberKind
	Key  string // with JSONNumber: of the object that the part is
}

// NumberKind is a NumberFormat without its Key.
type NumberKind uint8

// The kinds: whole numbers of 8 or 4 bytes, the most or the least significant byte first; decimal digits; a value of a JSON object.
const (
	NoNumber NumberKind = iota
	U64BE
	U64LE
	U32BE
	U32LE
	ASCIINumber
	JSONNumber
)

var numberKinds = map[string]NumberKind{"u64be": U64BE, "u64le": U64LE, "u32be": U32BE, "u32le": U32LE, "ascii": ASCIINumber}

const jsonPrefix = "json:"

// ParseNumberFormat reads u64be, u64le, u32be, u32le, ascii, or json: and a key.
func ParseNumberFormat(text string) (NumberFormat, error) {
	if key, isJSON := strings.CutPrefix(text, jsonPrefix); isJSON && key != "" {
		return NumberFormat{JSONNumber, key}, nil
	}
	kind, ok := numberKinds[text]
	if !ok {
		return NumberFormat{}, core.NewError(core.Invalid, "a number is written as u64be, u64le, u32be, u32le, ascii or json:KEY, not "+strconv.Quote(text))
	}
	return NumberFormat{Kind: kind}, nil
}
