package server

import "testing"

// TestIdempotentRequestsOverHTTP: one that may be processed twice is sent again to a backend that has been started anew; any other is
// said to be lost, because it may have been processed.
func TestIdempotentRequestsOverHTTP(t *testing.T) {
	t.Parallel()
	held := startPeer(t, "held", 0)
	b, url := startHTTP(t, names{"calc": {held.address()}}.config())
	again, once := make(chan asked, 1), make(chan asked, 1)
	go func() { again <- askHTTP(t, "POST", url+"/req/calc", "again and again", "Zwb-Idempotent: true") }()
	held.hear()
	go func() { once <- askHTTP(t, "POST", url+"/req/calc", "once") }()
	waitFor(t, "the other request to be written", func() bool { return b.Stats().Gateway.MessagesOut >= 2 })
	held.kill()
	if got := <-once; got.status != 502 || got.code() != "lost" {
		t.Errorf("the other request: %d %s", got.status, got.body)
	}
	startPeer(t, "rep", held.port)
	if got := <-again; got.status != 200 || got.body != "again and again" {
		t.Errorf("after the restart: %d %s", got.status, got.body)
	}
}
