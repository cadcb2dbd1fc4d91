package client_test

import (
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

func (w *world) disconnects(id uint32, endpoint uint64, want bool) {
	w.t.Helper()
	waits, err := w.client.Disconnect(id, endpoint)
	if w.ok(err); waits != want {
		w.t.Errorf("disconnect of %d/%d waits: %v", id, endpoint, waits)
	}
}

func TestDisconnect(t *testing.T) {
	w := online(t, client.Config{})
	sub := w.socket(core.SUB)
	w.subscribe(sub, "")
	w.endpoint(sub, "tcp://other:1")
	w.pump()
	w.quiet()
	w.disconnects(sub, 1, true)
	w.pump()
	w.wantFrames("Disconnect 1/1")
	w.send(
		core.Frame{Kind: core.KindMessage, Socket: sub, Body: body("was under way")},
		core.Frame{Kind: core.KindState, Socket: sub, ID: 1, Code: core.Unavailable},
		core.Frame{Kind: core.KindPublication, Socket: sub, ID: 1, Offset: 3, Body: body("this, too")},
		core.Frame{Kind: core.KindPosition, Socket: sub, ID: 1, Offset: 3, Name: []byte("x")},
		core.Frame{Kind: core.KindDisconnected, Socket: sub, ID: 1},
		core.Frame{Kind: core.KindDisconnected, Socket: sub, ID: 1},
		core.Frame{Kind: core.KindOpened, Socket: sub, ID: 2})
	w.wantEvents("message 1 was under way", "message 1 this, too", "disconnected 1/1", "opened 1/2")
	_, err := w.client.Disconnect(sub, 1)
	wantCode(t, err, core.Invalid)
	w.endpoint(sub, "tcp://backend:1")
	w.pump()
	w.wantFrames("Open 1/3 SUB tcp://backend:1")
}

// A session that is opened again does not open what was disconnected. The numbers that the application has stay the same,
// although those on the new session begin anew.
func TestDisconnectedStaysSo(t *testing.T) {
	for name, speaks := range map[string]bool{"while connected": true, "while there is no connection": false} {
		t.Run(name, func(t *testing.T) {
			w := online(t, client.Config{})
			sub := w.socket(core.SUB)
			w.endpoint(sub, "tcp://other:1")
			w.endpoint(sub, "tcp://third:1")
			if !speaks {
				w.cut()
			}
			w.disconnects(sub, 1, speaks)
			w.disconnects(sub, 2, speaks)
			if speaks {
				w.cut()
			}
			w.connect()
			w.quiet()
			w.send(core.Frame{Kind: core.KindOpened, Socket: sub, ID: 1})
			w.wantEvents("opened 1/3")
			w.endpoint(sub, "tcp://backend:1")
			w.pump()
			w.wantFrames("Open 1/2 SUB tcp://backend:1")
			w.send(core.Frame{Kind: core.KindOpened, Socket: sub, ID: 2})
			w.wantEvents("opened 1/4")
		})
	}
}

// What waits in the client goes to other endpoints, and fails when there is none.
func TestDisconnectFromTheLastEndpoint(t *testing.T) {
	for name, again := range map[string]bool{"it stays so": false, "it is connected elsewhere": true} {
		t.Run(name, func(t *testing.T) {
			w := online(t, client.Config{})
			push, req := w.socket(core.PUSH), w.socket(core.REQ)
			w.ok(w.client.Send(push, message("a")))
			w.disconnects(push, 1, true)
			w.disconnects(req, 1, true)
			w.request(req, "b")
			if again {
				w.endpoint(push, "tcp://other:1")
				w.endpoint(req, "tcp://other:2")
			}
			w.pump()
			w.quiet()
			w.send(core.Frame{Kind: core.KindDisconnected, Socket: push, ID: 1},
				core.Frame{Kind: core.KindDisconnected, Socket: req, ID: 1})
			if !again {
				w.wantEvents("disconnected 1/1", "failed 1 unavailable", "disconnected 2/1", "failed 2/1 unavailable")
				return
			}
			w.send(core.Frame{Kind: core.KindCredit, Socket: push, Messages: 1, Bytes: 100},
				core.Frame{Kind: core.KindReply, Socket: req, ID: 1, Body: body("c")})
			w.wantFrames("Message 1 a")
			w.wantEvents("disconnected 1/1", "disconnected 2/1", "reply 2/1 c")
		})
	}
}

// A message for which there is credit, but no endpoint, waits for the next endpoint.
func TestSendWithoutAnEndpoint(t *testing.T) {
	w := online(t, client.Config{})
	push := w.socket(core.PUSH)
	w.send(core.Frame{Kind: core.KindCredit, Socket: push, Messages: 2, Bytes: 100})
	w.disconnects(push, 1, true)
	w.pump()
	w.send(core.Frame{Kind: core.KindDisconnected, Socket: push, ID: 1})
	w.ok(w.client.Send(push, message("a")))
	w.pump()
	w.wantFrames("Disconnect 1/1")
	w.endpoint(push, "tcp://other:1")
	w.pump()
	w.send(core.Frame{Kind: core.KindOpened, Socket: push, ID: 2})
	w.wantFrames("Open 1/2 PUSH tcp://other:1", "Message 1 a")
}
