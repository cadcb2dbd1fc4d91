package server

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// TestOldClient: a page of before there were capabilities is served as it was then. What it really said is said to today's
// bridge, with libzmq behind it, and the answers are those of then.
func TestOldClient(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../core/testdata/old.txt")
	if err != nil {
		t.Fatal(err)
	}
	_, url := startBridge(t, allowAll(Config{}))
	r := &recording{t: t, ports: make(map[string]int), peers: make(map[string]*peer)}
	for line := range strings.Lines(string(text)) {
		word, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		r.line = strings.TrimSpace(line)
		switch word {
		case "peer":
			r.start(strings.Fields(rest))
		case "dial":
			r.conn = &frameConn{t: t, conn: dialMute(t, url)}
		case "cut":
			r.conn.conn.Drop()
		case "client":
			r.say(r.decode(rest))
		case "bridge":
			r.wantAll(r.decode(rest))
		case "tell":
			port, message, _ := strings.Cut(rest, " ")
			r.peers[port].tell(r.words(message)...)
		case "hear":
			port, message, _ := strings.Cut(rest, " ")
			if got, want := r.peers[port].hear(), r.words(message); !slices.Equal(got, want) {
				t.Errorf("%s: the backend got %q", r.line, got)
			}
		}
	}
	r.conn.send(core.Frame{Kind: core.KindPing, ID: 7})
	for r.next().Kind != core.KindPong {
	}
}

// recording is the old client, and what is around it.
type recording struct {
	t     *testing.T
	line  string
	ports map[string]int   // those of now, by those of then
	peers map[string]*peer // by the port of then
	conn  *frameConn
	token []byte
	seen  uint64       // numbered frames of the bridge
	came  []core.Frame // frames of the bridge that the recording has not come to yet
}

// start starts a backend. One that binds chooses its port; one that only asks connects to where the bridge listens.
func (r *recording) start(words []string) {
	r.t.Helper()
	then, role, args := words[0], words[1], words[2:]
	p := startPeer(r.t, role, r.ports[then], args...)
	r.peers[then], r.ports[then] = p, p.port
}

// port is the one that stands for a port of then. Where there is no backend, the bridge listens.
func (r *recording) port(then string) int {
	r.t.Helper()
	if r.ports[then] == 0 {
		r.ports[then] = freePort(r.t)
	}
	return r.ports[then]
}

func (r *recording) decode(line string) []byte {
	r.t.Helper()
	digits, _, _ := strings.Cut(line, " ")
	batch, err := hex.DecodeString(digits)
	if err != nil {
		r.t.Fatal(err)
	}
	return batch
}

func (r *recording) words(message string) (parts []string) {
	r.t.Helper()
	if err := json.Unmarshal([]byte(message), &parts); err != nil {
		r.t.Fatal(err)
	}
	return parts
}

// say sends a batch of the client. Other than then are only the ports, the token, and how many frames the client got.
func (r *recording) say(batch []byte) {
	r.t.Helper()
	var now []byte
	for _, then := range split(r.t, batch) {
		f := then
		switch f.Kind {
		case core.KindAck:
			f.Seq = r.seen
		case core.KindHello:
			f.Seq, f.Name = r.seen, r.token
		case core.KindOpen:
			host, port, _ := bytes.Cut(f.Text, []byte("127.0.0.1:"))
			f.Text = fmt.Appendf(nil, "%s127.0.0.1:%d", host, r.port(string(port)))
		}
		now = core.AppendFrame(now, &f)
	}
	if err := r.conn.conn.Write(r.t.Context(), now); err != nil {
		r.t.Fatalf("%s: %v", r.line, err)
	}
}

// wantAll waits for what the bridge of then sent. How it acknowledges and grants is its own business.
func (r *recording) wantAll(batch []byte) {
	r.t.Helper()
	for _, f := range split(r.t, batch) {
		switch f.Kind {
		case core.KindAck, core.KindCredit:
		case core.KindWelcome:
			r.welcomed(f.Flags & core.FlagResumed)
		default:
			r.want(&f)
		}
	}
}

func (r *recording) welcomed(resumed uint64) {
	r.t.Helper()
	f := r.next()
	if f.Kind != core.KindWelcome || f.Flags&core.FlagResumed != resumed {
		r.t.Fatalf("%s: the bridge answers %v with the flags %b", r.line, f.Kind, f.Flags)
	}
	r.token = f.Name
}

// want takes a frame out of those that have come.
func (r *recording) want(f *core.Frame) {
	r.t.Helper()
	same := func(g core.Frame) bool {
		return g.Kind == f.Kind && g.Socket == f.Socket && g.ID == f.ID && g.Code == f.Code && bytes.Equal(g.Body, f.Body)
	}
	for {
		if i := slices.IndexFunc(r.came, same); i >= 0 {
			r.came = slices.Delete(r.came, i, i+1)
			return
		}
		r.came = append(r.came, r.next())
	}
}

// next is the next frame of the bridge. An old client knows no kind above Recover, and gets no answer to Close.
func (r *recording) next() core.Frame {
	r.t.Helper()
	f := r.conn.frame()
	if r.conn.err != nil {
		r.t.Fatalf("%s: %v", r.line, r.conn.err)
	}
	if f.Kind > core.KindRecover || f.Kind == core.KindClosed {
		r.t.Errorf("%s: the bridge sent %v", r.line, f.Kind)
	}
	if f.Kind.Numbered() {
		r.seen++
	}
	return f
}

// split parses a batch.
func split(t *testing.T, batch []byte) []core.Frame {
	t.Helper()
	c := &frameConn{t: t}
	c.split(batch)
	return c.frames
}
