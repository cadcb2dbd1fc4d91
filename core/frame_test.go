package core

import (
	"bytes"
	"encoding/binary"
	"math/rand/v2"
	"reflect"
	"testing"
)

// kinds yields every kind this version defines.
func kinds(yield func(Kind) bool) {
	for kind := range kindEnd {
		if kind.Known() && !yield(kind) {
			return
		}
	}
}

// edges are the numbers at which the length of a varint changes, their neighbours, and the ends of the ranges.
var edges = []uint64{0, 1, 127, 128, 1<<14 - 1, 1 << 14, 1<<21 - 1, 1 << 21, 1<<32 - 1, 1 << 32, 1<<56 - 1, 1 << 56, 1<<63 - 1, 1 << 63, 1<<64 - 1}

// edgeFrames yields frames for every field of every kind: that field has each of the edges, and the other fields are small.
func edgeFrames(yield func(Frame) bool) {
	for kind := range kinds {
		base := Frame{Kind: kind}
		for _, fd := range layouts[kind].fields {
			switch fd {
			case fSocket:
				base.Socket = 1
			case fBody:
				base.Body = EncodeBody(Message{nil})
			}
		}
		for _, fd := range layouts[kind].fields {
			for _, f := range fieldEdges(base, fd) {
				if !yield(f) {
					return
				}
			}
		}
	}
}

func fieldEdges(base Frame, fd field) (frames []Frame) {
	add := func(change func(*Frame)) {
		f := base
		change(&f)
		frames = append(frames, f)
	}
	switch fd {
	case fName, fText, fParams:
		for _, n := range []uint64{0, 1, 127, 128, fieldLimit(fd) - 1, fieldLimit(fd)} {
			add(func(f *Frame) { *f.bytes(fd) = bytes.Repeat([]byte{0xa5}, int(n)) })
		}
	case fBody:
		for _, n := range []int{0, 1, 127, 128, 1<<14 - 1, 1 << 14, 1 << 20} {
			add(func(f *Frame) { f.Body = EncodeBody(Message{make([]byte, n)}) })
			add(func(f *Frame) { f.Body = EncodeBody(Message{make([]byte, n), nil, make([]byte, n)}) })
		}
	default:
		for _, v := range edges {
			add(func(f *Frame) {
				if f.setNumber(fd, v) != nil {
					*f = base // out of the field's range
				}
			})
		}
	}
	return frames
}

func randomFrame(rnd *rand.Rand, kind Kind) Frame {
	f := Frame{Kind: kind}
	for _, fd := range layouts[kind].fields {
		switch fd {
		case fName, fText, fParams:
			*f.bytes(fd) = randomBytes(rnd, int(min(fieldLimit(fd), 300)))
		case fBody:
			f.Body = EncodeBody(randomMessage(rnd))
		case fSocket:
			f.Socket = uint32(1 + rnd.Uint64N(1<<rnd.UintN(33)))
			f.Socket = max(1, f.Socket)
		case fType:
			f.Type = SocketType(rnd.UintN(256))
		case fCode:
			f.Code = Code(rnd.UintN(256))
		default:
			if err := f.setNumber(fd, rnd.Uint64()>>rnd.UintN(64)); err != nil {
				panic(err)
			}
		}
	}
	return f
}

func randomMessage(rnd *rand.Rand) Message {
	m := make(Message, 1+rnd.IntN(5))
	for i := range m {
		m[i] = randomBytes(rnd, 300)
	}
	return m
}

func randomBytes(rnd *rand.Rand, limit int) []byte {
	b := make([]byte, rnd.IntN(limit+1))
	for i := range b {
		b[i] = byte(rnd.Uint32())
	}
	return b
}

// sameFrame compares frames as the wire sees them: nil and empty bytes are the same.
func sameFrame(a, b Frame) bool {
	for _, f := range []*Frame{&a, &b} {
		for _, field := range []*[]byte{&f.Name, &f.Text, &f.Params, (*[]byte)(&f.Body)} {
			if len(*field) == 0 {
				*field = nil
			}
		}
	}
	return reflect.DeepEqual(a, b)
}

func checkFrameRoundTrip(t *testing.T, f Frame) {
	t.Helper()
	wire := AppendFrame(nil, &f)
	if _, n := binary.Uvarint(wire); len(wire) != n+1+f.fieldsSize() {
		t.Fatalf("%v: %d bytes, fieldsSize says %d", f.Kind, len(wire), f.fieldsSize())
	}
	var got Frame
	rest, err := ParseFrame(append(wire, "rest"...), &got)
	if err != nil || string(rest) != "rest" {
		t.Fatalf("%v: %v, rest %q\nframe %+v", f.Kind, err, rest, f)
	}
	if !sameFrame(got, f) {
		t.Fatalf("parsed %+v\n    from %+v", got, f)
	}
}

func TestFrameRoundTripAtTheEdges(t *testing.T) {
	for f := range edgeFrames {
		checkFrameRoundTrip(t, f)
	}
}

func TestFrameRoundTripRandom(t *testing.T) {
	rnd := rand.New(rand.NewPCG(2, 3))
	for kind := range kinds {
		for range 400 {
			checkFrameRoundTrip(t, randomFrame(rnd, kind))
		}
	}
}

