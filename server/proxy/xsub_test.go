package proxy

import (
	"fmt"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/unused"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

func said(parts ...string) core.Frame {
	m := make(core.Message, len(parts))
	for i, part := range parts {
		m[i] = []byte(part)
	}
	return core.Frame{Kind: core.KindMessage, Socket: 1, Parts: m}
}

// TestSpokenSubscription: an XSUB that subscribes by a message is asked about, limited and counted like any other.
func TestSpokenSubscription(t *testing.T) {
	for _, flags := range []uint64{0, core.FlagBind} {
		for name, test := range map[string]struct {
			messages []core.Frame
			code     core.Code
			says     string
			left     int // subscriptions
		}{
			"denied":                 {[]core.Frame{said("\x01secret")}, core.Denied, "not there", 0},
			"too long":               {[]core.Frame{said("\x01" + strings.Repeat("x", core.MaxName+1))}, core.TooLarge, "4096", 0},
			"too many":               {many(11, func(i int) string { return fmt.Sprint("\x01", i) }), core.Busy, "too many", 10},
			"too long together":      {many(3, func(i int) string { return "\x01" + strings.Repeat(fmt.Sprint(i), 4000) }), core.Busy, "too long together", 2},
			"in a second part":       {[]core.Frame{said("x", "\x01secret")}, core.Invalid, "several parts", 0},
			"in a first part":        {[]core.Frame{said("\x01secret", "x")}, core.Invalid, "several parts", 0},
			"ended as often as made": {[]core.Frame{said("\x01a"), said("\x01a"), said("\x00a"), said("\x01b"), said("\x00a"), said("\x00a"), said("\x00never"), said("\x01secret")}, core.Denied, "", 1},
		} {
			t.Run(fmt.Sprint(name, ", flags ", flags), func(t *testing.T) {
				r := newRig(t, rules{denies: func(a access.Access) bool { return a.Subscribe && string(a.Prefix) == "secret" }})
				address := "tcp://127.0.0.1:1"
				if flags != 0 {
					address = "tcp://" + unused.Address(t)
				}
				k := r.open(core.XSUB, flags, address)
				r.Await(core.KindCredit)
				r.Send(test.messages...)
				if f := r.Await(core.KindFailed); f.ID != 0 || f.Code != test.code || !strings.Contains(string(f.Text), test.says) {
					t.Errorf("got %v: %s", f.Code, f.Text)
				}
				k.handle.Lock()
				defer k.handle.Unlock()
				bytes := 0
				for _, prefix := range k.handle.Queue().Subscriptions() {
					bytes += len(prefix)
				}
				if u := k.handle.Usage(); u.Subscriptions != test.left || u.PrefixBytes != bytes || k.handle.Queue().SubscriptionCount() != test.left {
					t.Errorf("%d subscriptions of %d bytes are counted, want %d of %d", u.Subscriptions, u.PrefixBytes, test.left, bytes)
				}
			})
		}
	}
}

func many(n int, text func(int) string) (messages []core.Frame) {
	for i := range n {
		messages = append(messages, said(text(i)))
	}
	return messages
}

// TestSpokenOnTheRulesTerms: the rule of the endpoint holds for a subscription by message.
func TestSpokenOnTheRulesTerms(t *testing.T) {
	flow := access.Flow{MaxRate: 5, HWM: 7}
	r := newRig(t, rules{flow: func(access.Access) access.Flow { return flow }})
	k := r.open(core.XSUB, 0, "tcp://127.0.0.1:1")
	r.Await(core.KindCredit)
	r.Send(said("\x01a"), subscribe(1, "a", core.OverflowDefault), further(2, core.XSUB, "no address")) // answered behind the others
	r.Await(core.KindRefused)
	for id := range k.handle.Queue().Subscriptions() {
		if got, want := k.termsOf(id), k.termsOf(1); got != want || got.HWM != 7 {
			t.Errorf("on terms %+v, and with Subscribe on %+v", got, want)
		}
	}
	if n := k.handle.Queue().SubscriptionCount(); n != 2 {
		t.Errorf("%d subscriptions", n)
	}
}

// TestRefusedMessagesCostTime: who goes on sending what is refused, without regard for credit, is closed.
func TestRefusedMessagesCostTime(t *testing.T) {
	r := newRig(t, rules{denies: func(a access.Access) bool { return a.Subscribe }})
	r.open(core.XSUB, 0, "tcp://127.0.0.1:1")
	credit := int(r.Await(core.KindCredit).Messages)
	for range 11 {
		r.Send(many(credit/10, func(i int) string { return fmt.Sprint("\x01", i) })...)
	}
	if code := r.AwaitClose(); code != core.CloseState {
		t.Errorf("closed with %v", code)
	}
}

// TestSpokenEndsTheHold: a client that says where it was, and then subscribes by a message, would never say Recover.
func TestSpokenEndsTheHold(t *testing.T) {
	r := newRig(t, rules{})
	open := core.Frame{Kind: core.KindOpen, Socket: 1, ID: 1, Type: core.XSUB, Flags: core.FlagRecover, Messages: 100, Bytes: 1 << 20, Text: []byte("tcp://127.0.0.1:1")}
	r.Send(open)
	<-r.made
	r.Await(core.KindCredit)
	r.Send(said("\x01a"), said("\x01b"))
	if f := r.Await(core.KindGap); f.Code != core.Lost || f.Messages != 0 {
		t.Errorf("got %+v", f)
	}
}
