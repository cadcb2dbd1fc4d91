package server

import (
	"io"
	"net/http"
	"testing"
	"time"
)

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

// TestRequestOverHTTPIsNotHeldUp: who has asked is done with the answer; its place is free at once, however low the rate is.
func TestRequestOverHTTPIsNotHeldUp(t *testing.T) {
	rep := startPeer(t, "rep", 0)
	cfg := names{"calc": {rep.address()}}.config()
	cfg.MessageRate, cfg.ByteRate = 2, 1000
	b, url := startHTTP(t, cfg)
	begun := time.Now()
	for range 2 { // a second's worth, at once
		if got := askHTTP(t, "POST", url+"/req/calc", "x"); got.status != 200 {
			t.Fatalf("%d %s", got.status, got.body)
		}
	}
	waitFor(t, "the places are free", func() bool { return b.Stats().Connections == 0 })
	if b.Stats().Limits["rate"] != 0 {
		t.Errorf("after %v: a session was made to wait", time.Since(begun))
	}
}

// TestBodiesOfUnknownLengthArePaidFor when they are known.
func TestBodiesOfUnknownLengthArePaidFor(t *testing.T) {
	rep := startPeer(t, "rep", 0)
	cfg := names{"calc": {rep.address()}}.config()
	cfg.ByteRate = 1000
	b, url := startHTTP(t, cfg)
	post := func() int {
		r, err := http.NewRequestWithContext(t.Context(), "POST", url+"/req/calc", io.LimitReader(zeros{}, 100_000))
		if err != nil {
			t.Fatal(err)
		}
		resp, err := http.DefaultClient.Do(r)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp.StatusCode
	}
	if first, second := post(), post(); first != 200 || second != 503 || b.Stats().Limits["too_fast"] != 1 {
		t.Errorf("%d and %d", first, second)
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// TestRateOfRequestsOverHTTP: to an endpoint that limits how fast, requests are together with each other, and with a page.
func TestRateOfRequestsOverHTTP(t *testing.T) {
	worker := startPeer(t, "peer", 0, "--type", "PULL")
	cfg := names{"upload": {worker.address()}}.config()
	cfg.Terms = func(Access) (Terms, error) { return Terms{Rate: 10}, nil }
	_, url := startHTTP(t, cfg)
	const posts, within = 60, "1s"
	begun, answers := time.Now(), make(chan asked, posts)
	for range posts {
		go func() { answers <- askHTTP(t, "POST", url+"/push/upload?timeout="+within, "x") }()
	}
	taken := 0
	for range posts {
		switch got := <-answers; {
		case got.status == 202:
			taken++
		case got.status != 503:
			t.Errorf("%d %s", got.status, got.body)
		}
	}
	if most := 2 + int(time.Since(begun).Seconds()*10); taken == 0 || taken > most {
		t.Errorf("in %v %d were passed on, and %d may be", time.Since(begun), taken, most)
	}
	for range taken {
		worker.hear()
	}
	if got := askHTTP(t, "POST", url+"/push/upload?timeout=20s", "last"); got.status != 202 {
		t.Errorf("%d %s", got.status, got.body)
	}
	if got := worker.hear(); got[0] != "last" {
		t.Errorf("%q was passed on, and not told to be", got)
	}
}
