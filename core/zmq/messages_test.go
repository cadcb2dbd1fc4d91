package zmq_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
)

func message(socket uint32, parts ...string) core.Frame {
	return core.Frame{Kind: core.KindMessage, Socket: socket, Parts: text(parts...)}
}

func TestMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, sub, l := connected(t, zmq.SUB, zmq.Options{})
		must(t, sub.Subscribe("a"))
		must(t, sub.Subscribe("b"))
		l.expect(core.KindSubscribe)
		l.expect(core.KindSubscribe)
		must(t, sub.Unsubscribe("a"))
		if f := l.expect(core.KindUnsubscribe); f.ID != 1 {
			t.Errorf("unsubscribed %d, want 1", f.ID)
		}
		l.send(message(1, "a", ""), message(1, "b", "\x00\xff"), core.Frame{Kind: core.KindGap, Socket: 1, Messages: 3, Code: core.Busy}, message(1, "c"))

		var got []string
		for m, err := range sub.Messages(t.Context()) {
			var gap *zmq.GapError
			switch {
			case errors.As(err, &gap):
				got = append(got, err.Error())
			case err != nil:
				t.Fatal(err)
			default:
				got = append(got, fmt.Sprintf("%q", m))
			}
			if len(got) == 2 {
				break
			}
		}
		if want := []string{`["a" ""]`, `["b" "\x00\xff"]`}; !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}

		// A second loop goes on where the first one was left.
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		got = nil
		for m, err := range sub.Messages(ctx) {
			if err != nil {
				got = append(got, err.Error())
				continue
			}
			got = append(got, fmt.Sprintf("%q", m))
			cancel()
		}
		want := []string{"busy: 3 messages are missing here", `["c"]`, "canceled: context canceled"}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// TestCredit checks that the bridge gets credit for a message when the body of the loop has run for it, and always for a quarter of a
// window at a time.
func TestCredit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, sub, l := connected(t, zmq.SUB, zmq.Options{HWM: 8})
		must(t, sub.Subscribe(""))
		l.expect(core.KindSubscribe)
		l.send(message(1, "1"), message(1, "22"), message(1, "3"), message(1, "4"))
		n := 0
		for _, err := range sub.Messages(t.Context()) {
			must(t, err)
			if n++; n == 2 {
				synctest.Wait()
				if len(l.conn.(*pipe).in) > 0 {
					t.Error("credit was granted before the body of the loop had run")
				}
				break
			}
		}
		if f := l.expect(core.KindCredit); f.Messages != 2 || f.Bytes != 3 {
			t.Errorf("granted %d messages of %d bytes, want 2 of 3", f.Messages, f.Bytes)
		}
		for range 2 {
			_, err := sub.Recv(t.Context())
			must(t, err)
		}
		if f := l.expect(core.KindCredit); f.Messages != 2 || f.Bytes != 2 {
			t.Errorf("granted %d messages of %d bytes, want 2 of 2", f.Messages, f.Bytes)
		}
	})
}

func TestInboxIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, sub, l := connected(t, zmq.SUB, zmq.Options{HWM: 2})
		must(t, sub.Subscribe(""))
		l.expect(core.KindSubscribe)
		for i := range 10 { // the bridge sends more than it has credit for
			l.send(message(1, fmt.Sprint(i)))
		}
		synctest.Wait()
		var got []string
		for range 5 {
			m, err := sub.Recv(t.Context())
			if err != nil {
				got = append(got, err.Error())
				continue
			}
			got = append(got, string(m[0]))
		}
		if want := []string{"0", "1", "2", "3", "busy: 6 messages are missing here"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// TestGapOfTheBridgeIsNotCounted: a gap that the bridge has told of is another's to read, too. What there is no room for has a
// gap of its own.
func TestGapOfTheBridgeIsNotCounted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, sub, l := connected(t, zmq.SUB, zmq.Options{HWM: 1})
		events := make(chan zmq.Event, 10)
		stream := c.Events(t.Context())
		go func() { // ends with the test
			for e := range stream {
				events <- e
			}
		}()
		must(t, sub.Subscribe(""))
		l.expect(core.KindSubscribe)
		l.send(message(1, "0"), core.Frame{Kind: core.KindGap, Socket: 1, Messages: 3, Code: core.Busy}, message(1, "1"), message(1, "2"))
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var got []string
		for range 3 {
			m, err := sub.Recv(ctx)
			if err != nil {
				got = append(got, err.Error())
				continue
			}
			got = append(got, string(m[0]))
		}
		if want := []string{"0", "busy: 3 messages are missing here", "busy: 2 messages are missing here"}; !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
		for e := range events {
			var gap *zmq.GapError
			if errors.As(e.Err, &gap) {
				if gap.Missed != 3 {
					t.Errorf("the event says %v", gap)
				}
				return
			}
		}
	})
}

