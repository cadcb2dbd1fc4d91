package selftest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/echopeer"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp/curve"
)

// anyPort is an address whose port the kernel chooses.
var anyPort = core.Endpoint{Transport: "tcp", Host: "127.0.0.1"}

// samples are messages that are easy to get wrong: with several parts, with empty parts, and with sizes at which the framing
// changes.
var samples = sync.OnceValue(func() []core.Message {
	return []core.Message{
		{[]byte("hello")},
		{[]byte("several"), []byte("parts")},
		{nil},
		{nil, []byte("between"), nil, nil},
		{make([]byte, 255), make([]byte, 256)},
		{bytes.Repeat([]byte("large"), 1<<18)},
	}
})

// compare returns an error if a message has not arrived as it was sent.
func compare(got, want core.Message) error {
	if !slices.EqualFunc(got, want, bytes.Equal) {
		return fmt.Errorf("a message of %d parts and %d bytes arrived as %d and %d", len(want), want.Size(), len(got), got.Size())
	}
	return nil
}

// inbox collects messages. It is a gateway.Receiver and a gateway.Subscriber.
type inbox chan core.Message

func newInbox() inbox { return make(inbox, 2*len(samples())) }

func (i inbox) Receive(m core.Message) bool {
	select {
	case i <- m:
		return true
	default:
		return false
	}
}

func (i inbox) Deliver(p gateway.Part) {
	p.Each(func(_ int, m core.Message, _ core.Body) { i.Receive(m) })
}

// checkReqRep sends requests to a REP that does not use the gateways (package echopeer).
func checkReqRep(ctx context.Context, f factories) error {
	peer, err := echopeer.Start(ctx, echopeer.Lock{})
	if err != nil {
		return err
	}
	defer peer.Close()
	return askSamples(ctx, f.bridge, peer.Endpoint)
}

// checkXreqXrep sends requests to a gateway that serves a page's REP. It is a ROUTER, and the other side is a DEALER; in 2012
// these were called XREP and XREQ.
func checkXreqXrep(ctx context.Context, f factories) error {
	rep, err := f.backend.Rep(anyPort)
	if err != nil {
		return err
	}
	defer rep.Release()
	stop, err := rep.Serve("", func(in *gateway.Incoming) {
		in.Reply(in.Message) // if it fails, the request times out, and the check fails
	})
	if err != nil {
		return err
	}
	defer stop()
	return askSamples(ctx, f.bridge, rep.Endpoint())
}

func askSamples(ctx context.Context, f *gateway.Factory, ep core.Endpoint) error {
	req, err := f.Req(ep)
	if err != nil {
		return err
	}
	defer req.Release()
	for _, m := range samples() {
		reply, err := ask(ctx, req, m)
		if err != nil {
			return err
		}
		if err := compare(reply, m); err != nil {
			return err
		}
	}
	return nil
}

func ask(ctx context.Context, req *gateway.ReqGateway, m core.Message) (reply core.Message, err error) {
	done := make(chan struct{})
	request := req.Do(m, checkTimeout, func(r core.Message, failure error) {
		reply, err = r, failure
		close(done)
	})
	if _, expired := await(ctx, done); expired != nil {
		request.Cancel()
		<-done
		return nil, expired
	}
	return reply, err
}

