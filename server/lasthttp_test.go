package server

import (
	"testing"
	"time"
)

// TestLastValueOverHTTP: it is there at once, is not sent to who has it, and another is waited for.
func TestLastValueOverHTTP(t *testing.T) {
	t.Parallel()
	pub := startPeer(t, "pub", 0)
	cfg := names{"feed": {pub.address()}}.config()
	cfg.Gateway.LastValues = 10
	b, url := startHTTP(t, cfg)
	l := listen(t, url+"/sub/feed?as=text") // so that the bridge hears of it
	pub.write([]string{"fx.EURUSD", "1.1"})
	pub.write([]string{"time", "12:00"})
	l.wants("data: 1.1", "data: 12:00")

	first := askHTTP(t, "GET", url+"/last/feed?topic=fx.", "")
	tag := first.header.Get("ETag")
	if first.status != 200 || first.body != "1.1" || tag == "" || first.header.Get("Cache-Control") != "no-cache" {
		t.Fatalf("%d %s %v", first.status, first.body, first.header)
	}
	if all := askHTTP(t, "GET", url+"/last/feed?topic=fx.&parts=json", ""); all.body != `["fx.EURUSD","1.1"]` || all.header.Get("ETag") != tag {
		t.Errorf("%d %s", all.status, all.body)
	}
	for _, known := range []string{tag, "W/" + tag, `"x", ` + tag} {
		if same := askHTTP(t, "GET", url+"/last/feed?topic=fx.", "", "If-None-Match: "+known); same.status != 304 || same.body != "" {
			t.Errorf("%s: %d %s", known, same.status, same.body)
		}
	}
	if none := askHTTP(t, "GET", url+"/last/feed?topic=eq.&wait=50ms", ""); none.status != 504 || none.code() != "timeout" {
		t.Errorf("of nothing: %d %s", none.status, none.body)
	}
	begun := time.Now()
	if same := askHTTP(t, "GET", url+"/last/feed?topic=fx.&wait=100ms", "", "If-None-Match: "+tag); same.status != 304 || time.Since(begun) < 100*time.Millisecond {
		t.Errorf("after %v: %d %s", time.Since(begun), same.status, same.body)
	}
	next := make(chan asked, 1)
	go func() {
		next <- askHTTP(t, "GET", url+"/last/feed?topic=fx.&wait=10s", "", "If-None-Match: "+tag)
	}()
	waitFor(t, "it waits", func() bool { return b.Stats().Subscriptions == 2 })
	pub.write([]string{"fx.EURUSD", "1.2"})
	if got := <-next; got.status != 200 || got.body != "1.2" || got.header.Get("ETag") == tag {
		t.Errorf("%d %s", got.status, got.body)
	}
	if bad := askHTTP(t, "GET", url+"/last/feed?wait=1h", ""); bad.code() != "invalid" {
		t.Errorf("%d %s", bad.status, bad.body)
	}
}
