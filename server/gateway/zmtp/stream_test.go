package zmtp

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/iotest"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

// pieces is a connection that gives what there is in pieces of any size.
type pieces struct {
	NopConn
	rest   []byte
	random *rand.Rand // nil: as much as is asked for
}

func (p *pieces) Write(b []byte) (int, error) { return len(b), nil }

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.rest) == 0 {
		return 0, io.EOF
	}
	if p.random != nil && p.random.IntN(3) > 0 {
		b = b[:1+p.random.IntN(len(b))]
	}
	n := copy(b, p.rest)
	p.rest = p.rest[n:]
	return n, nil
}

// TestStream: whatever is done to it in whatever order, it gives what came, and does not touch what was taken.
func TestStream(t *testing.T) {
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 0))
		want := make([]byte, 1<<18)
		for i := range want {
			want[i] = byte(random.Uint32())
		}
		s := newStream(&pieces{rest: want, random: random})
		var taken, copies [][]byte
		for at := 0; at < len(want); {
			n := min(1+random.IntN(ioBuffer), len(want)-at)
			var got []byte
			var err error
			switch random.IntN(4) {
			case 0:
				if got, err = s.peek(n); err == nil {
					got = bytes.Clone(got)
					s.discard(n)
				}
			case 1, 2:
				if _, err = s.peek(n); err == nil {
					got = s.take(n)
					taken, copies = append(taken, got), append(copies, bytes.Clone(got))
				}
			case 3:
				got = make([]byte, min(n*3, len(want)-at))
				n, err = s.Read(got)
				got = got[:n]
			}
			if err != nil || !bytes.Equal(got, want[at:at+n]) {
				t.Fatalf("seed %d: at %d of %d: %v", seed, at, len(want), err)
			}
			at += n
		}
		if !slices.EqualFunc(taken, copies, bytes.Equal) {
			t.Fatalf("seed %d: what was taken has changed", seed)
		}
		if _, err := s.peek(1); err != io.EOF {
			t.Errorf("seed %d: at the end %v", seed, err)
		}
	}
}

