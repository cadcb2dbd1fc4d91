//go:build js && wasm

package main

import (
	"cmp"
	"time"

	"github.com/hack-pad/safejs"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// control is one function that JavaScript is handed when the program boots, under a name. It returns its status, which is
// a number of its own where there is something to return.
type control struct {
	name string
	run  func(*arguments) (uint64, error)
}

// controls is all of them. js/src/engine/abi.ts has their types, in the interface Controls.
var controls = []control{
	{"newClient", newClient},
	{"freeClient", freeClient},
	{"setCredentials", setCredentials},
	{"closed", closed},
	{"exportSession", exportSession},
	{"importSession", importSession},
	{"newSocket", newSocket},
	{"closeSocket", closeSocket},
	{"connect", connect},
	{"connectSince", connectSince},
	{"bind", bind},
	{"disconnect", disconnect},
	{"subscribe", subscribe},
	{"unsubscribe", unsubscribe},
	{"resubscribe", resubscribe},
	{"pause", pause},
	{"unpause", unpause},
}

// handle is what JavaScript calls.
func (c control) handle(_ safejs.Value, values []safejs.Value) any {
	return int(c.call(&arguments{values: values}))
}

func (c control) call(a *arguments) (status int32) {
	defer leave(&status)
	enter()
	value, err := c.run(a)
	if err != nil {
		return settle(err)
	}
	return int32(value)
}

// newClient(request timeout in milliseconds, agent) returns a handle, which stands for the client in every other call.
func newClient(a *arguments) (uint64, error) {
	cfg := client.Config{RequestTimeout: time.Duration(a.number()) * time.Millisecond, Agent: a.text(), Arrived: arrived}
	if a.err != nil {
		return 0, a.err
	}
	lastClient++
	clients[lastClient] = client.New(cfg, events.add)
	return uint64(lastClient), nil
}

// freeClient(handle) forgets a client that has ended.
func freeClient(a *arguments) (uint64, error) {
	delete(clients, int32(a.number()))
	return 0, a.err
}

// setCredentials(handle, JSON or undefined) sets what the next start presents to the bridge, and hands it over at
// once if the session is open.
func setCredentials(a *arguments) (uint64, error) {
	c, err := a.client()
	credentials := a.json()
	if err := a.failed(err); err != nil {
		return 0, err
	}
	c.SetCredentials(credentials)
	return 0, nil
}

// closed(handle, close code, reason, whether the bridge said so) tells the client that its WebSocket has ended. It returns
// 1 when JavaScript has to open another one, and 0 when the client has ended for good. The error is in the results either
// way. When the page itself closed with 1000 and goes on, only its session has ended: that returns 1 too.
func closed(a *arguments) (uint64, error) {
	c, err := a.client()
	code, reason, remote := core.CloseCode(a.number()), a.text(), a.boolean()
	if err := a.failed(err); err != nil {
		return 0, err
	}
	why := &core.Error{Code: code.Code(), Text: reason, Remote: remote}
	fail(why)
	if !code.Retry() && (remote || code != core.CloseNormal) {
		c.End(why)
		return 0, nil
	}
	c.Stop(core.NewCloseError(code, reason))
	return 1, nil
}

// exportSession(handle) makes a snapshot of the session the output, and returns its size, which is 0 without a session.
func exportSession(a *arguments) (uint64, error) {
	c, err := a.client()
	if err := a.failed(err); err != nil {
		return 0, err
	}
	emit(c.Export())
	return uint64(len(output)), nil
}

// importSession(handle, snapshot as a Uint8Array, now in milliseconds) goes on with the session of a snapshot.
func importSession(a *arguments) (uint64, error) {
	c, err := a.client()
	snapshot, now := a.bytes(), moment(float64(a.number()))
	if err := a.failed(err); err != nil {
		return 0, err
	}
	return 0, c.Import(snapshot, now)
}

// newSocket(handle, type, identity or "", how many messages it may hold or 0, whether what it sends may arrive more than once) returns the
// number of the socket.
func newSocket(a *arguments) (uint64, error) {
	c, err := a.client()
	typ, identity, window, idempotent := core.SocketType(a.number()), []byte(a.text()), int(a.number()), a.boolean()
	if err := a.failed(err); err != nil {
		return 0, err
	}
	id, err := c.NewSocket(typ, identity)
	c.Limit(id, window)
	if idempotent {
		c.Idempotent(id)
	}
	return uint64(id), err
}

// closeSocket(handle, socket, milliseconds to linger, whether the page chose them, now in milliseconds) closes a socket. It
// returns 1 when EventEnded follows.
func closeSocket(a *arguments) (uint64, error) {
	c, err := a.client()
	socket, linger := a.socket(), time.Duration(a.number())*time.Millisecond
	asked, now := a.boolean(), moment(float64(a.number()))
	if err := a.failed(err); err != nil {
		return 0, err
	}
	return truth(c.CloseWithin(socket, linger, asked, now)), nil
}

// disconnect(handle, socket, endpoint) takes an endpoint away from a socket. It returns 1 when EventDisconnected follows.
func disconnect(a *arguments) (uint64, error) {
	c, err := a.client()
	socket, endpoint := a.socket(), a.number()
	if err := a.failed(err); err != nil {
		return 0, err
	}
	waits, err := c.Disconnect(socket, uint64(endpoint))
	return truth(waits), err
}

func truth(b bool) uint64 {
	if b {
		return 1
	}
	return 0
}

// connect(handle, socket, address, params as JSON or undefined) returns the number of the endpoint.
func connect(a *arguments) (uint64, error) {
	c, err := a.client()
	socket, address, params := a.socket(), a.text(), a.json()
	if err := a.failed(err); err != nil {
		return 0, err
	}
	return c.Connect(socket, address, params)
}

// connectSince(handle, socket, address, params as JSON or undefined, offset, epoch) is connect for a SUB or XSUB that had
// got to this position in the history of the endpoint.
func connectSince(a *arguments) (uint64, error) {
	c, err := a.client()
	socket, address, params := a.socket(), a.text(), a.json()
	since := core.Position{Offset: uint64(a.number()), Epoch: a.text()}
	if err := a.failed(err); err != nil {
		return 0, err
	}
	return c.ConnectSince(socket, address, params, since)
}

// bind(handle, socket, address, params as JSON or undefined) has the bridge listen on the address, and returns the number
// of the endpoint.
func bind(a *arguments) (uint64, error) {
	c, err := a.client()
	socket, address, params := a.socket(), a.text(), a.json()
	if err := a.failed(err); err != nil {
		return 0, err
	}
	return c.Bind(socket, address, params)
}

// subscribe(handle, socket, prefix as a Uint8Array, overflow policy or "", milliseconds between messages or 0) returns the
// number of the subscription.
func subscribe(a *arguments) (uint64, error) {
	c, err := a.client()
	socket, prefix := a.socket(), a.bytes()
	terms, unknown := terms(a)
	if err := a.failed(cmp.Or(err, unknown)); err != nil {
		return 0, err
	}
	return c.Subscribe(socket, prefix, terms)
}

// terms reads an overflow policy or "", and milliseconds between messages or 0.
func terms(a *arguments) (client.SubscribeOptions, error) {
	overflow, unknown := core.ParseOverflow(a.text())
	return client.SubscribeOptions{Overflow: overflow, Interval: time.Duration(a.number()) * time.Millisecond}, unknown
}

// unsubscribe(handle, socket, subscription) takes a subscription back.
func unsubscribe(a *arguments) (uint64, error) {
	c, err := a.client()
	socket, id := a.socket(), a.number()
	if err := a.failed(err); err != nil {
		return 0, err
	}
	return 0, c.Unsubscribe(socket, uint64(id))
}

// resubscribe(handle, socket, subscription, overflow policy or "", milliseconds between messages or 0) gives a subscription
// other terms.
func resubscribe(a *arguments) (uint64, error) {
	c, err := a.client()
	socket, id := a.socket(), a.number()
	terms, unknown := terms(a)
	if err := a.failed(cmp.Or(err, unknown)); err != nil {
		return 0, err
	}
	return 0, c.Resubscribe(socket, uint64(id), terms)
}

// pause(handle, socket) lets go of a SUB at the bridge, and returns the number that it has from then on.
func pause(a *arguments) (uint64, error) {
	c, err := a.client()
	socket := a.socket()
	if err := a.failed(err); err != nil {
		return 0, err
	}
	id, err := c.Pause(socket)
	return uint64(id), err
}

// unpause(handle, socket) opens it again.
func unpause(a *arguments) (uint64, error) {
	c, err := a.client()
	socket := a.socket()
	if err := a.failed(err); err != nil {
		return 0, err
	}
	return 0, c.Unpause(socket)
}