// checkPubSub publishes as soon as the subscription is reported to be live. The message has to arrive.
func checkPubSub(ctx context.Context, f factories) error {
	pub, err := f.backend.Pub(anyPort)
	if err != nil {
		return err
	}
	defer pub.Release()
	sub, err := f.bridge.Sub(pub.Endpoint())
	if err != nil {
		return err
	}
	defer sub.Release()
	in, live := newInbox(), make(chan struct{})
	subscription := sub.Attach(in)
	defer subscription.Close()
	subscription.Subscribe([]byte("news."), func() { close(live) })
	if _, err := await(ctx, live); err != nil {
		return err
	}
	if err := pub.Publish(core.Message{[]byte("olds.")}); err != nil {
		return err
	}
	for _, m := range samples() {
		m = append(core.Message{[]byte("news.today")}, m...)
		if err := pub.Publish(m); err != nil {
			return err
		}
		if err := in.expect(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

func (i inbox) expect(ctx context.Context, want core.Message) error {
	got, err := await(ctx, i)
	if err != nil {
		return err
	}
	return compare(got, want)
}

// checkDelivery sends from one socket to another.
func checkDelivery(ctx context.Context, f factories, from, to core.SocketType) error {
	in := newInbox()
	receiver, err := f.backend.Port(to, anyPort, gateway.PortOptions{Bind: true, Receiver: in})
	if err != nil {
		return err
	}
	defer receiver.Release()
	var o gateway.PortOptions
	if from.Receives() {
		o.Receiver = newInbox()
	}
	sender, err := f.bridge.Port(from, receiver.Endpoint(), o)
	if err != nil {
		return err
	}
	defer sender.Release()
	for _, m := range samples() {
		if err := sender.Send(m, nil); err != nil {
			return err
		}
		if err := in.expect(ctx, m); err != nil {
			return err
		}
	}
	return nil
}

// checkHeartbeats checks that the bridge answers the PING of a peer that speaks ZMTP 3.1, and that it sends PINGs itself.
func checkHeartbeats(ctx context.Context, _ factories) error {
	peer, err := echopeer.Start(ctx, echopeer.Lock{})
	if err != nil {
		return err
	}
	defer peer.Close()
	f := gateway.NewFactory(gateway.Config{Heartbeat: 100 * time.Millisecond})
	defer f.Close()
	req, err := f.Req(peer.Endpoint)
	if err != nil {
		return err
	}
	defer req.Release()
	if _, err := await(ctx, peer.Ponged); err != nil {
		return errors.New("the bridge does not answer a PING")
	}
	if _, err := await(ctx, peer.Pinged); err != nil {
		return errors.New("the bridge sends no PING")
	}
	return nil
}

// checkPlain sends requests to a peer that asks for a password.
func checkPlain(ctx context.Context, _ factories) error {
	right, wrong := &gateway.Plain{Username: "bridge", Password: "right"}, &gateway.Plain{Username: "bridge", Password: "wrong"}
	return checkLock(ctx, echopeer.Lock{Plain: right}, gateway.Security{Plain: right}, gateway.Security{Plain: wrong})
}

// checkCurve sends requests over an encrypted connection to a peer that admits only one key.
func checkCurve(ctx context.Context, _ factories) error {
	serverPublic, serverSecret := curve.GenerateKeys()
	clientPublic, clientSecret := curve.GenerateKeys()
	_, stranger := curve.GenerateKeys()
	return checkLock(ctx, echopeer.Lock{Curve: &echopeer.CurveLock{Secret: serverSecret, Client: clientPublic}},
		gateway.Security{Curve: &curve.Keys{Secret: clientSecret, Server: serverPublic}},
		gateway.Security{Curve: &curve.Keys{Secret: stranger, Server: serverPublic}})
}

// checkLock tries the right credentials, and then wrong ones. With these the request must fail, and must not hang.
func checkLock(ctx context.Context, l echopeer.Lock, right, wrong gateway.Security) error {
	peer, err := echopeer.Start(ctx, l)
	if err != nil {
		return err
	}
	defer peer.Close()
	if err := askAs(ctx, right, peer.Endpoint); err != nil {
		return err
	}
	if err := askAs(ctx, wrong, peer.Endpoint); core.CodeOf(err) != core.Unavailable {
		return fmt.Errorf("with the wrong credentials it got %v", err)
	}
	return nil
}

func askAs(ctx context.Context, s gateway.Security, ep core.Endpoint) error {
	f := gateway.NewFactory(gateway.Config{Security: func(core.Endpoint) gateway.Security { return s }})
	defer f.Close()
	return askSamples(ctx, f, ep)
}
