package client_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// world is a client's engine and a small bridge. The wire between them delivers at once, and the test sets the clock. What
// the bridge receives, and the events that the client emits, are written down, each as a line of text.
type world struct {
	t      testing.TB
	now    time.Duration
	client *client.Client
	bridge *core.Session // the bridge's end of the WebSocket; nil: there is none

	frames []string
	events []string
	mute   bool // nothing is written down, for tests that count allocations

	onEvent func(*client.Event) // called by the sink, for tests of calling back
	onFrame func(*core.Frame)   // called by the bridge, for tests with an application behind it
	onHello func(*core.Frame)   // answers Hello instead of Welcome, for tests of a bridge that keeps sessions
}

// everything is all capabilities, for ends that are to be like older ones.
const everything = ^core.Capability(0)

func newWorld(t testing.TB, cfg client.Config) *world {
	w := &world{t: t, now: time.Hour}
	w.client = client.New(cfg, w.tell)
	return w
}

// tell is the sink of the client.
func (w *world) tell(e *client.Event) {
	if w.mute {
		return
	}
	w.events = append(w.events, eventText(e))
	if w.onEvent != nil {
		w.onEvent(e)
	}
}

// online makes a world whose session is open, and that has written nothing down yet.
func online(t testing.TB, cfg client.Config) *world {
	t.Helper()
	w := newWorld(t, cfg)
	w.connect()
	w.wantFrames("Hello")
	w.wantEvents("ready")
	return w
}

// connect opens a WebSocket and delivers until both ends have nothing more to send.
func (w *world) connect() {
	w.t.Helper()
	w.dial(core.SessionConfig{})
	w.pump()
}

// dial opens a WebSocket on which nothing was delivered yet.
func (w *world) dial(cfg core.SessionConfig) {
	cfg.Bridge = true
	w.bridge = core.NewSession(cfg, w.now)
	w.client.Start(w.now)
}

// cut ends the WebSocket with everything on it.
func (w *world) cut() {
	w.bridge = nil
	w.client.Stop(core.NewError(core.Lost, "cut"))
}

// pump delivers until both ends have nothing more to send.
func (w *world) pump() {
	w.t.Helper()
	for w.bridge != nil {
		up := w.client.Take(nil, w.now)
		down := w.bridge.Take(nil, w.now)
		if len(up)+len(down) == 0 {
			return
		}
		if len(up) > 0 {
			if err := w.bridge.Feed(up, w.now, w.receive); err != nil {
				w.t.Fatalf("bridge: %v", err)
			}
		}
		if len(down) > 0 {
			if err := w.client.Feed(down, w.now); err != nil {
				w.t.Fatalf("client: %v", err)
			}
		}
	}
}

func (w *world) receive(f *core.Frame) error {
	w.frames = append(w.frames, frameText(f))
	switch {
	case f.Kind != core.KindHello:
	case w.onHello != nil:
		w.onHello(f)
	default:
		w.bridge.Welcome()
	}
	if w.onFrame != nil {
		w.onFrame(f)
	}
	return nil
}

// send makes the bridge send these frames.
func (w *world) send(frames ...core.Frame) {
	w.t.Helper()
	for i := range frames {
		if err := w.bridge.Append(&frames[i]); err != nil {
			w.t.Fatalf("bridge: append %v: %v", frames[i].Kind, err)
		}
	}
	w.pump()
}

// sleep moves the clock forward, and calls Tick of both ends whenever they have asked for it.
func (w *world) sleep(d time.Duration) {
	w.t.Helper()
	for end := w.now + d; w.now < end; {
		wake := end
		if at, ok := w.client.Next(); ok {
			wake = min(wake, at)
		}
		if w.bridge != nil {
			wake = min(wake, w.bridge.Next())
		}
		w.now = max(w.now, wake)
		w.tick()
	}
}

func (w *world) tick() {
	w.t.Helper()
	if err := w.client.Tick(w.now); err != nil {
		w.t.Fatalf("client: %v", err)
	}
	if w.bridge != nil {
		if err := w.bridge.Tick(w.now); err != nil {
			w.t.Fatalf("bridge: %v", err)
		}
	}
	w.pump()
}

// wantFrames compares what the bridge received since the last time.
func (w *world) wantFrames(want ...string) {
	w.t.Helper()
	w.want("frames", &w.frames, want)
}

// wantEvents compares the events that the client has emitted since the last time.
func (w *world) wantEvents(want ...string) {
	w.t.Helper()
	w.want("events", &w.events, want)
}

func (w *world) want(what string, got *[]string, want []string) {
	w.t.Helper()
	if !slices.Equal(*got, want) {
		w.t.Errorf("%s:\n  %s\nwant:\n  %s", what, strings.Join(*got, "\n  "), strings.Join(want, "\n  "))
	}
	*got = nil
}

// quiet forgets what was written down so far.
func (w *world) quiet() { w.frames, w.events = nil, nil }

// socket makes a socket that is connected to tcp://backend:<its number> and opened.
func (w *world) socket(t core.SocketType) uint32 {
	w.t.Helper()
	id := w.newSocket(t)
	w.endpoint(id, "tcp://backend:"+strconv.Itoa(int(id)))
	w.pump()
	w.send(core.Frame{Kind: core.KindOpened, Socket: id, ID: 1})
	w.quiet()
	return id
}