// TestStreamErrors come after all that was received, and are no obstacle to another try.
func TestStreamErrors(t *testing.T) {
	s := newStream(iotest.TimeoutReader(bytes.NewReader([]byte("hello"))))
	if got, err := s.peek(6); string(got) != "hello" || !errors.Is(err, iotest.ErrTimeout) {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := s.peek(5); string(got) != "hello" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	if got, err := s.peek(6); string(got) != "hello" || err != io.EOF {
		t.Errorf("got %q, %v", got, err)
	}
	drip := newStream(iotest.OneByteReader(bytes.NewReader(make([]byte, ioBuffer))))
	if got, err := drip.peek(ioBuffer); len(got) != ioBuffer || err != nil {
		t.Errorf("byte by byte: got %d, %v", len(got), err)
	}
	if _, err := newStream(neverReader{}).peek(1); err != io.ErrNoProgress {
		t.Errorf("got %v", err)
	}
}

type neverReader struct{}

func (neverReader) Read([]byte) (int, error) { return 0, nil }

// TestWholeMessages: the body is what core makes of the parts, whether it was copied or made where it came, and none is
// touched when later ones come.
func TestWholeMessages(t *testing.T) {
	for seed := range uint64(20) {
		random := rand.New(rand.NewPCG(seed, 1))
		var wire []byte
		var want []core.Message
		for len(wire) < 1<<20 {
			m := anyMessage(random)
			want = append(want, m)
			for i, part := range m {
				flags := byte(0)
				if i < len(m)-1 {
					flags = FlagMore
				}
				if random.IntN(10) == 0 { // a peer may write a long header for a short frame
					wire = append(append(wire, Announce(flags, uint64(len(part)))...), part...)
				} else {
					wire = append(wire, Frame(flags, part)...)
				}
			}
		}
		conn := &pieces{rest: wire}
		if seed%2 == 0 {
			conn.random = random
		}
		checkWhole(t, conn, want)
	}
}

// anyMessage is mostly one that fits into the buffer.
func anyMessage(random *rand.Rand) core.Message {
	m := make(core.Message, 1)
	switch random.IntN(10) {
	case 0:
		m = make(core.Message, 1+random.IntN(400))
	case 1, 2, 3:
		m = make(core.Message, 1+random.IntN(4))
	}
	for i := range m {
		sizes := []int{0, 1, 127, 128, 255, 256, 1000, takeableMin, takeableMax / 2}
		if len(m) < 5 {
			sizes = append(sizes, takeableMax, ioBuffer-100, ioBuffer, 2*ioBuffer)
		}
		m[i] = bytes.Repeat([]byte{byte(random.Uint32())}, sizes[random.IntN(len(sizes))])
	}
	return m
}

func checkWhole(t *testing.T, conn *pieces, want []core.Message) {
	t.Helper()
	g := newGuard(conn, Limits{}.WithDefaults(), new(Traffic))
	g.greeted, g.established = true, true
	var got []core.Message
	for range want {
		m, ok := g.wholeMessage()
		if !ok {
			m = receiveParts(t, g)
		}
		got = append(got, m)
	}
	for i := range want {
		if !slices.EqualFunc(got[i], want[i], bytes.Equal) {
			t.Fatalf("message %d: %d parts of %d bytes, want %d of %d", i, len(got[i]), got[i].Size(), len(want[i]), want[i].Size())
		}
		for _, part := range append(got[i], nil) { // appending must not reach what comes behind
			_ = append(part, "overwritten"...)
		}
	}
	if _, ok := g.wholeMessage(); ok || g.fault != io.EOF {
		t.Errorf("at the end: %v, %v", ok, g.fault)
	}
}

// receiveParts reads a message that is not whole as zmq4 does.
func receiveParts(t testing.TB, g *guard) (m core.Message) {
	t.Helper()
	read := func(n uint64) []byte {
		b := make([]byte, n)
		if _, err := io.ReadFull(g, b); err != nil {
			t.Fatal(err)
		}
		return b
	}
	for {
		header := read(shortHeader)
		size := uint64(header[1])
		if header[0]&FlagLong != 0 {
			size = binary.BigEndian.Uint64(append(header[1:2], read(longHeader-shortHeader)...))
		}
		if m = append(m, read(size)); header[0]&FlagMore == 0 {
			return m
		}
	}
}

// TestWholeMessageHoldsBounds: what exceeds a limit by much is left to the guard, who says so, and does not wait for it.
func TestWholeMessageHoldsBounds(t *testing.T) {
	limits := Limits{MaxFrame: 100, MaxMessage: 150, MaxParts: 3}.WithDefaults()
	for name, says := range map[string][]byte{
		"a frame":            Frame(0, make([]byte, 401)),
		"the promise of one": Announce(0, 500),
		"of a huge one":      Announce(0, 1<<62),
		"a message":          bytes.Repeat(Frame(FlagMore, make([]byte, 80)), 8),
		"parts":              bytes.Repeat(Frame(FlagMore, nil), 13),
		"flags":              Frame(0x80, nil),
	} {
		g := newGuard(&pieces{rest: says}, limits, new(Traffic))
		g.greeted, g.established = true, true
		if _, ok := g.wholeMessage(); ok {
			t.Errorf("%s: taken", name)
		}
		_, err := io.Copy(io.Discard, struct{ io.Reader }{g})
		if !IsViolation(err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestExcessIsLeftOut: a message that exceeds a limit, not by too much, costs itself alone, and its beginning is known.
func TestExcessIsLeftOut(t *testing.T) {
	limits := Limits{MaxFrame: 100, MaxMessage: 150, MaxParts: 3}.WithDefaults()
	topic := Frame(FlagMore, []byte("topic"))
	for name, test := range map[string]struct {
		says []byte
		head string
	}{
		"a frame":              {Join(topic, Frame(FlagMore, make([]byte, 101)), Frame(0, nil)), "topic"},
		"a frame, the only":    {Frame(0, append([]byte("topic"), make([]byte, 300)...)), "topic" + string(make([]byte, 300))},
		"a message":            {Join(topic, Frame(FlagMore, make([]byte, 80)), Frame(0, make([]byte, 80))), "topic"},
		"parts":                {Join(topic, bytes.Repeat(Frame(FlagMore, nil), 8), Frame(0, nil)), "topic"},
		"a PING between parts": {Join(topic, bytes.Repeat(Frame(FlagMore, nil), 4), Command("PING", 0, 0), Frame(0, nil)), "topic"},
	} {
		c := Config{}.WithDefaults()
		says := Join(Hello("DEALER"), Echo(core.Message{[]byte("before")}), test.says, Echo(core.Message{[]byte("after")}))
		p, err := meet(&Script{In: bytes.NewReader(says)}, Self{Type: core.DEALER, Limits: limits}, &c, new(Traffic))
		if err != nil {
			t.Fatal(err)
		}
		var heads []string
		p.OnExcess = func(head core.Message, reason *core.Error) error {
			heads = append(heads, string(head[0]))
			return nil
		}
		for _, want := range []string{"before", "after"} {
			if m, err := p.receive(); err != nil || string(m[0]) != want {
				t.Errorf("%s: got %q, %v, want %q", name, m, err, want)
			}
		}
		if len(heads) != 1 || heads[0] != test.head || p.traffic.Excessive.Load() != 1 {
			t.Errorf("%s: told of %q", name, heads)
		}
	}
}
