package server

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// source is an EventSource as the standard has it: what was not there to the last line of an event is as if it had never come, and
// it goes on behind the last event that was.
type source struct {
	t      *testing.T
	client *http.Client
	url    string
	last   string // id

	number  int // of the last message
	missing int // messages behind it that it was told are missing
	known   int // of these, those before the last id, which are not told again
	gaps    int // events that told so
}

// cut connects, reads so many bytes, at most to the message end, and cuts the connection in the midst of whatever it is. Less than 0: it
// reads to the end.
func (s *source) cut(bytes int64, end int) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, "GET", s.url, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if s.last != "" {
		r.Header.Set("Last-Event-ID", s.last)
	}
	resp, err := s.client.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		s.t.Fatal(resp.Status)
	}
	body := io.Reader(resp.Body)
	if bytes >= 0 {
		body = io.LimitReader(body, bytes)
	}
	lines := bufio.NewReader(body)
	id, event, data := s.last, "", ""
	s.missing = s.known
	for s.number != end {
		line, err := lines.ReadString('\n')
		if ctx.Err() != nil {
			s.t.Fatalf("nothing comes after message %d, of %d", s.number, end)
		}
		if err != nil {
			return // what has begun is forgotten
		}
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), ": ")
		switch name {
		case "id":
			id = value
		case "event":
			event = value
		case "data":
			data = value
		case "":
			s.happened(event, data)
			if id != s.last {
				s.last, s.known = id, s.missing
			}
			event, data = "", ""
		}
	}
}

// happened takes an event in. Each message is the next one, but for those that are known to be missing.
func (s *source) happened(event, data string) {
	s.t.Helper()
	switch {
	case event == "gap":
		var gap struct{ Missed int }
		if err := json.Unmarshal([]byte(data), &gap); err != nil || gap.Missed <= 0 {
			s.t.Fatalf("a gap without a number: %s", data)
		}
		s.missing += gap.Missed
		s.gaps++
	case event == "" && data != "":
		number, err := strconv.Atoi(data)
		if err != nil || number != s.number+1+s.missing {
			s.t.Fatalf("after message %d and %d that are missing comes %q", s.number, s.missing, data)
		}
		s.number, s.missing = number, 0
	}
}

// TestStreamThatIsCutAThousandTimes: wherever it is cut, nothing comes twice, and nothing is missing that it was not told of.
func TestStreamThatIsCutAThousandTimes(t *testing.T) {
	for _, test := range []struct {
		name  string
		kept  int // messages of history
		cuts  int
		each  int // messages that are published meanwhile
		loses bool
	}{
		{"all is kept", 1_000_000, 1000, 10, false},
		{"little is kept", 5, 200, 20, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			pub := startNumbered(t, 0)
			cfg := keepingNamed(names{"feed": {pub.address()}})
			cfg.Gateway.History = func(core.Endpoint) gateway.History { return gateway.History{Messages: test.kept, Bytes: 64 << 20} }
			_, url := startHTTP(t, cfg)
			dial := func(ctx context.Context, network, address string) (net.Conn, error) {
				conn, err := new(net.Dialer).DialContext(ctx, network, address)
				if err == nil {
					conn.(*net.TCPConn).SetLinger(0)
				}
				return conn, err
			}
			s := &source{t: t, client: &http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}, url: url + "/sub/feed?as=text"}
			pub.publish(1, "a") // for the history to begin
			first := listen(t, s.url)
			pub.publish(9, "a")
			s.last = strings.TrimPrefix(first.line(), "id: ")
			s.number, _ = strconv.Atoi(strings.TrimPrefix(first.line(), "data: "))
			first.leave()
			begun := time.Now()
			for range test.cuts {
				pub.begin(test.each, nil, "a")
				s.cut(rand.Int64N(800), pub.next-1)
				pub.done()
			}
			s.cut(-1, pub.next-1)
			t.Logf("%d messages and %d gaps in %v", s.number, s.gaps, time.Since(begun))
			if (s.gaps > 0) != test.loses {
				t.Errorf("there were %d gaps", s.gaps)
			}
		})
	}
}
