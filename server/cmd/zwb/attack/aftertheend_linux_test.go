package attack

import (
	"net"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench/intruder"
)

// TestSendingAfterTheEnd: clients that were disconnected go on sending as fast as it is taken. Little is, nobody else waits, and after 5 s it is
// over.
func TestSendingAfterTheEnd(t *testing.T) {
	t.Parallel()
	b := start(t, "endpoints:\n  echo: {type: REQ, address: '"+echo(t)+"'}\n", nil)
	message := append(intruder.Announce(intruder.OpLast|intruder.OpBinary, mebibyte), make([]byte, mebibyte)...)
	const most = 40 * mebibyte // a second; it is somewhat less
	whileServed(t, b.askingEcho(core.Frame{}), func() {
		each(4, func(int) {
			v := b.door().Join()
			if v == nil {
				t.Error("nobody comes in")
				return
			}
			defer v.Close()
			v.Say(core.Frame{Kind: core.KindMessage, Socket: 99, Parts: core.Message{nil}}) // which ends it
			if end := v.AwaitEnd(); end == nil || end.Close != core.CloseState {
				t.Errorf("it ends with %v", end)
			}
			began, sent, err := time.Now(), 0, error(nil)
			for err == nil {
				var n int
				v.SetWriteDeadline(time.Now().Add(patience))
				n, err = v.Write(message)
				sent += n
			}
			took := time.Since(began)
			if timeout, is := err.(net.Error); is && timeout.Timeout() || took > 10*time.Second {
				t.Errorf("after %v it goes on: %v", took, err)
			}
			if allowed := int(took.Seconds()*most) + 16*mebibyte; sent > allowed { // with what the network has room for
				t.Errorf("%d MiB were taken in %v", sent/mebibyte, took)
			}
		})
	})
	until(t, "nobody else is there", func() bool { return b.metric("zwb_connections") == 1 })
}
