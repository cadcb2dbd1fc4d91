package stream_test

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/natstest"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/durable"
)

// TestLeaseThatNATSDoesNotForget: one that nobody renews is had by the next who wants it; one that is renewed is not.
func TestLeaseThatNATSDoesNotForget(t *testing.T) {
	nats := natstest.Start(t, 1)
	js := open(t, nats.URLs()).JetStream()
	bucket, err := js.CreateKeyValue(within(t), jetstream.KeyValueConfig{Bucket: "zwb_test_leases"}) // for ever
	if err != nil {
		t.Fatal(err)
	}
	if _, err := bucket.Create(within(t), "zwb_test_prices", nil); err != nil {
		t.Fatal(err)
	}
	a, b := openStream(t, nats.URLs()), openStream(t, nats.URLs())
	begun := time.Now()
	has, err := a.Lease(within(t))
	if err != nil {
		t.Fatal(err)
	}
	defer has.Release()
	if took := time.Since(begun); took < 2*time.Second || took > 10*time.Second {
		t.Errorf("it is had after %v", took)
	}
	ctx := within(t)
	got := make(chan error, 1)
	go func() { // ends with ctx, at the end of the test
		l, err := b.Lease(ctx)
		if err == nil {
			l.Release()
		}
		got <- err
	}()
	select {
	case err := <-got:
		t.Errorf("another bridge has it, too: %v", err)
	case <-has.Lost():
		t.Error("it is lost, though it is renewed")
	case <-time.After(4 * time.Second): // longer than it lasts
	}
}

// TestNewcomerLetsOthersGoFirst: a bridge that comes just when the lease is given back has not heard what the stream ends with, so another one that
// has waited has the lease.
func TestNewcomerLetsOthersGoFirst(t *testing.T) {
	nats := natstest.Start(t, 1)
	a, waits := openStream(t, nats.URLs()), openStream(t, nats.URLs())
	has, err := a.Lease(within(t))
	if err != nil {
		t.Fatal(err)
	}
	term, err := a.Begin(within(t))
	if err != nil {
		t.Fatal(err)
	}
	stored, err := term.Append([]byte("an entry"), 0)
	if err == nil {
		err = stored.Wait(within(t))
	}
	if err != nil {
		t.Fatal(err)
	}
	had := make(chan string, 2)
	ctx := within(t)
	lease := func(who string, s durable.Stream) {
		l, err := s.Lease(ctx)
		if err != nil {
			had <- err.Error()
			return
		}
		had <- who
		l.Release()
	}
	go lease("who has waited", waits) // each ends when it has had the lease
	time.Sleep(3500 * time.Millisecond)
	has.Release()
	go lease("the newcomer", openStream(t, nats.URLs()))
	for _, want := range []string{"who has waited", "the newcomer"} {
		if got := <-had; got != want {
			t.Fatalf("it is %s, not %s", got, want)
		}
	}
}
