package main

import (
	"fmt"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench/intruder"
)

// attack is one way to hurt. It is made many times at once, and again when it has ended.
type attack struct {
	name, unit string
	many       int
	attack     func(v *attackers)
}

// attacks are the lines of the table. A function value that names attacks would be a circle, so they are made here.
var attacks = []attack{
	{"connects", "WebSockets with Hello", 64, connects},
	{"messages", "messages of 100 bytes", 16, messages},
	{"large messages", "messages of 1 MiB", 16, largeMessages},
	{"subscriptions", "subscribed and unsubscribed", 16, subscriptions},
	{"opens", "endpoints", 16, opens},
	{"requests", "to a backend that is hung", 16, requests},
	{"slow readers", "who subscribed to a flood", 100, slowReaders},
	{"garbage", "WebSockets with noise", 32, garbage},
	{"half-open", "connections that say nothing", 16, halfOpen},
	{"slow-loris", "lines of headers", 1000, slowLoris},
	{"no Hello", "WebSockets without it", 32, noHello},
}

func connects(v *attackers) {
	if a := v.door.Join(); a != nil {
		v.done.Add(1)
		a.Close()
	}
}

// joined is an attacker who reads and forgets; nil: not at present.
func (v *attackers) joined() *intruder.Intruder {
	a := v.door.Join()
	if a == nil {
		time.Sleep(10 * time.Millisecond) // the bridge is full, and others try as well
	}
	return a
}

// repeat says so many frames at a time until the bridge has enough.
func (v *attackers) repeat(a *intruder.Intruder, times int, frame func() core.Frame) {
	a.Listen()
	for v.Err() == nil {
		frames := make([]core.Frame, times)
		for i := range frames {
			frames[i] = frame()
		}
		if !a.Say(frames...) {
			return
		}
		v.done.Add(int64(times))
	}
}

func messages(v *attackers) { v.push(100, 100) }

func largeMessages(v *attackers) { v.push(1<<20, 1) }

// push sends more than there is credit for, and comes again when that has ended the connection.
func (v *attackers) push(size, times int) {
	a := v.joined()
	if a == nil {
		return
	}
	defer a.Close()
	a.Open(1, core.PUSH, 0, v.hung)
	payload := make([]byte, size)
	v.repeat(a, times, func() core.Frame { return core.Frame{Kind: core.KindMessage, Socket: 1, Parts: core.Message{payload}} })
}

func subscriptions(v *attackers) {
	a := v.joined()
	if a == nil {
		return
	}
	defer a.Close()
	a.Open(1, core.SUB, 0, v.hung)
	id, subscribed := uint64(0), false
	v.repeat(a, 200, func() core.Frame {
		if subscribed = !subscribed; subscribed {
			id++
			return core.Frame{Kind: core.KindSubscribe, Socket: 1, ID: id, Name: fmt.Append(nil, id)}
		}
		return core.Frame{Kind: core.KindUnsubscribe, Socket: 1, ID: id}
	})
}

func opens(v *attackers) {
	a := v.joined()
	if a == nil {
		return
	}
	defer a.Close()
	socket, opened := uint32(0), false
	v.repeat(a, 100, func() core.Frame {
		if opened = !opened; opened {
			socket++
			return core.Frame{Kind: core.KindOpen, Socket: socket, ID: 1, Type: core.REQ, Text: fmt.Appendf(nil, "tcp://127.0.0.1:%d", socket%60_000+1)}
		}
		return core.Frame{Kind: core.KindClose, Socket: socket}
	})
}

func requests(v *attackers) {
	a := v.joined()
	if a == nil {
		return
	}
	defer a.Close()
	a.Open(1, core.REQ, 0, v.hung)
	id, payload := uint64(0), make([]byte, 1000)
	v.repeat(a, 100, func() core.Frame {
		id++
		return core.Frame{Kind: core.KindRequest, Socket: 1, ID: id, Millis: 60_000, Parts: core.Message{payload}}
	})
}

func slowReaders(v *attackers) {
	a := v.joined()
	if a == nil {
		return
	}
	defer a.Close()
	a.Open(1, core.SUB, 0, v.flood)
	a.Say(core.Frame{Kind: core.KindSubscribe, Socket: 1, ID: 1}, core.Frame{Kind: core.KindCredit, Socket: 1, Messages: 1 << 30, Bytes: 1 << 30})
	v.done.Add(1)
	v.wait(100*time.Millisecond, func() bool { return a.Say(core.Frame{Kind: core.KindPing, ID: 1}) })
}

// wait does something now and then, until it does not work any more.
func (v *attackers) wait(pause time.Duration, do func() bool) {
	tick := time.NewTicker(pause)
	defer tick.Stop()
	for do() {
		select {
		case <-tick.C:
		case <-v.Done():
			return
		}
	}
}

func garbage(v *attackers) {
	a := v.joined()
	if a == nil {
		return
	}
	defer a.Close()
	noise := append(intruder.Announce(intruder.OpLast|intruder.OpBinary, 4000), make([]byte, 4000)...)
	for i := range noise[10:] {
		noise[10+i] = byte(i * i)
	}
	a.Raw(noise)
	v.done.Add(1)
}

func halfOpen(v *attackers) {
	conn, err := v.door.Dial()
	if err != nil {
		time.Sleep(10 * time.Millisecond) // there is no more room
		return
	}
	conn.Write([]byte("GET /da"))
	v.done.Add(1)
	time.Sleep(time.Millisecond) // they stay, so there are as many as may be soon enough
}

func slowLoris(v *attackers) {
	conn, err := v.door.Dial()
	if err != nil {
		time.Sleep(10 * time.Millisecond) // there is no more room
		return
	}
	defer conn.Close()
	request := v.door.Request()
	conn.Write([]byte(request[:len(request)-2]))
	v.wait(50*time.Millisecond, func() bool {
		_, err := conn.Write([]byte("X-A: b\r\n"))
		v.done.Add(1)
		return err == nil
	})
}

func noHello(v *attackers) {
	if a, err := v.door.Knock(); err == nil && a.IsOpen() {
		v.done.Add(1)
		time.Sleep(5 * time.Millisecond) // likewise
	}
}
