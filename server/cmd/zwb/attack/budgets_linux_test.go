package attack

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"regexp"
	"strconv"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// held is what metrics whose line begins like this have together.
func (b *bridge) held(series string) (bytes int) {
	b.t.Helper()
	_, text := ask(b.t, "GET", b.admin+"/metrics", nil)
	for _, found := range regexp.MustCompile(`(?m)^`+regexp.QuoteMeta(series)+`[^ ]* (\S+)$`).FindAllStringSubmatch(text, -1) {
		value, err := strconv.ParseFloat(found[1], 64)
		if err != nil {
			b.t.Fatal(err)
		}
		bytes += int(value)
	}
	return bytes
}

// TestMemoryOfOneUser: twenty connections of one user, each of which has the bridge hold nearly what a client may, hold no more
// together than a user may; another user goes on.
func TestMemoryOfOneUser(t *testing.T) {
	t.Parallel()
	b := start(t, withSecret+"endpoints:\n  calc: {type: REQ, address: '"+mute(t)+"'}\n"+
		"limits: {message: 1MiB, client: 4MiB, memory_per_user: 16MiB, connections_per_user: 20}\n", secretFile)
	alice := b.enter(signed("alice", nil))
	alice.Open(1, core.REQ, 0, "calc")
	if alice.Hear(core.KindOpened) == nil {
		t.Fatal("alice may not open an endpoint")
	}
	alice.Say(core.Frame{Kind: core.KindRequest, Socket: 1, ID: 1, Millis: 600_000, Parts: core.Message{make([]byte, mebibyte/2)}})
	const most = 16*mebibyte*17/16 + 4*mebibyte // with what alice has, and 21 connections
	each(20, func(int) {
		v, _, err := b.door().Enter(credentials(signed("mallory", nil)))
		if err != nil {
			t.Error(err)
			return
		}
		t.Cleanup(func() { v.Close() })
		v.Open(1, core.REQ, 0, "calc")
		v.Listen()
		for id := range uint64(7) {
			v.Say(core.Frame{Kind: core.KindRequest, Socket: 1, ID: id + 1, Millis: 600_000, Parts: core.Message{make([]byte, mebibyte/2)}})
		}
	})
	until(t, "a client of mallory's is disconnected", func() bool { return b.metric(`zwb_limit_hits_total{limit="memory_per_user"}`) > 0 })
	until(t, "what it held is given back", func() bool { return b.held("zwb_memory_bytes{") < most })
	if b.metric(`zwb_limit_hits_total{limit="memory"}`) > 0 || b.metric("zwb_connections") < 2 {
		t.Errorf("%v connections are left, and the bridge was short of memory %v times", b.metric("zwb_connections"), b.metric(`zwb_limit_hits_total{limit="memory"}`))
	}
	if _, text := ask(t, "GET", b.admin+"/api/users", withAdminToken); !regexp.MustCompile(`^\{"users":\[\{"user":"[^"]*mallory","held":\d{7,}\},\{"user":"[^"]*alice",`).MatchString(text) {
		t.Errorf("who holds how much is told as %s", text)
	}
	alice.Say(core.Frame{Kind: core.KindRequest, Socket: 1, ID: 2, Millis: 1, Parts: core.Message{make([]byte, mebibyte/2)}})
	if f := alice.Hear(core.KindFailed); f == nil || f.ID != 2 || f.Code == core.Busy {
		t.Errorf("alice is told %+v, %v", f, alice.End())
	}
}

// TestMemoryOfOneEndpoint: a publisher that floods the bridge with ever new topics has it keep no more than the endpoint's memory, as
// history and as last values.
func TestMemoryOfOneEndpoint(t *testing.T) {
	t.Parallel()
	const memory = 2 * mebibyte
	b := start(t, withSecret+"zmq: {last_values: 1000000}\nendpoints:\n  feed: {type: SUB, address: '"+topicsWithoutEnd(t, 1000)+
		"', history: {messages: 1000000}, memory: 2MiB}\n", secretFile)
	v := b.enter(signed("alice", nil))
	v.Say(append(opening(1, core.SUB, 0, "feed"), core.Frame{Kind: core.KindSubscribe, Socket: 1, ID: 1})...)
	v.Listen()
	kept := func(what string) int {
		return b.held(fmt.Sprintf(`zwb_endpoint_memory_bytes{endpoint="feed",what=%q}`, what))
	}
	until(t, "much more was published than may be kept", func() bool {
		if all := b.held("zwb_endpoint_memory_bytes{"); all > memory {
			t.Fatalf("%d bytes are kept", all)
		}
		return b.metric(`zwb_backend_bytes_total{direction="from_backends"}`) > 20*memory
	})
	if history, last := kept("history"), kept("last_values"); history < memory/2 || last < memory/8 || history+last > memory {
		t.Errorf("the history has %d bytes, the last values %d", history, last)
	}
}

// topicsWithoutEnd is the address of a publisher whose messages, of so many bytes, have a topic each.
func topicsWithoutEnd(t *testing.T, size int) string {
	return listening(t, func(conn net.Conn) {
		conn.Write(gatewaytest.Hello("PUB"))
		go io.Copy(io.Discard, conn) // ends with the connection
		for n := uint64(0); ; {
			var batch []byte
			for range 64 {
				n++
				batch = append(batch, gatewaytest.Join(gatewaytest.Frame(gatewaytest.FlagMore, binary.BigEndian.AppendUint64(nil, n)),
					gatewaytest.Frame(0, make([]byte, size)))...)
			}
			if _, err := conn.Write(batch); err != nil {
				return
			}
		}
	})
}
