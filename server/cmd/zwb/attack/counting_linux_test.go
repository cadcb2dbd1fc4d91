package attack

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// numberedAs is a message of a topic, as a publisher sends it that counts.
func numberedAs(topic string, number uint64) []byte {
	return gatewaytest.Join(gatewaytest.Frame(gatewaytest.FlagMore, []byte(topic)), gatewaytest.Frame(0, binary.BigEndian.AppendUint64(nil, number)))
}

// TestCountOfMadeUpTopics: a publisher that has a new topic with every message, each of the longest that are counted, takes no more
// memory than for those that are remembered. What it says goes on.
func TestCountOfMadeUpTopics(t *testing.T) {
	pub := listening(t, func(conn net.Conn) {
		conn.Write(gatewaytest.Join(gatewaytest.Greet(0), gatewaytest.Ready("PUB"))) // which is not asked for proof
		go io.Copy(io.Discard, conn)                                                 // ends with the connection
		for n := uint64(0); ; n++ {
			if _, err := conn.Write(numberedAs(fmt.Sprintf("%04000d", n), n)); err != nil {
				return
			}
		}
	})
	b := start(t, "users: [anonymous: {}]\nendpoints:\n  feed: {type: SUB, address: "+pub+", sequence: {part: 1, format: u64be, per: topic}}\n", nil)
	sub := b.dial(zmq.Options{}).Socket(zmq.SUB)
	if err := errors.Join(sub.Subscribe(""), sub.Connect("feed", nil)); err != nil {
		t.Fatal(err)
	}
	forgotten := func() float64 { return b.metric(`zwb_sequence_total{endpoint="feed",what="forgotten"}`) }
	until(t, "topics are forgotten", func() bool { return forgotten() > 1000 })
	before := b.metric("process_resident_memory_bytes")
	until(t, "many more are", func() bool { return forgotten() > 50_000 })
	if after := b.metric("process_resident_memory_bytes"); after > before+128<<20 {
		t.Errorf("from %.0f to %.0f MiB are resident", before/mebibyte, after/mebibyte)
	}
	if _, err := sub.Recv(t.Context()); err != nil && core.CodeOf(err) != core.Lost && core.CodeOf(err) != core.Busy {
		t.Error(err)
	}
}

// TestReplayWithoutEnd: one that answers with what nobody has asked for, for ever, holds newer messages up for a while, and what it
// has not said is a gap.
func TestReplayWithoutEnd(t *testing.T) {
	replay := listening(t, func(conn net.Conn) {
		conn.Write(gatewaytest.Hello("ROUTER"))
		go io.Copy(io.Discard, conn) // ends with the connection
		for {
			if _, err := conn.Write(gatewaytest.Join(gatewaytest.Frame(gatewaytest.FlagMore, nil), numberedAs("a", 0))); err != nil {
				return
			}
		}
	})
	pub := listening(t, func(conn net.Conn) {
		conn.Write(gatewaytest.Hello("PUB"))
		conn.Write(gatewaytest.Join(numberedAs("a", 1), numberedAs("a", 10), numberedAs("a", 11), numberedAs("a", 13)))
		io.Copy(io.Discard, conn)
	})
	b := start(t, "users: [anonymous: {}]\nendpoints:\n  feed: {type: SUB, address: "+pub+", sequence: {part: 1, format: u64be}, replay: {address: "+replay+", request: u64be}}\n", nil)
	sub := b.dial(zmq.Options{}).Socket(zmq.SUB)
	if err := errors.Join(sub.Subscribe(""), sub.Connect("feed", nil)); err != nil {
		t.Fatal(err)
	}
	begun := time.Now()
	var got []string
	for len(got) < 6 {
		m, err := sub.Recv(t.Context())
		var gap *zmq.GapError
		switch {
		case errors.As(err, &gap):
			got = append(got, fmt.Sprintf("(%d %v)", gap.Missed, gap.Code))
		case err != nil:
			t.Fatalf("after %v: %v", got, err)
		default:
			got = append(got, fmt.Sprint(binary.BigEndian.Uint64(m[1])))
		}
	}
	if got := fmt.Sprint(got); got != "[1 (8 lost) 10 11 (1 lost) 13]" {
		t.Errorf("got %s", got)
	}
	if took := time.Since(begun); took > patience {
		t.Errorf("it took %v", took)
	}
	if held := b.metric(`zwb_endpoint_memory_bytes{endpoint="feed",what="held"}`); held != 0 {
		t.Errorf("%.0f bytes are held on", held)
	}
}
