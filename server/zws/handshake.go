package zws

import (
	"encoding/json"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/translator"
)

// begin reads what a peer says first: its name, where there is no mechanism, or the first command of one. There are peers that begin a
// handshake where none was agreed on.
func (p *peer) begin(flag byte, body []byte) error {
	switch {
	case flag == flagCommand:
		p.commands = true
		return p.command(body)
	case p.subprotocol != bare || flag != flagLast || len(body) > maxIdentity:
		return core.NewError(core.Protocol, "this is not how a peer of "+p.subprotocol+" begins")
	}
	p.conn.Start(nil)
	p.conn.Say(false, last) // the bridge has no name
	return p.open(p.guess(), body)
}

// command handles a command of a peer.
func (p *peer) command(body []byte) error {
	name, data, err := parseCommand(body)
	if err != nil {
		return err
	}
	switch {
	case name == "HELLO" && p.stage == first && p.subprotocol != null:
		return p.logIn(data)
	case name == "READY" && p.stage == first && p.subprotocol != login:
		p.conn.Start(nil)
		return p.introduced(data)
	case name == "INITIATE" && p.stage == initiated:
		return p.introduced(data)
	case name == "ERROR":
		return core.NewCloseError(core.CloseNormal, "")
	case p.stage != talking && (p.commands || p.stage != opening): // where there is no handshake, nobody waits for its end
		return core.NewError(core.Protocol, "this command may not come now")
	case name == "PING" && len(data) >= 2:
		p.tell(appendPong(data[2:]))
	case name == "SUBSCRIBE":
		return p.subscribe(data)
	case name == "CANCEL":
		return p.cancel(data)
	}
	return nil // others need not be known
}

// appendPong is the answer to a PING with this context (https://rfc.zeromq.org/spec/37/).
func appendPong(context []byte) []byte {
	const most = 16
	return append(appendShort(nil, "PONG"), context[:min(len(context), most)]...)
}

// tell sends a command.
func (p *peer) tell(command []byte) { p.conn.Say(false, commanded, command) }

// logIn begins the session with the credentials of PLAIN. A password without a name is a token.
func (p *peer) logIn(data []byte) error {
	user, password, err := parseHello(data)
	if err != nil {
		return err
	}
	shown := map[string]string{"user": user, "password": password}
	if user == "" {
		shown = map[string]string{"token": password}
	}
	credentials, err := json.Marshal(shown)
	if err != nil {
		return core.NewError(core.Invalid, "credentials that cannot be written down")
	}
	p.stage = judged
	p.conn.Start(credentials)
	return nil
}

// introduced opens the endpoint for a peer that has said what it is.
func (p *peer) introduced(properties []byte) error {
	text, identity, err := parseProperties(properties)
	if err != nil {
		return err
	}
	t, err := core.ParseSocketType(text)
	if err != nil {
		return p.refuse(core.NewError(core.Unsupported, "a peer of this type cannot connect here"))
	}
	return p.open(t, identity)
}

// open opens the endpoint for a peer of a type.
func (p *peer) open(t core.SocketType, identity []byte) (err error) {
	if p.typ, err = p.standIn(t); err != nil {
		return p.refuse(err)
	}
	p.of, p.stage = t, opening
	if p.socket, err = p.engine.NewSocket(p.typ, identity); err != nil {
		return err
	}
	_, err = p.engine.Connect(p.socket, p.name, p.params)
	return err
}

// opened is told that the endpoint is allowed.
func (p *peer) opened() {
	p.stage = talking
	if p.commands {
		p.tell(ready(others[p.of]))
	}
	if p.typ != core.PUB {
		return
	}
	if p.commands && p.subprotocol == bare { // a publisher says what was subscribed to; this one knows only the command
		p.tell(appendShort(nil, "SUBSCRIBE"))
		return
	}
	p.conn.Say(false, last, []byte{1})
}

// refuse tells a peer why it is not let in, where there is a way to say it, and returns that.
func (p *peer) refuse(err error) error {
	if p.commands && p.stage != talking {
		p.tell(failure(err.Error()))
	}
	return translator.CloseOf(err)
}
