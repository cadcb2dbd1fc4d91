package server

import (
	"fmt"
	"net/http"
	"testing"
	"time"
)

// TestPace: each address has its own, whoever else comes, and it is forgotten when it owes nothing.
func TestPace(t *testing.T) {
	limits := rates{messages: 10, most: 3}
	p := newPace(func() rates { return limits })
	now := time.Now()
	from := func(address string) *http.Request { return &http.Request{RemoteAddr: address, ContentLength: -1} }
	admitted := 0
	for range 100 {
		if p.admits(from("10.0.0.1:1234"), now) {
			admitted++
		}
	}
	if admitted == 0 || admitted > 11 {
		t.Errorf("%d at once", admitted)
	}
	if !p.admits(from("10.0.0.2:1"), now) || !p.admits(from("127.0.0.1:1"), now) {
		t.Error("others have to wait for it")
	}
	if p.admits(from("10.0.0.9:1"), now) {
		t.Error("there are more addresses than may be")
	}
	now = now.Add(time.Minute)
	for n := range 100 {
		if !p.admits(from(fmt.Sprint("10.0.1.", n, ":1")), now) {
			t.Fatalf("the %dth after a minute has to wait", n)
		}
		now = now.Add(time.Second)
	}
	if len(p.by) > 3 {
		t.Errorf("%d are known", len(p.by))
	}
	limits = rates{} // as after Reconfigure
	for range 100 {
		if !p.admits(from("10.0.0.1:1234"), now) {
			t.Fatal("a limit holds that was taken back")
		}
	}
}

// TestTooManyRequestsOverHTTP: sessions that are short are no way past the limit.
func TestTooManyRequestsOverHTTP(t *testing.T) {
	rep := startPeer(t, "rep", 0)
	cfg := names{"calc": {rep.address()}}.config()
	cfg.MessageRate = 5
	_, url := startHTTP(t, cfg)
	answers := make(chan asked, 30)
	for range cap(answers) {
		go func() { answers <- askHTTP(t, "POST", url+"/req/calc", "x") }()
	}
	answered := 0
	for range cap(answers) {
		switch got := <-answers; {
		case got.status == 200:
			answered++
		case got.status != 503 || got.code() != "busy" || got.header.Get("Retry-After") == "":
			t.Errorf("%d %s", got.status, got.body)
		}
	}
	if answered == 0 || answered > cap(answers)/2 {
		t.Errorf("of %d at once %d are answered", cap(answers), answered)
	}
}
