package simulator

import (
	"bytes"
	"slices"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// bridgeSocket is a socket at the bridge, with the records that the simulation keeps of it.
type bridgeSocket struct {
	session       *bridgeSession
	id            uint32
	typ           core.SocketType
	endpoints     []*bridgeEndpoint
	opens         uint64 // how many endpoints it has had
	subscriptions []subscription
	gone          bool

	queue queue
	sent  []uint64 // serials of all messages that were meant for it, in order, whether dropped or not

	credit, creditBytes int // what the page has granted

	grants, grantBytes        int    // what the page may still send
	ungranted, ungrantedBytes int    // what was consumed of the page's messages and not granted again yet
	got                       uint64 // number of the last message of the page
	came                      uint64 // how many have come

	left      []uint64 // which of these, as the wire counts them, have left since the page was told last
	leftTexts []string // and what they are

	pending     map[uint64]string // requests of the page that were not answered yet
	lastRequest uint64

	asking    map[uint64]string // requests of a backend that were not answered yet
	withdrawn map[uint64]bool   // those of them that the backend has given up
	lastAsk   uint64
	opening   int  // number of endpoints that will be opened later
	refused   int  // number of endpoints that were refused
	granted   bool // the page was granted credit for the first time
}

type bridgeEndpoint struct {
	number uint64
	feed   *feed  // nil: there is no feed behind it
	held   bool   // nothing is delivered before Recover
	epoch  string // the epoch that the page was told
	gone   bool   // the page was disconnected from it
}

type subscription struct {
	id       uint64
	prefix   []byte
	overflow core.Overflow
}

var taken = map[core.Kind][]core.SocketType{
	core.KindSubscribe: {core.SUB}, core.KindUnsubscribe: {core.SUB}, core.KindRecover: {core.SUB},
	core.KindRequest: {core.REQ}, core.KindCancel: {core.REQ}, core.KindReply: {core.REP}, core.KindFailed: {core.REP},
	core.KindMessage: {core.PUSH, core.DEALER},
}

func (k *bridgeSocket) takes(kind core.Kind) bool {
	return kind == core.KindClose || kind == core.KindCredit || kind == core.KindDisconnect || slices.Contains(taken[kind], k.typ)
}

func (s *bridgeSession) open(f *core.Frame) error {
	k := s.byID[f.Socket]
	if k == nil {
		k = &bridgeSocket{session: s, id: f.Socket, typ: f.Type, pending: map[uint64]string{}, asking: map[uint64]string{},
			withdrawn: map[uint64]bool{},
			credit:    int(f.Messages), creditBytes: int(f.Bytes)}
		s.byID[f.Socket] = k
		s.sockets = append(s.sockets, k)
		s.highest = max(s.highest, f.Socket)
	}
	if k.gone || k.typ != f.Type || f.ID != k.opens+1 {
		return broken("Open of endpoint %d of socket %d, a %v of %d endpoints", f.ID, f.Socket, k.typ, len(k.endpoints))
	}
	e := &bridgeEndpoint{number: f.ID, held: f.Flags&core.FlagRecover != 0}
	k.opens++
	k.endpoints = append(k.endpoints, e)
	k.reach(e, string(f.Text))
	return nil
}

// reach answers an Open, at once or after a while.
func (k *bridgeSocket) reach(e *bridgeEndpoint, address string) {
	sim := k.session.bridge.sim
	if address == "forbidden" {
		k.refuse(e)
		return
	}
	k.opening++
	switch address {
	case "down at first":
		k.session.say(core.Frame{Kind: core.KindState, Socket: k.id, ID: e.number, Code: core.Unavailable})
		sim.After(sim.around(time.Second), func() { k.opened(e) })
		return
	}
	for _, f := range k.session.bridge.feeds {
		if f.name == address {
			e.feed = f
		}
	}
	sim.After(sim.around(20*time.Millisecond), func() { k.opened(e) })
}

func (k *bridgeSocket) refuse(e *bridgeEndpoint) {
	k.refused++
	k.session.say(core.Frame{Kind: core.KindRefused, Socket: k.id, ID: e.number, Code: core.Denied})
}

func (k *bridgeSocket) over() bool { return k.gone || k.session.dropped }

func (k *bridgeSocket) opened(e *bridgeEndpoint) {
	k.opening--
	if k.over() || e.gone {
		return
	}
	k.session.say(core.Frame{Kind: core.KindOpened, Socket: k.id, ID: e.number})
	if k.typ.Sends() && !k.granted {
		k.granted = true
		k.grant(k.session.bridge.sim.climate.sendMessages(), sendBytes)
	}
	k.session.write()
}

// closed ends a socket because its page has closed it, and answers if the page can be answered.
func (k *bridgeSocket) closed(f *core.Frame) error {
	can := k.session.engine.Can(core.CanLinger)
	if f.Millis > 0 && !can {
		return broken("Close of socket %d lingers, which not both can", k.id)
	}
	k.close()
	if can {
		k.session.say(core.Frame{Kind: core.KindClosed, Socket: k.id, Code: core.Closed})
	}
	return nil
}

// disconnect takes an endpoint away. A page does not disconnect from the same one twice.
func (k *bridgeSocket) disconnect(f *core.Frame) error {
	if !k.session.engine.Can(core.CanDisconnect) {
		return broken("Disconnect, which not both can")
	}
	for i, e := range k.endpoints {
		if e.number == f.ID {
			e.gone = true
			k.endpoints = slices.Delete(k.endpoints, i, i+1)
			k.session.say(core.Frame{Kind: core.KindDisconnected, Socket: k.id, ID: f.ID})
			return nil
		}
	}
	return broken("Disconnect of endpoint %d of socket %d", f.ID, k.id)
}

func (k *bridgeSocket) close() {
	k.gone = true
	s := k.session
	if i := slices.Index(s.sockets, k); i >= 0 {
		s.sockets = slices.Delete(s.sockets, i, i+1)
	}
}

func (k *bridgeSocket) subscribe(f *core.Frame) error {
	for _, sub := range k.subscriptions {
		if sub.id == f.ID {
			return broken("a second subscription %d", f.ID)
		}
	}
	k.subscriptions = append(k.subscriptions, subscription{f.ID, bytes.Clone(f.Name), core.OverflowOf(f.Flags)})
	k.session.say(core.Frame{Kind: core.KindSubscribed, Socket: k.id, ID: f.ID})
	return nil
}

// match returns the subscription that decides about a topic, which is the one with the longest prefix.
func (k *bridgeSocket) match(topic string) (best subscription, ok bool) {
	for _, sub := range k.subscriptions {
		if bytes.HasPrefix([]byte(topic), sub.prefix) && (!ok || len(sub.prefix) > len(best.prefix)) {
			best, ok = sub, true
		}
	}
	return best, ok
}

// credited handles Credit of the page.
func (k *bridgeSocket) credited(f *core.Frame) error {
	if f.Messages > core.MaxCredit || f.Bytes > core.MaxCredit ||
		k.credit+int(f.Messages) > core.MaxCredit || k.creditBytes+int(f.Bytes) > core.MaxCredit {
		return broken("credit overflow")
	}
	k.credit += int(f.Messages)
	k.creditBytes += int(f.Bytes)
	if c := &k.session.bridge.sim.climate; k.session.page != nil && k.credit > c.messages {
		k.session.bridge.sim.fail("socket %d was granted %d messages, its window is %d", k.id, k.credit, c.messages)
	}
	return nil
}
