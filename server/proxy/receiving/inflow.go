package receiving

import (
	"bytes"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/burst"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/meter"
	"github.com/zmqwebbridge/zmqwebbridge/server/outbox"
	"github.com/zmqwebbridge/zmqwebbridge/server/session"
)

// Inflow is the messages that a SUB or XSUB gets from one endpoint. It implements gateway.Follower where the bridge connects
// to a publisher, and gateway.Receiver where publishers connect to the bridge.
type Inflow struct {
	*session.Handle
	source    source
	release   func()
	substring []byte

	// Of the endpoint, and guarded by the session's lock.
	terms *access.Terms
	tally *meter.Tally

	standing
	catching catchingUp
}

// Config is what an Inflow is told of its endpoint. Every field has to be set but Held and Substring.
type Config struct {
	Handle    *session.Handle
	Number    uint64
	Held      bool   // nothing is to be delivered before Recover
	Substring []byte // the msgfilter of 2012; nil: there is none

	// Of the endpoint, and guarded by the session's lock: what was agreed, as it is at any time, and where it is counted.
	Terms *access.Terms
	Tally *meter.Tally
}

// source is a gateway.Subscription or a gateway.Port.
type source interface {
	Subscribe(prefix []byte, live func()) error // the publisher is asked for too much already
	Unsubscribe(prefix []byte)
	WhenLive(live func())
}

// NewInflow makes an Inflow to which nothing comes before ReceiveAt or ReceiveFrom.
func NewInflow(c Config) *Inflow {
	return &Inflow{Handle: c.Handle, substring: c.Substring, terms: c.Terms, tally: c.Tally, standing: newStanding(&c), catching: newCatchingUp(c.Handle)}
}

// ReceiveAt makes the way to the messages, and returns how to watch it. Close ends it.
func (d *Inflow) ReceiveAt(gateways *gateway.Factory, bind bool, ep core.Endpoint) (watch func(gateway.Watcher) (stop func()), err error) {
	if bind {
		port, err := gateways.Port(core.SUB, ep, gateway.PortOptions{Bind: true, Receiver: d})
		if err != nil {
			return nil, err
		}
		d.source, d.release = port, port.Release
		return port.Watch, nil
	}
	gw, err := d.attach(gateways, ep)
	if err != nil {
		return nil, err
	}
	return gw.Watch, nil
}

// attach subscribes where the bridge connects.
func (d *Inflow) attach(gateways *gateway.Factory, ep core.Endpoint) (*gateway.SubGateway, error) {
	gw, err := gateways.Sub(ep)
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

// ReceiveFrom is ReceiveAt for an XSUB, which receives over the connection that is its own or, where the endpoint has a history or a count, over
// the one that all share: its own only sends then, and is subscribed to nothing but what the client asks for by a message.
func (d *Inflow) ReceiveFrom(gateways *gateway.Factory, port *gateway.Port, bind bool, ep core.Endpoint) error {
	d.source, d.release = port, func() {}
	if bind || !gateways.Shares(ep) {
		return nil
	}
	if ep.Nth > 0 {
		d.source = elsewhere{}
		return nil
	}
	_, err := d.attach(gateways, ep)
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
func (d *Inflow) Deliver(p burst.Part) {
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
		d.tally.ToClient(p.Count(), p.Payload())
		d.OfferBurst(p, endpoint)
	}
}

// Receive implements gateway.Receiver. A SUB drops what there is no room for, so it takes everything.
func (d *Inflow) Receive(m core.Message) bool {
	if d.wants(m) && d.delivers() && d.hears(m[0]) {
		e := &outbox.Entry{Body: core.EncodeBody(m), Size: m.Size()}
		d.Lock()
		defer d.Unlock()
		if d.Open() {
			d.tally.ToClient(1, e.Size)
			d.OfferLocked(e)
		}
	}
	return true
}

// Missed implements gateway.Misser: a message over a limit is missing where it would have been.
func (d *Inflow) Missed(topic []byte) {
	if d.phaseNow() == live {
		d.Offer(outbox.Excess(topic))
	}
}

// ReceiveExcess implements gateway.ExcessReceiver.
func (d *Inflow) ReceiveExcess(topic []byte) bool {
	if d.hears(topic) {
		d.Missed(topic)
	}
	return true
}

// hears tells whether the client may be sent what nobody has asked for, perhaps.
func (d *Inflow) hears(topic []byte) bool {
	d.Lock()
	may := d.terms.Hears
	d.Unlock()
	if may == nil || may(topic) {
		return true
	}
	d.Counters().Denied.Add(1)
	return false
}

// wanted is what of p contains what the client asked for.
func (d *Inflow) wanted(p burst.Part) []burst.Range {
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
func (d *Inflow) wants(m core.Message) bool { return d.substring == nil || contains(m, d.substring) }

func contains(m core.Message, substring []byte) bool {
	for _, part := range m {
		if bytes.Contains(part, substring) {
			return true
		}
	}
	return false
}

// Endpoint is the number of what it comes from.
func (d *Inflow) Endpoint() uint64 { return d.number }

// WhenLive calls live when the subscriptions are, over a connection that has just been made.
func (d *Inflow) WhenLive(live func()) { d.source.WhenLive(live) }

// Close gives the gateway back.
func (d *Inflow) Close() {
	d.release()
	d.Lock()
	defer d.Unlock()
	if d.replay != nil {
		d.stopReplay()
	}
	if d.arriving {
		d.arriving = false
		d.Unhold(d)
	}
}

// SubscribeAll subscribes to what the socket is subscribed to. It is for the reading goroutine.
func (d *Inflow) SubscribeAll() error {
	for _, prefix := range d.Queue().Subscriptions() {
		if err := d.source.Subscribe(prefix, d.Proven); err != nil {
			return err
		}
	}
	return nil
}

// Subscribe asks for a prefix at all endpoints, or at none. live says for each what is called when it is proven there.
func Subscribe(inflows []*Inflow, prefix []byte, live func(*Inflow) func()) error {
	for i, d := range inflows {
		if err := d.source.Subscribe(prefix, live(d)); err != nil {
			Unsubscribe(inflows[:i], prefix)
			return err
		}
	}
	return nil
}

// Unsubscribe ends that.
func Unsubscribe(inflows []*Inflow, prefix []byte) {
	for _, d := range inflows {
		d.source.Unsubscribe(prefix)
	}
}
