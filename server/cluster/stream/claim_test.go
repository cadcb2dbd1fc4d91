package stream_test

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/natstest"
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
