package bench

import (
	"bytes"
	"encoding/binary"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// asServer takes the mask off messages that appendMessage has made: it is all zeros.
func asServer(opcode byte, payload []byte) []byte {
	m := appendMessage(nil, opcode, payload)
	head := m[:len(m)-len(payload)-4]
	head[1] &^= 0x80
	return append(bytes.Clone(head), payload...)
}

// TestStream: whatever pieces the bytes come in, the units are the same.
func TestStream(t *testing.T) {
	frames := core.AppendFrame(nil, &core.Frame{Kind: core.KindPong, ID: 1})
	frames = core.AppendFrame(frames, &core.Frame{Kind: core.KindMessage, Socket: 1, Parts: core.Message{bytes.Repeat([]byte("m"), 300)}})
	var wire []byte
	wire = append(wire, asServer(opBinary, frames)...)
	wire = append(wire, asServer(opPing, []byte("hello"))...)
	wire = append(wire, asServer(opPing, nil)...)
	wire = append(wire, asServer(opBinary, bytes.Repeat(frames, 300))...) // longer than 64 KiB
	for _, step := range []int{1, 2, 3, 7, 100, 1000, len(wire)} {
		s := stream{buf: make([]byte, 16), unit: wholeFrame}
		var units, pings int
		for rest := wire; len(rest) > 0; {
			n := copy(s.room(), rest[:min(step, len(rest))])
			s.to, rest = s.to+n, rest[n:]
			for {
				opcode, unit, err := s.next()
				if err != nil {
					t.Fatal(err)
				}
				if opcode == 0 {
					break
				}
				if opcode == opPing {
					pings++
					continue
				}
				if more, err := core.ParseFrame(unit, new(core.Frame)); err != nil || len(more) > 0 {
					t.Fatalf("not one frame: %v", err)
				}
				units++
			}
		}
		if units != 602 || pings != 2 || s.left != 0 || s.from != s.to {
			t.Errorf("in pieces of %d: %d frames and %d pings", step, units, pings)
		}
	}
}

func TestStreamRefuses(t *testing.T) {
	for name, wire := range map[string][]byte{
		"a masked message":             appendMessage(nil, opBinary, []byte("x")),
		"a message over the limit":     append([]byte{0x82, 127}, binary.BigEndian.AppendUint64(nil, maxUnit+1)...),
		"a frame beyond its message":   asServer(opBinary, []byte{5, 1}),
		"a frame without a kind":       asServer(opBinary, []byte{0}),
		"a size that is not a uvarint": asServer(opBinary, bytes.Repeat([]byte{0xff}, 11)),
	} {
		s := stream{buf: bytes.Clone(wire), to: len(wire), unit: wholeFrame}
		if _, _, err := s.next(); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

func TestMark(t *testing.T) {
	payload := blank(64)
	putMark(payload, 123, 456)
	if at, number, ok := readMark(append([]byte("before"), payload...)); !ok || at != 123 || number != 456 {
		t.Errorf("%d %d %v", at, number, ok)
	}
	if _, _, ok := readMark(blank(64)); ok {
		t.Error("there is none")
	}
	if _, _, ok := readMark(nil); ok {
		t.Error("there is none in nothing")
	}
}

// TestQuestions: an answer that is late holds up no others, and none is taken twice.
func TestQuestions(t *testing.T) {
	var q questions
	q.init(2)
	late := q.next(1)
	for range 100 {
		id := q.next(2)
		if at, ok := q.answered(id); !ok || at != 2 {
			t.Fatalf("request %d was sent at %d, %v", id, at, ok)
		}
		if _, ok := q.answered(id); ok {
			t.Fatalf("request %d is answered twice", id)
		}
	}
	if q.pending != 1 || q.unanswered(1) != 1 || q.unanswered(2) != 0 {
		t.Errorf("%d pending", q.pending)
	}
	if at, ok := q.answered(late); !ok || at != 1 {
		t.Error("the late one is forgotten")
	}
}

func TestTarget(t *testing.T) {
	for text, want := range map[string]string{
		"ws://127.0.0.1:8000/data": "127.0.0.1:8000", "http://host": "host:80", "wss://host/zwb/data": "host:443", "ws://[::1]:80/data": "[::1]:80",
	} {
		if got, err := newTarget(text, false); err != nil || got.address != want {
			t.Errorf("%s is at %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "localhost:8000", "tcp://127.0.0.1:5555", "ws://", "%"} {
		if _, err := newTarget(text, false); err == nil {
			t.Errorf("%q is a bridge", text)
		}
	}
}
