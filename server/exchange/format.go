package exchange

import (
	"strings"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/exchange/words"
)

// format writes a stream down. A message is a list of its parts, as package words has it; as json, with parts in it that are JSON; or, as
// text, the last part alone.
type format interface {
	kind() string
	begin()
	message(m core.Message, at core.Position)            // without an epoch: nobody can go on there
	position(at core.Position)                           // what follows comes after it
	happened(what string, details any, at core.Position) // as for a message
	beat()                                               // nothing has happened
	Len() int
	Take() []byte // what was written since; valid until more is
}

// events is a stream of Server-Sent Events (https://html.spec.whatwg.org/#server-sent-events).
type events struct {
	*words.Writer
	as string
}

func (*events) kind() string { return "text/event-stream; charset=utf-8" }

// begin has a proxy, and the reader, see that there is an answer.
func (f *events) begin() { f.PutFirst(":\n\n") }

func (f *events) id(at core.Position) {
	if at.Epoch == "" || at.Offset == 0 {
		return
	}
	f.WriteString("id: ")
	f.Write(words.AppendPosition(f.AvailableBuffer(), at))
	f.WriteByte('\n')
}

func (f *events) message(m core.Message, at core.Position) {
	f.id(at)
	if f.as == "text" {
		f.text(m[len(m)-1])
		return
	}
	f.WriteString("data: ")
	f.Parts(m, f.as)
	f.WriteString("\n\n")
}

// breaks are what ends a line in a stream of events. Within data it begins another line of the same data.
var breaks = strings.NewReplacer("\r\n", "\ndata: ", "\r", "\ndata: ", "\n", "\ndata: ")

// text writes a part as it is; bytes that are no text are written in base64, and called binary.
func (f *events) text(part []byte) {
	text, binary := words.AsText(part)
	if binary {
		f.WriteString("event: binary\n")
	}
	f.WriteString("data: ")
	breaks.WriteString(f, text)
	f.WriteString("\n\n")
}

// position is an event without data, of which readers are told nothing: it is only where they go on.
func (f *events) position(at core.Position) {
	if at.Offset > 0 {
		f.id(at)
		f.WriteByte('\n')
	}
}

func (f *events) happened(what string, details any, at core.Position) {
	f.id(at)
	f.WriteString("event: " + what + "\ndata: ")
	f.Value(details)
	f.WriteString("\n\n")
}

func (f *events) beat() { f.WriteString(":\n\n") }

// lines is a stream of JSON objects, one a line.
type lines struct {
	*words.Writer
	as string
}

func (*lines) kind() string { return "application/x-ndjson" }

func (f *lines) begin() {}

func (f *lines) id(at core.Position) {
	if at.Epoch != "" && at.Offset > 0 {
		f.WriteString(`"id":`)
		f.Value(string(words.AppendPosition(nil, at)))
		f.WriteByte(',')
	}
}

func (f *lines) message(m core.Message, at core.Position) {
	f.WriteByte('{')
	f.id(at)
	f.WriteString(`"data":`)
	if f.as == "text" {
		f.Part(m[len(m)-1])
	} else {
		f.Parts(m, f.as)
	}
	f.WriteString("}\n")
}

func (f *lines) position(core.Position) {}

func (f *lines) happened(what string, details any, at core.Position) {
	f.WriteByte('{')
	f.id(at)
	f.WriteString(`"event":"` + what + `","data":`)
	f.Value(details)
	f.WriteString("}\n")
}

func (f *lines) beat() { f.WriteByte('\n') }
