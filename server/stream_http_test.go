package server

import (
	"bufio"
	"context"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// listener reads a stream of HTTP, line by line.
type listener struct {
	t     *testing.T
	resp  *http.Response
	lines chan string
}

func listen(t *testing.T, url string, headers ...string) *listener {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	t.Cleanup(cancel)
	r, err := http.NewRequestWithContext(ctx, "GET", url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range headers {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Add(name, value)
	}
	resp, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	l := &listener{t, resp, make(chan string, 10_000)}
	go func() { // ends with the stream
		defer close(l.lines)
		defer resp.Body.Close()
		scanner := bufio.NewScanner(resp.Body)
		scanner.Buffer(nil, 64<<20)
		for scanner.Scan() {
			l.lines <- scanner.Text()
		}
	}()
	return l
}

// line is the next one that is no comment and not empty; "": the stream has ended.
func (l *listener) line() string {
	l.t.Helper()
	late := time.After(patience)
	for {
		select {
		case line, more := <-l.lines:
			if !more || line != "" && line[0] != ':' {
				return line
			}
		case <-late:
			l.t.Fatal("nothing comes")
		}
	}
}

func (l *listener) wants(lines ...string) {
	l.t.Helper()
	for _, want := range lines {
		if got := l.line(); got != want {
			l.t.Fatalf("got  %s\nwant %s", got, want)
		}
	}
}

// leave ends the stream from this side.
func (l *listener) leave() { l.resp.Body.Close() }

func TestStreamsOfEvents(t *testing.T) {
	t.Parallel()
	pub := startPeer(t, "pub", 0)
	b, url := startHTTP(t, names{"feed": {pub.address()}}.config())
	plain, text := listen(t, url+"/sub/feed?topic=fx.&topic=eq."), listen(t, url+"/sub/feed?as=text")
	json, lines := listen(t, url+"/sub/feed?as=json"), listen(t, url+"/sub/feed?topic=fx.", "Accept: application/x-ndjson")
	if kind := plain.resp.Header.Get("Content-Type"); kind != "text/event-stream; charset=utf-8" {
		t.Error(kind)
	}
	if kind := lines.resp.Header.Get("Content-Type"); kind != "application/x-ndjson" {
		t.Error(kind)
	}
	pub.write([]string{"fx.EURUSD", `{"bid": 1.1}`})
	pub.write([]string{"time", "12:00"})
	pub.write([]string{"eq.X", "two\nlines\r\nevent: gap\rid: 7"})
	plain.wants(`data: ["fx.EURUSD","{\"bid\": 1.1}"]`, `data: ["eq.X","two\nlines\r\nevent: gap\rid: 7"]`)
	json.wants(`data: ["fx.EURUSD",{"bid":1.1}]`, `data: ["time","12:00"]`, `data: ["eq.X","two\nlines\r\nevent: gap\rid: 7"]`)
	text.wants(`data: {"bid": 1.1}`, `data: 12:00`, `data: two`, `data: lines`, `data: event: gap`, `data: id: 7`)
	lines.wants(`{"data":["fx.EURUSD","{\"bid\": 1.1}"]}`)
	for _, l := range []*listener{plain, text, json, lines} {
		l.leave()
	}
	waitFor(t, "the sessions end", func() bool { return b.Stats().Connections == 0 && b.Stats().MemoryHeld == 0 })
}

// TestStreamGoesOn: who says where it was is given what it has missed, and told what nobody has any more.
func TestStreamGoesOn(t *testing.T) {
	t.Parallel()
	pub := startNumbered(t, 0)
	cfg := keepingNamed(names{"feed": {pub.address()}})
	cfg.Gateway.History = func(core.Endpoint) gateway.History { return gateway.History{Messages: 5} }
	b, url := startHTTP(t, cfg)
	first := listen(t, url+"/sub/feed?as=text")
	pub.publish(3, "a")
	var id string
	for range 3 {
		id = first.line()
		first.line()
	}
	if !strings.HasPrefix(id, "id: 3@") {
		t.Fatal(id)
	}
	first.leave()
	pub.publish(4, "a")
	waitFor(t, "the history", func() bool { return b.Stats().Gateway.HistoryMessages == 5 })
	at := strings.TrimPrefix(id, "id: ")
	epoch := strings.TrimPrefix(at, "3")
	for _, second := range []*listener{
		listen(t, url+"/sub/feed", "Last-Event-ID: "+at),
		listen(t, url+"/sub/feed?since="+at),
		listen(t, url+"/sub/feed?since=1"+epoch, "Last-Event-ID: "+at),
	} {
		for n := range 4 {
			id := second.line()
			for !strings.HasPrefix(id, "id: ") || strings.HasPrefix(id, "id: 3@") { // where it stands
				id = second.line()
			}
			if want := "id: " + string(rune('4'+n)) + epoch; id != want {
				t.Fatalf("got %s, want %s", id, want)
			}
			second.line()
		}
		second.leave()
	}
	late := listen(t, url+"/sub/feed?since=0"+epoch)
	late.wants("id: 2"+epoch, "event: gap", `data: {"missed":2,"code":"lost"}`) // whoever has heard of it goes on behind it
	other := listen(t, url+"/sub/feed?since=3@another")
	if id := other.line(); id != "id: 2"+epoch { // all that is kept comes after it
		t.Errorf("a gap of unknown size is at %s", id)
	}
	other.wants("event: gap", `data: {"missed":0,"code":"lost"}`)
}

func TestStreamsThatMayNotBe(t *testing.T) {
	t.Parallel()
	pub := startPeer(t, "pub", 0)
	cfg := names{"feed": {pub.address()}}.config()
	allowed := cfg.ZMQAllowed
	cfg.ZMQAllowed = func(ctx context.Context, a Access) error {
		if a.Subscribe && string(a.Prefix) == "secret" {
			return core.NewError(core.Denied, "not this topic")
		}
		return allowed(ctx, a)
	}
	cfg.Flow = func(Access) Flow { return Flow{Overflow: core.DropOldest, Allow: []core.Overflow{core.Conflate}} }
	_, url := startHTTP(t, cfg)
	for query, code := range map[string]string{
		"feed?topic=secret":         "denied",
		"feed?topic=a&topic=secret": "denied",
		"nothing":                   "denied",
		"feed?overflow=close":       "denied",
		"feed?overflow=none":        "invalid",
		"feed?rate=fast":            "invalid",
		"feed?rate=0":               "invalid",
		"feed?rate=NaN":             "invalid",
		"feed?since=1":              "invalid",
		"feed?since=x@y":            "invalid",
		"feed?as=xml":               "invalid",
		"feed?topics=a":             "invalid",
	} {
		if got := askHTTP(t, "GET", url+"/sub/"+query, ""); got.code() != code {
			t.Errorf("%s: %d %s", query, got.status, got.body)
		}
	}
}

// TestStreamOfABackendThatIsAway: it begins, and says so.
func TestStreamOfABackendThatIsAway(t *testing.T) {
	t.Parallel()
	port := freePort(t)
	cfg := names{"feed": {"tcp://127.0.0.1:" + strconv.Itoa(port)}}.config()
	cfg.Gateway.BackoffMin, cfg.Gateway.BackoffMax = 5*time.Millisecond, 20*time.Millisecond
	_, url := startHTTP(t, cfg)
	l := listen(t, url+"/sub/feed?as=text")
	l.wants("event: down")
	if got := l.line(); !strings.Contains(got, `"code":"unavailable"`) || strings.Contains(got, strconv.Itoa(port)) {
		t.Errorf("%s", got)
	}
	pub := startPeer(t, "pub", port)
	l.wants("event: up", "data: {}")
	pub.write([]string{"hello"})
	l.wants("data: hello")
}

// TestStreamOfAReaderThatDoesNotRead: it misses messages as its policy says, is told how many, and holds up nobody.
func TestStreamOfASlowReader(t *testing.T) {
	t.Parallel()
	pub := startPeer(t, "peer", 0, "--type", "PUB")
	cfg := names{"feed": {pub.address()}}.config()
	cfg.HWM = 100
	b, url := startHTTP(t, cfg)
	conn, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.Write([]byte("GET /sub/feed?as=text&overflow=drop-oldest HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")); err != nil {
		t.Fatal(err)
	}
	waitFor(t, "the subscription", func() bool { return b.Stats().Subscriptions == 1 })
	brisk := listen(t, url+"/sub/feed?as=text&topic=last")
	large := strings.Repeat("x", 64<<10)
	for range 600 {
		pub.write([]string{large})
	}
	pub.write([]string{"last"})
	brisk.wants("data: last")
	waitFor(t, "messages are dropped", func() bool { return b.Stats().DroppedBy["drop-oldest"] > 0 })
	if held := b.Stats().MemoryHeld; held > 16<<20 {
		t.Errorf("%d bytes are held", held)
	}
	conn.SetReadDeadline(time.Now().Add(patience))
	scanner := bufio.NewScanner(conn)
	scanner.Buffer(nil, 1<<20)
	var seen []string
	for scanner.Scan() && !slices.Contains(seen, "data: last") {
		if line := scanner.Text(); !strings.HasPrefix(line, "data: x") {
			seen = append(seen, line)
		}
	}
	if !slices.Contains(seen, "event: gap") || !slices.Contains(seen, "data: last") {
		t.Errorf("the slow one sees %q", seen)
	}
}

// TestStreamIsAskedToLeave: the bridge that shuts down ends it, and the reader goes on at another.
func TestStreamIsAskedToLeave(t *testing.T) {
	t.Parallel()
	pub := startPeer(t, "pub", 0)
	b, url := startHTTP(t, names{"feed": {pub.address()}}.config())
	l := listen(t, url+"/sub/feed")
	drained := make(chan error, 1)
	go func() { drained <- b.Drain(t.Context(), 50*time.Millisecond) }()
	if got := l.line(); got != "" && got != "event: closed" {
		t.Errorf("%s", got)
	}
	if err := <-drained; err != nil {
		t.Error(err)
	}
	if got := askHTTP(t, "GET", url+"/sub/feed", ""); got.status != 503 || got.header.Get("Retry-After") == "" {
		t.Errorf("who comes then: %d %s", got.status, got.body)
	}
}

func TestStreamBeats(t *testing.T) {
	t.Parallel()
	pub := startPeer(t, "pub", 0)
	cfg := names{"feed": {pub.address()}}.config()
	cfg.Heartbeat = 200 * time.Millisecond
	_, url := startHTTP(t, cfg)
	l := listen(t, url+"/sub/feed")
	beats := 0
	for line := range l.lines {
		if line == ":" {
			beats++
		}
		if beats == 4 { // it is still there after two heartbeats of the session
			return
		}
	}
	t.Errorf("%d beats", beats)
}
