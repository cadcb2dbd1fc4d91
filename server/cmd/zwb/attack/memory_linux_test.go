//go:build long

package attack

import (
	"encoding/binary"
	"fmt"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench/intruder"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// attacks are what clients can do to have a bridge hold memory. Each goes on until the bridge has had more than it may hold,
// or for a few seconds. Those come first of which something lingers.
var attacks = []struct {
	name   string
	attack func(t *testing.T, v *victim)
}{
	{"sockets opened, filled and closed", func(t *testing.T, v *victim) {
		address := hung(t)
		var a *intruder.Intruder
		for socket := uint32(1); v.attacked() < 3*time.Second; socket++ {
			if a == nil {
				socket = 1
				if a = v.join(); a == nil {
					continue
				}
			}
			if !a.Open(socket, core.PUSH, 0, address) || a.Hear(core.KindCredit) == nil ||
				!a.Say(core.Frame{Kind: core.KindMessage, Socket: socket, Parts: core.Message{make([]byte, 7*mebibyte)}}) ||
				!a.Say(core.Frame{Kind: core.KindMessage, Socket: socket, Parts: core.Message{make([]byte, 16*mebibyte-100)}}) ||
				!a.Say(core.Frame{Kind: core.KindClose, Socket: socket}) {
				a = nil
			}
		}
	}},
	{"prefixes", func(t *testing.T, v *victim) {
		each(40, func(n int) {
			a := v.join()
			if a == nil || !a.Open(1, core.SUB, 0, fmt.Sprintf("tcp://127.0.0.1:%d", n+1)) {
				return
			}
			a.Listen()
			for id, ok := uint64(0), true; ok && id < 10_000; {
				ok = a.Say(many(1000, func() core.Frame {
					id++
					return core.Frame{Kind: core.KindSubscribe, Socket: 1, ID: id, Name: fmt.Appendf(nil, "%d", id)}
				})...)
			}
		})
	}},
	{"subscriptions by messages", func(t *testing.T, v *victim) {
		address := hung(t)
		each(20, func(n int) {
			a := v.join()
			if a == nil || !a.Open(1, core.XSUB, 0, address) {
				return
			}
			for id, ok := uint64(0), true; ok && v.attacked() < 2*time.Second && a.Hear(core.KindCredit) != nil; {
				ok = a.Say(many(500, func() core.Frame {
					id++
					return core.Frame{Kind: core.KindMessage, Socket: 1, Parts: core.Message{fmt.Appendf([]byte{1}, "%d.%d", n, id)}}
				})...)
			}
		})
		each(4, func(n int) {
			a := v.join()
			for v.attacked() < 2*time.Second {
				if a == nil || !a.Open(1, core.XSUB, 0, address) || a.Hear(core.KindCredit) == nil {
					return
				}
				for i := range 7 {
					a.Say(core.Frame{Kind: core.KindMessage, Socket: 1, Parts: core.Message{append([]byte{1, byte(n), byte(i)}, make([]byte, mebibyte)...)}})
				}
				a = v.join()
			}
		})
	}},
	{"headers", func(t *testing.T, v *victim) {
		each(4, func(int) {
			for range 1500 {
				if a := v.dial(30_000); a != nil && a.Hello() {
					a.Close() // the session is kept
				}
			}
		})
	}},
	{"a message before Hello", func(t *testing.T, v *victim) {
		each(60, func(int) {
			if a := v.dial(0); a != nil {
				a.Raw(intruder.Announce(intruder.OpLast|intruder.OpBinary, 16*mebibyte))
				a.Raw(make([]byte, 16*mebibyte-1))
			}
		})
	}},
	{"params of refused endpoints", func(t *testing.T, v *victim) {
		params := fmt.Appendf(nil, `{"a":%q}`, make([]byte, 10_000)) // each byte is written as four
		each(6, func(int) {
			a := v.join()
			for socket := uint32(1); a != nil && socket <= 256; socket++ {
				for id := range uint64(16) {
					if !a.Say(core.Frame{Kind: core.KindOpen, Socket: socket, ID: id + 1, Type: core.REQ, Text: []byte("tcp://10.0.0.1:1"), Params: params}) {
						return
					}
				}
			}
		})
	}},
	{"refusals that nobody acknowledges", func(t *testing.T, v *victim) {
		each(8, func(int) {
			a := v.join()
			if a == nil || !a.Say(core.Frame{Kind: core.KindOpen, Socket: 1, ID: 1, Type: core.REQ, Text: []byte("tcp://10.0.0.1:1")}) {
				return
			}
			a.Listen()
			for id, ok := uint64(0), true; ok && id < 400_000; {
				ok = a.Say(many(5000, func() core.Frame {
					id++
					return core.Frame{Kind: core.KindRequest, Socket: 1, ID: id, Parts: core.Message{nil}}
				})...)
			}
		})
	}},
	{"requests to a backend that is hung", func(t *testing.T, v *victim) {
		address := hung(t)
		each(8, func(int) {
			a := v.join()
			if a == nil || !a.Open(1, core.REQ, 0, address) {
				return
			}
			a.Listen()
			for id := range uint64(1000) {
				if !a.Say(core.Frame{Kind: core.KindRequest, Socket: 1, ID: id + 1, Millis: 600_000, Parts: core.Message{make([]byte, 64<<10)}}) {
					return
				}
			}
		})
	}},
	{"pages that read nothing of a flood", func(t *testing.T, v *victim) {
		address := flood(t, 64<<10)
		each(50, func(int) {
			a := v.join()
			if a != nil && a.Open(1, core.SUB, 0, address) {
				a.Say(core.Frame{Kind: core.KindSubscribe, Socket: 1, ID: 1}, core.Frame{Kind: core.KindCredit, Socket: 1, Messages: 1 << 30, Bytes: 1 << 30})
			}
		})
		time.Sleep(2 * time.Second) // for so long it is attacked
	}},
	{"messages whose last byte never comes", func(t *testing.T, v *victim) {
		each(40, func(int) {
			if a := v.join(); a != nil {
				a.Raw(intruder.Announce(intruder.OpLast|intruder.OpBinary, 16*mebibyte))
				a.Raw(make([]byte, 16*mebibyte-1))
			}
		})
	}},
	{"Pongs that nobody reads", func(t *testing.T, v *victim) {
		pings := many(10_000, func() core.Frame { return core.Frame{Kind: core.KindPing, ID: 1 << 60} })
		each(10, func(n int) {
			a := v.join()
			for a != nil && v.attacked() < 2*time.Second {
				if n%2 == 0 && !a.Say(pings...) || n%2 == 1 && !a.Raw(append(intruder.Announce(intruder.OpLast|intruder.OpPing, 125), make([]byte, 125)...)) {
					a = nil
				}
			}
		})
	}},
	{"4,000 claims of a taken address", func(t *testing.T, v *victim) {
		address := freeAddress(t)
		if owner := v.join(); owner == nil || !owner.Open(1, core.ROUTER, core.FlagBind, address) || owner.Hear(core.KindOpened) == nil {
			t.Fatal("there is nothing to claim")
		}
		each(4, func(int) {
			a := v.join()
			for socket := uint32(1); a != nil && socket <= 250; socket++ {
				id := uint64(0)
				a.Say(many(16, func() core.Frame {
					id++
					return core.Frame{Kind: core.KindOpen, Socket: socket, ID: id, Type: core.ROUTER, Flags: core.FlagBind, Text: []byte(address)}
				})...)
			}
		})
		time.Sleep(2 * time.Second) // for so long it is attacked
	}},
	{"empty fragments without end", func(t *testing.T, v *victim) {
		var empty []byte
		for range 10_000 {
			empty = append(empty, intruder.Announce(intruder.OpMore, 0)...)
		}
		each(10, func(int) {
			for v.attacked() < 2*time.Second {
				if a := v.join(); a != nil && a.Raw(intruder.Announce(intruder.OpBinary, 0)) {
					for a.Raw(empty) {
					}
				}
			}
		})
	}},
	{"messages for subscribers that do not read", func(t *testing.T, v *victim) {
		each(4, func(int) {
			address, a := freeAddress(t), v.join()
			if a == nil || !a.Open(1, core.PUB, core.FlagBind, address) || a.Hear(core.KindCredit) == nil {
				t.Error("cannot publish")
				return
			}
			for range 20 {
				peer(t, address, gatewaytest.Hello("SUB"), gatewaytest.Frame(0, []byte{1}))
			}
			a.Listen()
			for a.Say(core.Frame{Kind: core.KindMessage, Socket: 1, Parts: core.Message{make([]byte, mebibyte)}}) && v.attacked() < 3*time.Second {
				time.Sleep(10 * time.Millisecond) // credit comes back as fast
			}
		})
	}},
	{"answers to backends that do not read", func(t *testing.T, v *victim) {
		request := gatewaytest.Join(gatewaytest.Frame(gatewaytest.FlagMore, binary.BigEndian.AppendUint64(nil, 1)),
			gatewaytest.Frame(gatewaytest.FlagMore, nil), gatewaytest.Frame(0, []byte("ask")))
		each(4, func(int) {
			address, a := freeAddress(t), v.join()
			if a == nil || !a.Open(1, core.REP, core.FlagBind, address) || a.Hear(core.KindOpened) == nil {
				t.Error("cannot answer")
				return
			}
			for range 10 {
				conn := peer(t, address, gatewaytest.Hello("DEALER"))
				for range 100 {
					conn.Write(request)
				}
			}
			for range 1000 {
				f := a.Hear(core.KindRequest)
				if f == nil || !a.Say(core.Frame{Kind: core.KindReply, Socket: 1, ID: f.ID, Parts: core.Message{make([]byte, mebibyte)}}) || v.attacked() > 3*time.Second {
					return
				}
			}
		})
	}},
}
