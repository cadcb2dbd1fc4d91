package plain

import (
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
	"github.com/zmqwebbridge/zmqwebbridge/server/exchange/words"
	"github.com/zmqwebbridge/zmqwebbridge/server/translator"
)

// talk is one WebSocket, which is one socket of one endpoint. It implements translator.Dialect.
type talk struct {
	Wish
	conn   *translator.Conn
	engine *client.Client
	socket uint32

	next   core.Message // what the client has said last, and has to wait
	asking bool         // a request has no answer yet
}

// New puts a translator in front of ws.
func New(ws translator.WebSocket, cfg translator.Config, w Wish) *translator.Conn {
	cfg.Agent, cfg.HWM = "WebSocket", 1 // what waits besides waits at the client
	return translator.New(ws, cfg, func(conn *translator.Conn) translator.Dialect {
		conn.Start(nil)
		t := &talk{Wish: w, conn: conn, engine: conn.Engine()}
		if err := t.open(); err != nil {
			conn.End(translator.CloseOf(err))
		}
		return t
	})
}

// open connects the socket, and subscribes.
func (t *talk) open() (err error) {
	if t.socket, err = t.engine.NewSocket(t.typ, nil); err != nil {
		return err
	}
	if _, err = t.engine.Connect(t.socket, t.name, t.params); err != nil || t.typ != core.SUB {
		return err
	}
	for _, topic := range t.topics {
		if _, err = t.engine.Subscribe(t.socket, []byte(topic), t.options); err != nil {
			return err
		}
	}
	return nil
}

// Unsent is part of translator.Dialect.
func (t *talk) Unsent() (socket uint32, is bool) { return t.socket, t.typ.Sends() }

// Receive is part of translator.Dialect. A request waits for the answer to the one before it, so that answers come in order.
func (t *talk) Receive(message []byte, _ bool) error {
	if t.next == nil {
		m, err := t.read(message)
		if err != nil {
			return translator.CloseOf(err)
		}
		t.next = m
	}
	err := t.send(t.next)
	if err == translator.ErrLater {
		return err
	}
	t.next = nil
	if err != nil {
		return translator.CloseOf(err)
	}
	return nil
}

func (t *talk) read(message []byte) (core.Message, error) {
	if t.inParts {
		return words.ParseParts(message)
	}
	return core.Message{message}, nil
}

func (t *talk) send(m core.Message) error {
	switch {
	case t.typ == core.REQ && t.asking:
		return translator.ErrLater
	case t.typ == core.REQ:
		_, err := t.engine.Request(t.socket, m, client.RequestOptions{Timeout: t.timeout}, t.conn.Now())
		t.asking = err == nil
		return err
	case !t.typ.Sends():
		return core.NewError(core.Unsupported, "a "+t.typ.String()+" socket only receives")
	}
	err := t.engine.Send(t.socket, m)
	if core.CodeOf(err) == core.Busy {
		return translator.ErrLater
	}
	return err
}

// Event is part of translator.Dialect.
func (t *talk) Event(e *client.Event) {
	switch e.Kind {
	case client.EventMessage:
		t.pass(e)
	case client.EventReply:
		t.asking = false
		text, b := t.write(e.Parts)
		t.conn.Say(text, b)
	case client.EventFailed:
		t.asking = t.asking && e.ID == 0
		t.failed(e.Err())
	case client.EventGap:
		if t.inParts {
			t.conn.Say(true, strconv.AppendUint([]byte(`{"gap":`), e.Missed, 10), []byte("}"))
		}
	case client.EventRefused, client.EventUnsubscribed, client.EventClosed:
		t.conn.End(translator.CloseOf(t.refusal(e.Err())))
	}
}

// refusal is what is told of an endpoint that may not be opened: not the type of its sockets, if the client has not said it. An
// address has none.
func (t *talk) refusal(e *core.Error) *core.Error {
	if e.Code == core.Denied && !t.named && core.IsEndpointName(t.name) {
		return core.NewError(core.Denied, t.name+" is not allowed here")
	}
	return e
}

func (t *talk) pass(e *client.Event) {
	text, b := t.write(e.Parts)
	t.conn.Pass(t.socket, e.Parts.Size(), text, b)
}

// write is a message as the client gets it: the last part, or all of them as a list.
func (t *talk) write(m core.Message) (text bool, b []byte) {
	if t.inParts {
		return true, words.AppendParts(nil, m, t.embed)
	}
	last := m[len(m)-1]
	return !t.binary && utf8.Valid(last), last
}

// trouble is what is told of a message that came to nothing, where there is room for it.
type trouble struct {
	Error string `json:"error"` // the name of the code
	Text  string `json:"text,omitempty"`
}

// failed tells that a request has no answer, or that a message was not sent. Without parts there is no way to say that but to end.
func (t *talk) failed(e *core.Error) {
	if !t.inParts {
		t.conn.End(translator.CloseOf(e))
		return
	}
	text, err := json.Marshal(trouble{e.Code.String(), e.Text})
	if err != nil {
		t.conn.End(err) // there is nothing in it that could not be written
		return
	}
	t.conn.Say(true, text)
}
