package legacy

import (
	"encoding/json"
	"strconv"
	"unicode/utf8"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// socket is one socket of the old client. The client knows it by an identity. Outside the client's connection the identity
// means nothing, except that of a REP, by which backends choose the page that they ask.
type socket struct {
	id       uint32
	name     string
	typ      core.SocketType
	answered bool // the connect was answered with a connection_reply; the old client would take a second one for data
}

// Receive is part of translator.Dialect.
func (c *page) Receive(text []byte, _ bool) error {
	var e envelope
	if err := json.Unmarshal(text, &e); err != nil {
		return errMalformed
	}
	if e.Identity == "" || len(e.Identity) > 255 {
		return core.NewCloseError(core.CloseMalformed, "a message names its socket in identity")
	}
	if e.MsgType == connectType {
		if err := c.connect(e); err != nil {
			c.reply(e.Identity, replyType, errorContent(asError(err)))
		}
		return nil
	}
	k := c.byName[e.Identity]
	if k == nil {
		c.reply(e.Identity, "", errorContent(core.NewError(core.Closed, "this socket was never connected")))
		return nil
	}
	c.userMessage(k, e.Content)
	return nil
}

func (c *page) connect(e envelope) error {
	var p connectParams
	if err := json.Unmarshal([]byte(e.Content), &p); err != nil {
		return core.NewError(core.Invalid, "content of connect is the JSON text of an object")
	}
	if c.byName[e.Identity] != nil {
		return core.NewError(core.Conflict, "this identity is connected")
	}
	switch p.Type {
	case core.SUB, core.REQ, core.REP:
	default:
		return core.NewError(core.Unsupported, "the 2012 protocol knows SUB, REQ and REP")
	}
	id, err := c.conn.Engine().NewSocket(p.Type, identity(p.Type, e.Identity))
	if err != nil {
		return err
	}
	open := c.conn.Engine().Connect
	if p.Type == core.REP {
		open = c.conn.Engine().Bind
	}
	if _, err := open(id, p.Address, []byte(e.Content)); err != nil {
		c.conn.Engine().CloseSocket(id)
		return err
	}
	if p.Type == core.SUB {
		if _, err := c.conn.Engine().Subscribe(id, nil, client.SubscribeOptions{}); err != nil {
			return err
		}
	}
	k := &socket{id: id, name: e.Identity, typ: p.Type}
	c.sockets[id], c.byName[k.name] = k, k
	return nil
}

// identity is the identity that the bridge is told. It is nil where the identity means nothing to the bridge.
func identity(t core.SocketType, name string) []byte {
	if t == core.REP {
		return []byte(name)
	}
	return nil
}

// userMessage handles a message that is not a connect: a request on a REQ socket, or an answer on a REP socket.
func (c *page) userMessage(k *socket, content string) {
	switch k.typ {
	case core.REQ:
		if _, err := c.conn.Engine().Request(k.id, core.Message{[]byte(content)}, client.RequestOptions{}, c.conn.Now()); err != nil {
			c.data(k, errorContent(asError(err)))
		}
	case core.REP:
		// The answer is a list: the address that came with the request, "", and the answer itself.
		var parts []string
		if json.Unmarshal([]byte(content), &parts) != nil || len(parts) < 2 {
			return // the address is missing, so it is not known which request this should answer
		}
		request, err := strconv.ParseUint(parts[0], 10, 64)
		if err != nil {
			return
		}
		if c.conn.Engine().Reply(k.id, request, core.Message{[]byte(parts[len(parts)-1])}) != nil {
			return // the backend notices at its own deadline that no answer comes
		}
	}
}

// Event is part of translator.Dialect.
func (c *page) Event(e *client.Event) {
	k := c.sockets[e.Socket]
	if k == nil {
		return
	}
	switch e.Kind {
	case client.EventOpened, client.EventDown:
		c.connected(k) // the socket is allowed; a backend that is down may come up later, as always in ZeroMQ
	case client.EventRefused:
		c.refused(k, e.Err())
	case client.EventMessage:
		c.connected(k)
		c.conn.Pass(k.id, e.Parts.Size(), true, marshal(envelope{Identity: k.name, Content: text(e.Parts[len(e.Parts)-1])}))
	case client.EventReply:
		c.data(k, text(e.Parts[len(e.Parts)-1]))
	case client.EventFailed:
		c.data(k, errorContent(e.Err()))
	case client.EventRequest:
		address := strconv.FormatUint(e.ID, 10)
		c.data(k, string(marshal([]string{address, "", text(e.Parts[len(e.Parts)-1])})))
	case client.EventClosed:
		delete(c.sockets, k.id)
		delete(c.byName, k.name)
	}
}

func (c *page) connected(k *socket) {
	if k.answered {
		return
	}
	k.answered = true
	c.reply(k.name, replyType, string(marshal(status{Status: "success"})))
}

// refused answers the connect with an error. Messages that the client sends all the same fail one by one.
func (c *page) refused(k *socket, e *core.Error) {
	if !k.answered {
		k.answered = true
		c.reply(k.name, replyType, errorContent(e))
	}
}

// data sends the content of a message to the callback of a socket. The connection_reply goes before it, because the old
// client throws away everything that comes earlier.
func (c *page) data(k *socket, content string) {
	c.connected(k)
	c.reply(k.name, "", content)
}

func (c *page) reply(name, msgType, content string) {
	c.conn.Say(true, marshal(envelope{Identity: name, MsgType: msgType, Content: content}))
}

// text is a part as a string for the old client. JSON cannot hold bytes, so invalid UTF-8 is replaced.
func text(part []byte) string {
	if utf8.Valid(part) {
		return string(part)
	}
	return string([]rune(string(part)))
}

func asError(err error) *core.Error {
	if e, ok := err.(*core.Error); ok {
		return e
	}
	return core.NewError(core.CodeOf(err), err.Error())
}
