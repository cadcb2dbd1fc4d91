package client_test

import (
	"encoding/hex"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// TestOldBridge: today's client says to a bridge of before there were capabilities what the client of that time said, and
// understands what such a bridge really said.
func TestOldBridge(t *testing.T) {
	text, err := os.ReadFile("../testdata/old.txt")
	if err != nil {
		t.Fatal(err)
	}
	o := &oldBridge{t: t}
	o.client = client.New(client.Config{Agent: "zmq-web-bridge js"}, func(e *client.Event) {
		o.events = append(o.events, eventText(e))
	})
	for line := range strings.Lines(string(text)) {
		switch word, rest, _ := strings.Cut(strings.TrimSpace(line), " "); word {
		case "dial":
			o.client.Start(0)
		case "cut":
			o.client.Stop(core.NewError(core.Lost, "cut"))
		case "client":
			o.says(o.split(bytesOf(t, rest)))
		case "bridge":
			o.hears(bytesOf(t, rest))
		}
	}
}

// oldBridge is the recording of an old bridge, with a client of today.
type oldBridge struct {
	t      *testing.T
	client *client.Client
	events []string
}

// bytesOf are those of a line of the recording.
func bytesOf(t *testing.T, line string) []byte {
	t.Helper()
	digits, _, _ := strings.Cut(line, " ")
	batch, err := hex.DecodeString(digits)
	if err != nil {
		t.Fatal(err)
	}
	return batch
}

// split parses a batch, and leaves out what an end may send when it likes.
func (o *oldBridge) split(batch []byte) (frames []core.Frame) {
	o.t.Helper()
	for len(batch) > 0 {
		kind, fields, rest, err := core.SplitFrame(batch)
		var f core.Frame
		if err == nil {
			err = f.ParseFields(kind, fields)
		}
		if err != nil {
			o.t.Fatal(err)
		}
		if batch = rest; kind != core.KindAck && kind != core.KindCredit {
			frames = append(frames, f)
		}
	}
	return frames
}

// says makes the client do what the old one had done, and compares the bytes.
func (o *oldBridge) says(want []core.Frame) {
	o.t.Helper()
	for i := range want {
		if err := o.do(&want[i]); err != nil {
			o.t.Fatalf("%v %d: %v", want[i].Kind, want[i].Socket, err)
		}
	}
	got := o.split(slices.Clone(o.client.Take(nil, 0)))
	for i := range got {
		if got[i].Kind == core.KindHello {
			got[i].Flags = 0 // that it has capabilities is all that is new
		}
	}
	if g, w := hexOf(got), hexOf(want); !slices.Equal(g, w) {
		o.t.Errorf("the client says\n  %s\nthe old one said\n  %s", strings.Join(g, "\n  "), strings.Join(w, "\n  "))
	}
}

func hexOf(frames []core.Frame) (lines []string) {
	for i := range frames {
		lines = append(lines, frames[i].Kind.String()+" "+hex.EncodeToString(core.AppendFrame(nil, &frames[i])))
	}
	return lines
}

// parts are those of a frame that was parsed before.
func parts(f *core.Frame) core.Message {
	m, _ := f.Body.Parts(nil)
	return m
}

// do is the call that makes a client send f.
func (o *oldBridge) do(f *core.Frame) (err error) {
	c := o.client
	switch f.Kind {
	case core.KindOpen:
		if _, err = c.NewSocket(f.Type, f.Name); err != nil {
			return err
		}
		connect := c.Connect
		if f.Flags&core.FlagBind != 0 {
			connect = c.Bind
		}
		_, err = connect(f.Socket, string(f.Text), f.Params)
	case core.KindSubscribe:
		_, err = c.Subscribe(f.Socket, f.Name, client.SubscribeOptions{})
	case core.KindUnsubscribe:
		err = c.Unsubscribe(f.Socket, f.ID)
	case core.KindMessage:
		err = c.Send(f.Socket, parts(f))
	case core.KindRequest:
		_, err = c.Request(f.Socket, parts(f), client.RequestOptions{Timeout: time.Duration(f.Millis) * time.Millisecond}, 0)
	case core.KindReply:
		err = c.Reply(f.Socket, f.ID, parts(f))
	case core.KindClose:
		if _, err := c.Disconnect(f.Socket, 1); core.CodeOf(err) != core.Unsupported {
			o.t.Errorf("disconnecting socket %d: %v", f.Socket, err)
		}
		if c.CloseWithin(f.Socket, time.Second, true, 0) {
			o.t.Errorf("socket %d waits for an answer to Close", f.Socket)
		}
	}
	return err
}

// hears lets the client hear the old bridge. Every frame that is not about the connection alone is an event.
func (o *oldBridge) hears(batch []byte) {
	o.t.Helper()
	var want []string
	for _, f := range o.split(batch) {
		want = append(want, o.eventOf(&f))
	}
	if err := o.client.Feed(batch, 0); err != nil {
		o.t.Fatalf("%x: %v", batch, err)
	}
	if !slices.Equal(o.events, want) {
		o.t.Errorf("events %q, want %q", o.events, want)
	}
	o.events = nil
}

// eventOf is the text of the event that a frame has to become.
func (o *oldBridge) eventOf(f *core.Frame) string {
	if f.Kind == core.KindWelcome {
		return map[uint64]string{0: "ready", core.FlagResumed: "resumed"}[f.Flags]
	}
	s := strings.ToLower(f.Kind.String()) + " " + strconv.Itoa(int(f.Socket))
	if f.ID != 0 {
		s += "/" + strconv.FormatUint(f.ID, 10)
	}
	if m := parts(f); m != nil {
		s += " " + messageText(m)
	}
	return s
}
