package client_test

import (
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// deaf lets time pass for a client whose network has died without a sign, until it gives up. It returns how long that took.
func (w *world) deaf() time.Duration {
	w.t.Helper()
	for start := w.now; w.now < start+time.Hour; {
		w.client.Take(nil, w.now)
		at, ok := w.client.Next()
		if !ok {
			w.t.Fatal("the client waits for nothing")
		}
		w.now = max(w.now, at)
		if err := w.client.Tick(w.now); err != nil {
			if !isTimeout(err) {
				w.t.Fatalf("the client ends the connection with %v", err)
			}
			return w.now - start
		}
	}
	w.t.Fatal("the client never gave up")
	return 0
}

func isTimeout(err error) bool {
	closed, ok := err.(*core.CloseError)
	return ok && closed.Close == core.CloseTimeout
}

func TestSilenceIsNoticed(t *testing.T) {
	for name, tt := range map[string]struct {
		heartbeat time.Duration
		happens   func(w *keeper, req uint32)
		want      time.Duration
	}{
		"nothing happens":              {happens: func(*keeper, uint32) {}, want: 30 * time.Second},
		"the network may have changed": {happens: func(w *keeper, _ uint32) { w.client.Probe(w.now) }, want: 3 * time.Second},
		"it does so twice": {happens: func(w *keeper, _ uint32) {
			w.client.Probe(w.now)
			w.client.Probe(w.now)
		}, want: 3 * time.Second},
		"a request waits":   {happens: func(w *keeper, req uint32) { w.request(req, "?") }, want: 3500 * time.Millisecond},
		"a large one waits": {happens: func(w *keeper, req uint32) { w.request(req, string(make([]byte, 640<<10))) }, want: 13500 * time.Millisecond},
		"a huge one waits":  {happens: func(w *keeper, req uint32) { w.request(req, string(make([]byte, 8<<20))) }, want: 30 * time.Second},
		"a quick heartbeat": {heartbeat: time.Second, happens: func(w *keeper, _ uint32) { w.client.Probe(w.now) }, want: 2 * time.Second},
		"something was on its way": {happens: func(w *keeper, req uint32) {
			w.client.Probe(w.now)
			w.now += time.Second
			w.ok(w.client.Feed(core.AppendFrame(nil, &core.Frame{Kind: core.KindGap, Socket: req}), w.now))
		}, want: 3 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			k := &keeper{world: newWorld(t, client.Config{}), retain: time.Minute, cfg: core.SessionConfig{Heartbeat: tt.heartbeat}}
			k.onHello = k.hello
			k.reconnect()
			req := k.socket(core.REQ)
			k.sleep(2 * time.Second) // until all is acknowledged
			heard := k.now
			k.ok(k.client.Feed(core.AppendFrame(nil, &core.Frame{Kind: core.KindPing, ID: 1}), heard))
			tt.happens(k, req)
			if took := k.deaf(); took > tt.want+50*time.Millisecond || took < tt.want-50*time.Millisecond {
				t.Errorf("it took %v, want %v", took, tt.want)
			}
		})
	}
}

func TestBridgeThatIsThereIsNotLeft(t *testing.T) {
	k := lasting(t, client.Config{})
	req := k.socket(core.REQ)
	k.request(req, "a slow one")
	k.client.Probe(k.now)
	k.pump()
	k.sleep(20 * time.Second)
	k.wantEvents()
	k.request(req, "another one")
	k.client.Probe(k.now)
	k.pump()
	k.sleep(20 * time.Second)
	k.wantEvents("failed 1/1 timeout")
	if !k.client.Ready() {
		t.Error("the connection is gone")
	}
}

// TestQuickAnswersCostNoPing checks that a page whose requests are answered at once sends nothing else.
func TestQuickAnswersCostNoPing(t *testing.T) {
	w := online(t, client.Config{})
	req := w.socket(core.REQ)
	for range 10 {
		id := w.request(req, "?")
		w.pump()
		w.sleep(400 * time.Millisecond)
		w.send(core.Frame{Kind: core.KindReply, Socket: req, ID: id, Body: body("!")})
		if w.client.HasBatch() {
			t.Fatal("something is to be sent")
		}
	}
	w.request(req, "?")
	w.pump()
	w.now += 500 * time.Millisecond
	w.ok(w.client.Tick(w.now))
	if !w.client.HasBatch() {
		t.Error("a request that waits sends no Ping")
	}
}

// TestProbesBecomePatient checks that a large message, which no Ping overtakes, is not cut for ever.
func TestProbesBecomePatient(t *testing.T) {
	k := lastingFor(t, client.Config{}, time.Hour)
	probe := func(want time.Duration) {
		t.Helper()
		k.client.Probe(k.now)
		if took := k.deaf(); took != want {
			t.Errorf("given up after %v, want %v", took, want)
		}
		k.lose()
	}
	for _, want := range []time.Duration{3, 6, 12, 24, 30, 30} {
		probe(want * time.Second)
		k.reconnect()
	}
	k.sleep(11 * time.Minute) // the network is a good one again
	probe(3 * time.Second)
	k.reconnect()
	probe(6 * time.Second)
	k.session = nil // the bridge was restarted
	k.reconnect()
	probe(3 * time.Second)
}

func TestNothingIsAskedWithoutASession(t *testing.T) {
	w := newWorld(t, client.Config{})
	w.client.Probe(w.now)
	w.dial(core.SessionConfig{})
	w.client.Probe(w.now) // a Ping before Welcome would break the protocol
	w.pump()
	w.cut()
	w.client.Probe(w.now)
	if w.client.HasBatch() {
		t.Error("something is to be sent")
	}
}

func TestRoundTripIsMeasured(t *testing.T) {
	k := lasting(t, client.Config{})
	if got := k.client.RTT(); got != 0 {
		t.Errorf("before anybody asked it is %v", got)
	}
	k.client.Probe(k.now)
	batch := k.client.Take(nil, k.now)
	if got := k.client.RTT(); got != 0 {
		t.Errorf("while an answer is outstanding it is %v", got)
	}
	k.now += 7 * time.Millisecond
	k.ok(k.bridge.Feed(batch, k.now, func(*core.Frame) error { return nil }))
	k.ok(k.client.Feed(k.bridge.Take(nil, k.now), k.now))
	if got := k.client.RTT(); got != 7*time.Millisecond {
		t.Errorf("it is %v, want 7ms", got)
	}
	k.cut()
	if got := k.client.RTT(); got != 0 {
		t.Errorf("without a connection it is %v", got)
	}
}