func (w *world) newSocket(t core.SocketType) uint32 {
	w.t.Helper()
	id, err := w.client.NewSocket(t, nil)
	w.ok(err)
	return id
}

func (w *world) endpoint(id uint32, address string) {
	w.t.Helper()
	_, err := w.client.Connect(id, address, nil)
	w.ok(err)
}

func (w *world) subscribe(id uint32, prefix string) uint64 {
	w.t.Helper()
	sub, err := w.client.Subscribe(id, []byte(prefix), client.SubscribeOptions{})
	w.ok(err)
	return sub
}

// request asks with the default options.
func (w *world) request(id uint32, parts ...string) uint64 {
	w.t.Helper()
	request, err := w.client.Request(id, message(parts...), client.RequestOptions{}, w.now)
	w.ok(err)
	return request
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// wantCode fails unless err carries the code.
func wantCode(t testing.TB, err error, want core.Code) {
	t.Helper()
	if core.CodeOf(err) != want {
		t.Errorf("error %v, want code %v", err, want)
	}
}

func message(parts ...string) core.Message {
	m := make(core.Message, len(parts))
	for i, p := range parts {
		m[i] = []byte(p)
	}
	return m
}

func body(parts ...string) core.Body { return core.EncodeBody(message(parts...)) }

// frameText writes a frame in one line: its kind, its numbers, and what it carries, as in "Request 1/2 30000ms hello".
func frameText(f *core.Frame) string {
	s := f.Kind.String()
	if f.Socket != 0 {
		s += " " + strconv.Itoa(int(f.Socket))
	}
	if f.ID != 0 {
		s += "/" + strconv.FormatUint(f.ID, 10)
	}
	switch f.Kind {
	case core.KindHello:
		return s
	case core.KindCredentials:
		return s + " " + string(f.Params)
	case core.KindOpen:
		s += " " + f.Type.String() + " " + string(f.Text)
		if f.Flags&core.FlagBind != 0 {
			s += " bind"
		}
		if len(f.Params) > 0 {
			s += " " + string(f.Params)
		}
		if len(f.Name) > 0 {
			s += " as " + string(f.Name)
		}
		return s
	case core.KindSubscribe:
		s += " " + strconv.Quote(string(f.Name))
		if f.Flags != 0 || f.Millis != 0 {
			s += " " + core.OverflowOf(f.Flags).String() + " " + strconv.FormatUint(f.Millis, 10) + "ms"
		}
		return s
	case core.KindClose:
		if f.Millis != 0 {
			s += " " + strconv.FormatUint(f.Millis, 10) + "ms"
		}
		return s
	case core.KindCredit:
		return s + " " + strconv.FormatUint(f.Messages, 10) + "/" + strconv.FormatUint(f.Bytes, 10)
	case core.KindRequest:
		s += " " + strconv.FormatUint(f.Millis, 10) + "ms"
		if f.Flags&core.FlagIdempotent != 0 {
			s += " idempotent"
		}
	}
	if f.Body != nil {
		m, err := f.Body.Parts(nil)
		if err != nil {
			return s + " " + err.Error()
		}
		s += " " + messageText(m)
	}
	return s
}

var eventNames = map[client.EventKind]string{
	client.EventReady: "ready", client.EventDraining: "draining", client.EventOpened: "opened", client.EventRefused: "refused",
	client.EventDown: "down", client.EventUp: "up", client.EventSubscribed: "subscribed", client.EventUnsubscribed: "unsubscribed",
	client.EventMessage: "message", client.EventRequest: "request", client.EventReply: "reply", client.EventFailed: "failed",
	client.EventGap: "gap", client.EventClosed: "closed",
	client.EventWritable: "writable", client.EventResumed: "resumed", client.EventReset: "reset", client.EventTurnedAway: "turned away",
	client.EventRecovered: "recovered", client.EventPositioned: "positioned",
	client.EventDisconnected: "disconnected", client.EventEnded: "ended", client.EventExpiring: "expiring",
}

// eventText writes an event in one line, as in "failed 1/2 timeout". The code has an asterisk when the bridge reported it.
func eventText(e *client.Event) string {
	s := eventNames[e.Kind]
	if e.Socket != 0 {
		s += " " + strconv.Itoa(int(e.Socket))
	}
	if e.ID != 0 {
		s += "/" + strconv.FormatUint(e.ID, 10)
	}
	if e.Missed != 0 {
		s += " missed " + strconv.FormatUint(e.Missed, 10)
	}
	if e.Code != core.OK {
		s += " " + e.Code.String()
		if e.Remote {
			s += "*"
		}
	}
	if e.Parts != nil {
		s += " " + messageText(e.Parts)
	}
	return s
}

func messageText(m core.Message) string {
	parts := make([]string, len(m))
	for i, p := range m {
		if parts[i] = string(p); len(p) > 100 {
			parts[i] = strconv.Itoa(len(p)) + " bytes"
		}
	}
	return strings.Join(parts, "|")
}