// TestSubWithoutSubscription checks that nobody subscribes in its name; only a PubRPCServer does.
func TestSubWithoutSubscription(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, sub, l := connected(t, zmq.SUB, zmq.Options{})
		ctx, cancel := context.WithCancel(t.Context())
		received := make(chan error, 1)
		go func() {
			_, err := sub.Recv(ctx)
			received <- err
		}()
		synctest.Wait()
		cancel()
		wantCode(t, <-received, core.Canceled)
		must(t, sub.Subscribe("a"))
		if f := l.expect(core.KindSubscribe); string(f.Name) != "a" {
			t.Errorf("subscribed to %q", f.Name)
		}
	})
}

func TestRefusalsInTheStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, sub, l := connected(t, zmq.SUB, zmq.Options{})
		must(t, sub.Connect("tcp://127.0.0.1:2", nil))
		must(t, sub.Subscribe("mine"))
		must(t, sub.Subscribe("secret"))
		l.expect(core.KindOpen)
		l.expect(core.KindSubscribe)
		l.expect(core.KindSubscribe)
		l.send(
			core.Frame{Kind: core.KindRefused, Socket: 1, ID: 2, Code: core.Denied, Text: []byte("one of two addresses")},
			core.Frame{Kind: core.KindSubscribed, Socket: 1, ID: 1},
			core.Frame{Kind: core.KindUnsubscribed, Socket: 1, ID: 2, Code: core.Denied, Text: []byte("secret")},
			message(1, "mine"),
			core.Frame{Kind: core.KindRefused, Socket: 1, ID: 1, Code: core.Denied, Text: []byte("the other one")})
		var got []string
		for m, err := range sub.Messages(t.Context()) {
			if err != nil {
				got = append(got, err.Error())
				continue
			}
			got = append(got, string(m[0]))
		}
		want := []string{"denied: one of two addresses", "denied: secret", "mine", "denied: the other one"}
		if !slices.Equal(got, want) {
			t.Errorf("got %q, want %q", got, want)
		}
	})
}

// TestRefusedSubscriptionIsAskedForAgain checks that a subscription that was refused is asked for again on a new session,
// because with other credentials the answer may be different.
func TestRefusedSubscriptionIsAskedForAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBridge(t)
		c := b.context(zmq.Options{})
		sub := c.Socket(zmq.SUB)
		must(t, sub.Connect("feed", nil))
		must(t, sub.Subscribe("secret"))
		for range 3 {
			l := b.welcome()
			l.open()
			f := l.expect(core.KindSubscribe)
			if string(f.Name) != "secret" {
				t.Errorf("subscribed to %q", f.Name)
			}
			l.send(core.Frame{Kind: core.KindUnsubscribed, Socket: 1, ID: f.ID, Code: core.Denied})
			wantCode(t, sub.Ready(t.Context()), core.Denied)
			l.conn.Drop()
			synctest.Wait()
		}
		l := b.welcome()
		l.open()
		f := l.expect(core.KindSubscribe)
		l.send(core.Frame{Kind: core.KindSubscribed, Socket: 1, ID: f.ID})
		must(t, sub.Ready(t.Context()))
	})
}

func TestLoopsShareTheMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		_, pull, l := connected(t, zmq.PULL, zmq.Options{})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		got := make(chan string)
		for range 3 {
			go func() {
				for m, err := range pull.Messages(ctx) {
					if err != nil {
						got <- err.Error()
						return
					}
					got <- string(m[0])
				}
			}()
		}
		var want, have []string
		for i := range 50 {
			l.send(message(1, fmt.Sprint(i)))
			want = append(want, fmt.Sprint(i))
		}
		for range want {
			have = append(have, <-got)
		}
		slices.Sort(want)
		slices.Sort(have)
		if !slices.Equal(have, want) {
			t.Errorf("got %q", have)
		}
		for range 3 {
			if end := <-got; end != "timeout: context deadline exceeded" {
				t.Errorf("ended with %q", end)
			}
		}
	})
}

// A wait that is given up in the moment in which a message comes returns the message, or leaves it for the next.
func TestNoMessageIsLostToAWaitThatIsGivenUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const count = 200
		_, pull, l := connected(t, zmq.PULL, zmq.Options{})
		received := 0
		for received < count {
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			sent := make(chan struct{})
			go func() {
				defer close(sent)
				<-ctx.Done()
				l.send(message(1, "m"))
			}()
			for {
				if _, err := pull.Recv(ctx); err != nil {
					break
				}
				received++
			}
			<-sent
			synctest.Wait()
			cancel()
			if m, err := pull.Recv(t.Context()); err != nil || string(m[0]) != "m" {
				t.Fatalf("after %d: %v, %v", received, m, err)
			}
			received++
		}
	})
}
