//go:build js && wasm

package zmq_test

import (
	"crypto/rand"
	"os"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/wsconn"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
)

// TestOverTheBrowsersWebSocket runs the client over the WebSocket API of browsers. The bridge is in the same process, and
// reached through a relay (core/coretest/nodeexec).
func TestOverTheBrowsersWebSocket(t *testing.T) {
	url := os.Getenv("ZWB_RELAY")
	if url == "" {
		t.Fatal("there is no relay in ZWB_RELAY: run the test with -exec of core/coretest/nodeexec, see there")
	}
	url += "/" + rand.Text()
	far, err := wsconn.Dial(t.Context(), url, nil, wsconn.Options{Subprotocol: core.Subprotocol})
	must(t, err)
	l := &link{t: t, conn: far, session: core.NewSession(core.SessionConfig{Bridge: true}, 0), start: time.Now()}

	c := zmq.NewContext(url, zmq.Options{})
	defer c.Close()
	req := c.Socket(zmq.REQ)
	must(t, req.Connect("tcp://127.0.0.1:1", nil))
	l.expect(core.KindHello)
	l.session.Welcome()
	l.flush()
	l.open()
	must(t, req.Ready(t.Context()))
	asked := request(t.Context(), req, "grüße", "")
	f, parts := l.message(core.KindRequest)
	l.send(core.Frame{Kind: core.KindReply, Socket: f.Socket, ID: f.ID, Parts: text(parts...)})
	got := <-asked
	must(t, got.err)
	wantWords(t, got.reply, "grüße", "")

	pending := request(t.Context(), req, "?")
	l.expect(core.KindRequest)
	go far.Close(core.CloseDenied, "enough")
	wantCode(t, (<-pending).err, core.Denied)
}