// A frame with Parts is encoded like one with the Body of the same message.
func TestFrameFromParts(t *testing.T) {
	m := Message{[]byte("time"), nil, []byte("12:00")}
	parts := AppendFrame(nil, &Frame{Kind: KindReply, Socket: 1, ID: 2, Parts: m})
	body := AppendFrame(nil, &Frame{Kind: KindReply, Socket: 1, ID: 2, Body: EncodeBody(m)})
	if !bytes.Equal(parts, body) {
		t.Errorf("from parts %x, from the body %x", parts, body)
	}
}

func TestFrameFieldLimits(t *testing.T) {
	for kind := range kinds {
		for _, fd := range layouts[kind].fields {
			f := Frame{Kind: kind, Socket: 1}
			var want Code
			switch fd {
			case fName, fText, fParams:
				*f.bytes(fd) = make([]byte, fieldLimit(fd)+1)
				want = TooLarge
			case fSocket:
				f.Socket = 0
				want = Protocol
			default:
				continue
			}
			if _, err := ParseFrame(AppendFrame(nil, &f), new(Frame)); CodeOf(err) != want {
				t.Errorf("%v with field %d out of its limits: %v, want %v", kind, fd, err, want)
			}
		}
	}
	for _, fd := range []field{fType, fCode} {
		if err := new(Frame).setNumber(fd, 256); CodeOf(err) != Protocol {
			t.Errorf("256 in field %d: %v", fd, err)
		}
	}
	if err := new(Frame).setNumber(fSocket, 1<<32); CodeOf(err) != Protocol {
		t.Errorf("socket 2^32: %v", err)
	}
}

// Wherever a frame is cut short, on the wire or inside its own length, nothing is read beyond its end.
func TestFrameCut(t *testing.T) {
	rnd := rand.New(rand.NewPCG(4, 5))
	for kind := range kinds {
		f := randomFrame(rnd, kind)
		wire := AppendFrame(nil, &f)
		for n := range wire {
			if _, err := ParseFrame(wire[:n:n], new(Frame)); err == nil {
				t.Fatalf("%v of %d bytes parsed after %d", kind, len(wire), n)
			}
		}
		_, fields, _, err := SplitFrame(wire)
		if err != nil {
			t.Fatal(err)
		}
		older := f // as an end writes it that does not have the optional field
		if optionalFields[kind] > 0 {
			last := layouts[kind].fields[len(layouts[kind].fields)-1]
			if last == fText {
				older.Text = nil
			} else if err := older.setNumber(last, 0); err != nil {
				t.Fatal(err)
			}
		}
		hasBody := layouts[kind].fields[len(layouts[kind].fields)-1] == fBody
		for n := range fields {
			if err := new(Frame).ParseFields(kind, fields[:n:n]); err == nil && !hasBody && n != older.fieldsSize() {
				t.Fatalf("%v parsed from %d of %d bytes of fields", kind, n, len(fields))
			}
		}
	}
}

// A newer version may have added fields at the end of a frame. A frame that ends with a body has no room for them.
func TestFrameWithMoreFields(t *testing.T) {
	f := Frame{Kind: KindSubscribed, Socket: 1, ID: 2}
	fields := binary.AppendUvarint(AppendFrame(nil, &f)[2:], 99)
	var got Frame
	if err := got.ParseFields(f.Kind, fields); err != nil || !sameFrame(got, f) {
		t.Errorf("parsed %+v, %v", got, err)
	}
}

func TestFrameAliasesItsInput(t *testing.T) {
	wire := AppendFrame(nil, &Frame{Kind: KindOpen, Socket: 1, Name: []byte("nnn"), Text: []byte("ttt"), Params: []byte("ppp")})
	var f Frame
	if _, err := ParseFrame(wire, &f); err != nil {
		t.Fatal(err)
	}
	for i := range wire {
		wire[i] = 'X'
	}
	for _, b := range [][]byte{f.Name, f.Text, f.Params} {
		if string(b) != "XXX" {
			t.Errorf("a field was copied: %q", b)
		}
		if cap(b) != len(b) {
			t.Error("appending to a field would overwrite the next one")
		}
	}
}

// PROTOCOL.md promises that a short SUB message of two parts costs at most 6 bytes more than its payload.
func TestOverhead(t *testing.T) {
	for _, m := range []Message{
		{nil, nil},
		{[]byte("time"), []byte("12:00:00")},
		{[]byte("fx.EURUSD"), []byte(`{"bid":1.08312,"ask":1.08314,"time":"2026-01-01T12:00:00Z"}`)},
		{make([]byte, 127), make([]byte, 10_000)},
	} {
		for _, socket := range []uint32{1, 127} {
			wire := AppendFrame(nil, &Frame{Kind: KindMessage, Socket: socket, Parts: m})
			overhead := len(wire) - m.Size()
			if want := 5; m.Size() < 120 && overhead != want {
				t.Errorf("socket %d, %d bytes of payload: overhead %d, want %d", socket, m.Size(), overhead, want)
			}
			if overhead > 6 {
				t.Errorf("socket %d, %d bytes of payload: overhead %d", socket, m.Size(), overhead)
			}
		}
	}
}

func TestKinds(t *testing.T) {
	for kind := range kinds {
		if kind.Numbered() != (kind >= 0x20) {
			t.Errorf("%v: numbered %v", kind, kind.Numbered())
		}
	}
	for _, kind := range []Kind{0, 0x1f, kindEnd, 0xff} {
		if kind.Known() {
			t.Errorf("%v is known", kind)
		}
	}
	if got := Kind(0xff).String(); got != "kind 255" {
		t.Errorf("an unknown kind reads %q", got)
	}
}
