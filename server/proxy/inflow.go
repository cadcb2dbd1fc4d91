package proxy

import (
	"bytes"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/burst"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/outbox"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
)

// inflow is the messages that a SUB or XSUB gets from one endpoint. It implements gateway.Follower where the bridge connects
// to a publisher, and gateway.Receiver where publishers connect to the bridge.
type inflow struct {
	*session.Handle
	socket    *socket
	up        *upstream
	source    source
	release   func()
	substring []byte // the msgfilter of 2012; nil: there is none

	standing
	catching catchingUp
}

// source is a gateway.Subscription or a gateway.Port.
type source interface {
	Subscribe(prefix []byte, live func()) error // the publisher is asked for too much already
	Unsubscribe(prefix []byte)
	WhenLive(live func())
}

func newInflow(up *upstream) *inflow {
	return &inflow{Handle: up.socket.handle, socket: up.socket, up: up, standing: newStanding(up), catching: newCatchingUp(up)}
}

// open makes the way to the messages, and returns how to watch it.
func (d *inflow) open(bind bool, ep core.Endpoint) (watch func(gateway.Watcher) (stop func()), err error) {
	if bind {
		port, err := d.socket.gateways.Port(core.SUB, ep, gateway.PortOptions{Bind: true, Receiver: d})
		if err != nil {
			return nil, err
		}
		d.source, d.release = port, port.Release
		return port.Watch, nil
	}
	gw, err := d.attach(ep)
	if err != nil {
		return nil, err
	}
	return gw.Watch, nil
}

// attach subscribes where the bridge connects.
func (d *inflow) attach(ep core.Endpoint) (*gateway.SubGateway, error) {
	gw, err := d.socket.gateways.Sub(ep)
	if err != nil {
		return nil, err
	}
	subscription := gw.Attach(d)
	d.source = subscription
	d.release = func() {
		subscription.Close()
		gw.Release()
	}
	if gw.KeepsHistory() {
		d.remember(subscription)
	}
	return gw, nil
}

// receiveFrom makes an XSUB receive over the connection that is its own or, where the endpoint has a history, over the one
// that all share: its own only sends then, and is subscribed to nothing but what the client asks for by a message.
func (d *inflow) receiveFrom(port *gateway.Port, a access.Access) error {
	d.source, d.release = port, func() {}
	if a.Bind || !d.socket.gateways.KeepsHistory(a.Endpoint) {
		return nil
	}
	if a.Endpoint.Nth > 0 {
		d.source = elsewhere{}
		return nil
	}
	_, err := d.attach(a.Endpoint)
	return err
}

// elsewhere is the source of a way from which nothing comes, because the first one brings what all publishers of the endpoint say.
type elsewhere struct{}

// Subscribe implements source.
func (elsewhere) Subscribe(_ []byte, live func()) error {
	if live != nil {
		live()
	}
	return nil
}

// Unsubscribe implements source.
func (elsewhere) Unsubscribe([]byte) {}

// WhenLive implements source.
func (elsewhere) WhenLive(live func()) { live() }

// Deliver implements gateway.Subscriber.
func (d *inflow) Deliver(p burst.Part) {
	p.Ranges = d.wanted(p)
	if len(p.Ranges) == 0 {
		return
	}
	d.Lock()
	defer d.Unlock()
	if !d.Open() {
		return
	}
	endpoint := uint64(0)
	if p.Placed() && d.past != nil {
		endpoint = d.number
		p.Ranges = d.takes(p)
	} else if d.phase == holding {
		return
	}
	if len(p.Ranges) > 0 {
		d.up.tally.ToClient(p.Count(), p.Payload())
		d.OfferBurst(p, endpoint)
	}
}

// Receive implements gateway.Receiver. A SUB drops what there is no room for, so it takes everything.
func (d *inflow) Receive(m core.Message) bool {
	if d.wants(m) && d.delivers() && d.hears(m[0]) {
		e := &outbox.Entry{Body: core.EncodeBody(m), Size: m.Size()}
		d.Lock()
		defer d.Unlock()
		if d.Open() {
			d.up.tally.ToClient(1, e.Size)
			d.OfferLocked(e)
		}
	}
	return true
}

// Missed implements gateway.Misser: a message over a limit is missing where it would have been.
func (d *inflow) Missed(topic []byte) {
	if d.phaseNow() == live {
		d.Offer(excess(topic))
	}
}

// ReceiveExcess implements gateway.ExcessReceiver.
func (d *inflow) ReceiveExcess(topic []byte) bool {
	if d.hears(topic) {
		d.Missed(topic)
	}
	return true
}

// hears tells whether the client may be sent what nobody has asked for, perhaps.
func (d *inflow) hears(topic []byte) bool {
	d.Lock()
	may := d.up.terms.Hears
	d.Unlock()
	if may == nil || may(topic) {
		return true
	}
	d.Counters().Denied.Add(1)
	return false
}

// excess stands for a message that was over a limit.
func excess(topic []byte) *outbox.Entry {
	return &outbox.Entry{Body: core.EncodeBody(core.Message{topic}), TooLarge: true}
}

// wanted is what of p contains what the client asked for.
func (d *inflow) wanted(p burst.Part) []burst.Range {
	if d.substring == nil {
		return p.Ranges
	}
	var wanted []burst.Range
	p.Each(func(i int, m core.Message, _ core.Body) {
		if contains(m, d.substring) {
			wanted = burst.Append(wanted, i)
		}
	})
	return wanted
}

// wants tells whether a message contains what the client asked for.
func (d *inflow) wants(m core.Message) bool { return d.substring == nil || contains(m, d.substring) }

func contains(m core.Message, substring []byte) bool {
	for _, part := range m {
		if bytes.Contains(part, substring) {
			return true
		}
	}
	return false
}

// close gives the gateway back.
func (d *inflow) close() {
	d.release()
	d.Lock()
	defer d.Unlock()
	if d.replay != nil {
		d.stopReplay()
	}
}

// subscribeAll subscribes to what the socket is subscribed to. It is for the reading goroutine.
func (d *inflow) subscribeAll() *core.Error {
	for _, prefix := range d.Queue().Subscriptions() {
		if err := d.source.Subscribe(prefix, d.proven); err != nil {
			return asError(err)
		}
	}
	return nil
}

// subscribeAt asks for a prefix at all endpoints, or at none.
func subscribeAt(inflows []*inflow, prefix []byte, live func(*inflow) func()) *core.Error {
	for i, d := range inflows {
		if err := d.source.Subscribe(prefix, live(d)); err != nil {
			unsubscribeAt(inflows[:i], prefix)
			return asError(err)
		}
	}
	return nil
}

func unsubscribeAt(inflows []*inflow, prefix []byte) {
	for _, d := range inflows {
		d.source.Unsubscribe(prefix)
	}
}
