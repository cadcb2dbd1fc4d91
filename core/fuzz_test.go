package core_test

import (
	"bytes"
	"slices"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/vectors"
)

// FuzzParseFrame checks that a frame that can be parsed is written and parsed again to the same frame.
func FuzzParseFrame(f *testing.F) {
	v := vectors.Load(f)
	for _, frame := range v.Frames {
		f.Add([]byte(frame.Hex))
	}
	for _, m := range v.Malformed {
		f.Add([]byte(m.Hex))
	}
	f.Fuzz(func(t *testing.T, wire []byte) {
		var got core.Frame
		rest, err := core.ParseFrame(wire, &got)
		if err != nil {
			if core.CodeOf(err) != core.Protocol && core.CodeOf(err) != core.TooLarge {
				t.Errorf("error %v", err)
			}
			return
		}
		if len(rest) >= len(wire) || !bytes.HasSuffix(wire, rest) {
			t.Fatalf("%d of %d bytes are left", len(rest), len(wire))
		}
		if !got.Kind.Known() {
			return
		}
		again := core.AppendFrame(nil, &got)
		if len(again) > len(wire)-len(rest) {
			t.Errorf("the shortest form has %d bytes, %d were read", len(again), len(wire)-len(rest))
		}
		var second core.Frame
		if rest, err := core.ParseFrame(again, &second); err != nil || len(rest) > 0 {
			t.Fatalf("what was written does not parse: %v\n%x", err, again)
		}
		checkSameFrame(t, second, got)
		if !bytes.Equal(second.Body, got.Body) {
			t.Errorf("body %x, want %x", second.Body, got.Body)
		}
	})
}

// FuzzBody checks that parts come from inside the body, and that they make the same message again.
func FuzzBody(f *testing.F) {
	for _, m := range []core.Message{message(""), message("a"), message("", "", ""), message("topic", "body")} {
		f.Add([]byte(core.EncodeBody(m)))
	}
	f.Add([]byte{0x82, 0, 0x81, 0, 'a', 'b'})
	f.Add([]byte{3, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 1, 'a'})
	f.Fuzz(func(t *testing.T, wire []byte) {
		m, err := core.Body(wire).Parts(nil)
		lengths, payload, alike := core.Body(wire).Lengths(nil)
		if (err == nil) != (alike == nil) {
			t.Fatalf("Parts: %v, Lengths: %v", err, alike)
		}
		if err != nil {
			return
		}
		for i, n := range lengths {
			if i >= len(m) || !bytes.Equal(payload[:n], m[i]) {
				t.Fatalf("part %d of %q is %q by its length", i, m, payload[:n])
			}
			payload = payload[n:]
		}
		if len(lengths) != len(m) || len(payload) > 0 {
			t.Fatalf("%d lengths of %d parts, %d bytes are left", len(lengths), len(m), len(payload))
		}
		if len(m) == 0 || len(m) > core.MaxParts || m.Size() > len(wire) {
			t.Fatalf("%d parts of %d bytes from a body of %d", len(m), m.Size(), len(wire))
		}
		again, err := core.EncodeBody(m).Parts(nil)
		if err != nil || !slices.EqualFunc(again, m, bytes.Equal) {
			t.Errorf("%q came back as %q, %v", m, again, err)
		}
	})
}

// FuzzSessionFeed checks that one end survives whatever it is sent, that it answers in whole frames, and that it does not
// answer more than it was asked.
func FuzzSessionFeed(f *testing.F) {
	v := vectors.Load(f)
	for _, e := range v.Conversation {
		f.Add(e.From == "client", []byte(e.Hex), []byte(nil))
	}
	for i := range len(v.Conversation) - 2 {
		f.Add(v.Conversation[i].From == "client", []byte(v.Conversation[i].Hex), []byte(v.Conversation[i+2].Hex))
	}
	for _, m := range v.Malformed {
		f.Add(m.To == "bridge", []byte(v.Conversation[0].Hex), []byte(m.Hex))
	}
	f.Fuzz(func(t *testing.T, bridge bool, first, second []byte) {
		s := core.NewSession(core.SessionConfig{Bridge: bridge}, 0)
		handle := func(fr *core.Frame) error {
			turnedAway := !bridge && fr.Kind == core.KindGoAway // which comes instead of Welcome
			if !s.Open() && fr.Kind != core.KindHello && !turnedAway {
				t.Errorf("%v was handed on before the session was open", fr.Kind)
			}
			if fr.Kind == core.KindHello {
				s.Welcome()
			}
			return nil
		}
		for i, batch := range [][]byte{first, second} {
			before := s.Queued()
			if err := s.Feed(batch, time.Duration(i), handle); err != nil {
				if _, ok := err.(*core.CloseError); !ok {
					t.Errorf("error %v (%T)", err, err)
				}
				break
			}
			if grown := s.Queued() - before; grown > len(batch)+64 { // Welcome, and one Pong for each Ping
				t.Errorf("%d bytes made it say %d", len(batch), grown)
			}
		}
		for answer := s.Take(nil, 2); len(answer) > 0; answer = s.Take(nil, 2) {
			vectors.Kinds(t, answer)
		}
	})
}

// FuzzEndpoint checks that a string is an endpoint with one canonical form, or an error with a code and with a text that is
// safe to show.
func FuzzEndpoint(f *testing.F) {
	for _, tt := range malformedEndpoints {
		f.Add(tt.in)
	}
	for _, s := range []string{"tcp://127.0.0.1:10001", "TCP://LocalHost:1", "tcp://[::ffff:1.2.3.4]:1", "ipc:///tmp/feed", "ipc://@x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		e, err := core.ParseEndpoint(s)
		if err != nil {
			if code := core.CodeOf(err); code != core.Invalid && code != core.Unsupported {
				t.Errorf("%q: code %v", s, code)
			}
			if e != (core.Endpoint{}) || len(err.Error()) > 600 {
				t.Errorf("%q: %+v, a text of %d bytes", s, e, len(err.Error()))
			}
			return
		}
		checkCanonical(t, e)
		for _, r := range e.String() {
			if e.Transport == "tcp" && (r <= ' ' || r > '~') {
				t.Errorf("%q: host %q", s, e.Host)
			}
		}
	})
}
