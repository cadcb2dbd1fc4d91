//go:build !js

package wsconn_test

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/race"
	"github.com/zmqwebbridge/zmqwebbridge/core/wsconn"
)

// script is a connection over which a client has sent what it sends, in pieces.
type script struct {
	net.Conn // nil
	pieces   [][]byte
	written  bytes.Buffer
}

func (s *script) Read(p []byte) (int, error) {
	if len(s.pieces) == 0 {
		return 0, io.EOF
	}
	n := copy(p, s.pieces[0])
	if s.pieces[0] = s.pieces[0][n:]; len(s.pieces[0]) == 0 {
		s.pieces = s.pieces[1:]
	}
	return n, nil
}

func (s *script) Write(p []byte) (int, error)      { return s.written.Write(p) }
func (s *script) Close() error                     { return nil }
func (s *script) SetDeadline(time.Time) error      { return nil }
func (s *script) SetReadDeadline(time.Time) error  { return nil }
func (s *script) SetWriteDeadline(time.Time) error { return nil }

// hijacked is a ResponseWriter whose connection is a script, of which the web server has read some ahead.
type hijacked struct {
	*httptest.ResponseRecorder
	conn  net.Conn
	ahead []byte
}

func (h hijacked) Hijack() (net.Conn, *bufio.ReadWriter, error) {
	r := bufio.NewReader(io.MultiReader(bytes.NewReader(h.ahead), h.conn))
	r.Peek(len(h.ahead))
	return h.conn, bufio.NewReadWriter(r, bufio.NewWriter(h.conn)), nil
}

const streamLimit = 20_000

// accept makes a Conn of a script.
func accept(t testing.TB, conn net.Conn, ahead []byte) *wsconn.Conn {
	t.Helper()
	request := httptest.NewRequest(http.MethodGet, "/", nil)
	for name, value := range map[string]string{"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
		"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="} {
		request.Header.Set(name, value)
	}
	c, err := wsconn.Accept(hijacked{httptest.NewRecorder(), conn, ahead}, request, wsconn.Options{Limit: streamLimit})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// outcome is what came of a stream: its messages, how it ended, and what the client was sent meanwhile.
type outcome struct {
	messages [][]byte
	code     core.Code
	closed   core.CloseError
	answers  []byte
}

// readAs reads a stream to its end.
func readAs(t testing.TB, stream []byte, seed uint64, how string) (o outcome) {
	random := rand.New(rand.NewPCG(seed, 1))
	pieces := cut(stream, random)
	var ahead []byte
	if len(pieces) > 0 && len(pieces[0]) < 4096 && random.IntN(2) == 0 {
		ahead, pieces = pieces[0], pieces[1:]
	}
	conn := &script{pieces: pieces}
	c := accept(t, conn, ahead)
	if how == "the library" {
		c.LeaveToLibrary()
	}
	for {
		got, err := [][]byte(nil), error(nil)
		switch n := random.IntN(3); {
		case how == "together" || how == "all" && n == 0:
			got, err = c.ReadTogether(t.Context())
		case how == "lent" || how == "all" && n == 1:
			got, err = readLent(t, c)
		case how == "lent on" || how == "all" && random.IntN(2) == 0:
			var before [][]byte // the end
			before, err = readLentOn(t, c, random)
			o.messages = append(o.messages, before...)
		default:
			var b []byte
			b, err = c.Read(t.Context())
			got = [][]byte{b}
		}
		if err != nil {
			o.code = core.CodeOf(err)
			if closed := (*core.CloseError)(nil); errors.As(err, &closed) {
				o.closed = *closed
			}
			break
		}
		o.messages = append(o.messages, got...)
	}
	o.answers = conn.written.Bytes()
	return o
}

// cut cuts a stream into what single reads bring.
func cut(stream []byte, random *rand.Rand) (pieces [][]byte) {
	most := []int{1, 7, 300, 5000, 1 << 20}[random.IntN(5)]
	for len(stream) > 0 {
		n := min(len(stream), 1+random.IntN(most))
		pieces = append(pieces, stream[:n])
		stream = stream[n:]
	}
	return pieces
}

func compare(t testing.TB, stream []byte, seed uint64) {
	want := readAs(t, stream, seed, "the library")
	for _, how := range []string{"one by one", "together", "lent", "lent on", "all"} {
		got := readAs(t, stream, seed, how)
		if !slices.EqualFunc(got.messages, want.messages, bytes.Equal) {
			t.Fatalf("seed %d, %s: %d messages, the library reads %d; or they differ", seed, how, len(got.messages), len(want.messages))
		}
		if got.code != want.code || got.closed != want.closed {
			t.Fatalf("seed %d, %s: ended with %v %v, the library with %v %v", seed, how, got.code, &got.closed, want.code, &want.closed)
		}
		if !bytes.Equal(got.answers, want.answers) {
			t.Fatalf("seed %d, %s: answered %x, the library %x", seed, how, got.answers, want.answers)
		}
	}
}

// TestTakenIsWhatTheLibraryReads: of any stream, however it is cut, the same messages come, the same end, and the same answers
// to Pings and Close.
func TestTakenIsWhatTheLibraryReads(t *testing.T) {
	seeds := uint64(500)
	if race.On {
		seeds = 100
	}
	for seed := range seeds {
		compare(t, stream(rand.New(rand.NewPCG(seed, 0))), seed)
	}
}

func FuzzTaken(f *testing.F) {
	for seed := range uint64(20) {
		f.Add(stream(rand.New(rand.NewPCG(seed, 0))), seed)
	}
	f.Fuzz(func(t *testing.T, stream []byte, seed uint64) { compare(t, stream, seed) })
}

const (
	final, binaryFrame, textFrame, continuation = 0x80, 2, 1, 0
	closeFrame, pingFrame, pongFrame            = 8, 9, 10
)

// stream is what a client may send: mostly what is allowed, and at the end sometimes something that is not.
func stream(random *rand.Rand) (b []byte) {
	size := func() int {
		sizes := []int{1, 2, 7, 8, 9, 64, 125, 126, 127, 300, 511, 512, 513, 4000, 4088, 4096, 8000, 16375, 16376, 16377, 16384, 20_000}
		return sizes[random.IntN(len(sizes))]
	}
	small := func() int { return 1 + random.IntN(200) }
	for range random.IntN(40) {
		switch random.IntN(12) {
		case 0:
			b = masked(b, random, final|binaryFrame, size())
		case 1:
			b = masked(b, random, final|[]byte{pingFrame, pongFrame}[random.IntN(2)], random.IntN(126))
		case 2:
			b = fragments(b, random)
		case 3:
			b = masked(b, random, final|binaryFrame, 0)
		default:
			b = masked(b, random, final|binaryFrame, small())
		}
	}
	return ending(b, random)
}

// fragments are a message of several frames, and perhaps a Ping among them.
func fragments(b []byte, random *rand.Rand) []byte {
	b = masked(b, random, binaryFrame, random.IntN(600))
	for range random.IntN(4) {
		if random.IntN(3) == 0 {
			b = masked(b, random, final|pingFrame, random.IntN(126))
		}
		b = masked(b, random, continuation, random.IntN(600))
	}
	return masked(b, random, final|continuation, random.IntN(600))
}

func ending(b []byte, random *rand.Rand) []byte {
	switch random.IntN(14) {
	case 0:
		b = masked(b, random, final|textFrame, 5)
	case 1:
		b = masked(b, random, final|binaryFrame, streamLimit+1+random.IntN(10))
	case 2:
		b = append(masked(b, random, final|binaryFrame, 9), masked(nil, random, final|binaryFrame, 5*streamLimit)[:30]...)
	case 3:
		b = masked(b, random, final|0x40|binaryFrame, 5)
	case 4:
		b = masked(b, random, final|3, 5)
	case 5:
		b = append(b, final|binaryFrame, 3, 'a', 'b', 'c')
	case 6:
		b = masked(b, random, final|continuation, 5)
	case 7:
		b = masked(masked(b, random, binaryFrame, 5), random, final|binaryFrame, 5)
	case 8:
		b = masked(b, random, pingFrame, 5)
	case 9:
		b = append(masked(b, random, binaryFrame, 0), bytes.Repeat([]byte{continuation, 0x80, 1, 2, 3, 4}, 100)...)
	case 10, 11:
		b = append(b, final|closeFrame, 0x80|4, 0, 0, 0, 0, 0x0f, 0xa0, 'o', 'k')
	case 12:
		b = append(b, final|binaryFrame, 0x80|127, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 'a') // more length than it takes
	}
	b = masked(b, random, final|binaryFrame, 10)
	return b[:len(b)-random.IntN(17)] // mostly in the middle of it
}

// masked appends a frame as a client sends it.
func masked(b []byte, random *rand.Rand, first byte, size int) []byte {
	b = append(b, first)
	switch {
	case size < 126:
		b = append(b, 0x80|byte(size))
	case size < 1<<16:
		b = binary.BigEndian.AppendUint16(append(b, 0x80|126), uint16(size))
	default:
		b = binary.BigEndian.AppendUint64(append(b, 0x80|127), uint64(size))
	}
	key := binary.LittleEndian.AppendUint32(nil, random.Uint32())
	b = append(b, key...)
	for i := range size {
		b = append(b, byte(random.Uint32())^key[i&3])
	}
	return b
}

// TestTakenFromTheKernel is the same over a socket.
func TestTakenFromTheKernel(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var sent []byte
	var sizes []int
	for range 3000 {
		size := 1 + random.IntN(300)
		switch random.IntN(100) {
		case 0:
			size = 1 + random.IntN(100_000)
		case 1:
			sent = masked(sent, random, final|pingFrame, random.IntN(126))
		}
		sent, sizes = masked(sent, random, final|binaryFrame, size), append(sizes, size)
	}
	client, server := raw(t)
	go io.Copy(io.Discard, client) // ends with the connection
	go func() {
		for _, piece := range cut(sent, rand.New(rand.NewPCG(3, 3))) {
			client.Write(piece)
		}
	}()
	calls := 0
	for len(sizes) > 0 {
		got, err := server.ReadTogether(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		calls++
		for _, b := range got {
			if len(b) != sizes[0] {
				t.Fatalf("a message of %d bytes, want %d", len(b), sizes[0])
			}
			sizes = sizes[1:]
		}
	}
	t.Logf("%d calls", calls)
}

// TestTogether: what has come in one piece is read in one call, and Read still returns one message.
func TestTogether(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	var sent []byte
	for range 10 {
		sent = masked(sent, random, final|binaryFrame, 80)
	}
	client, server := raw(t)
	if _, err := client.Write(sent); err != nil {
		t.Fatal(err)
	}
	first, err := server.Read(t.Context())
	if err != nil || len(first) != 80 {
		t.Fatal(len(first), err)
	}
	rest, err := server.ReadTogether(t.Context())
	if err != nil || len(rest) != 9 {
		t.Fatal(len(rest), err)
	}
	for i, b := range rest {
		if len(b) != 80 || cap(b) != 80 {
			t.Errorf("message %d has %d bytes of %d", i, len(b), cap(b))
		}
	}
	if n := server.Memory(); n != 0 {
		t.Errorf("a connection at rest has a buffer of %d bytes", n)
	}
}

// TestReadingAllocates nothing but the messages.
func TestReadingAllocates(t *testing.T) {
	client, server := raw(t)
	server.Bound(1<<20, patience, func(int) error { return nil })
	random := rand.New(rand.NewPCG(1, 1))
	ctx := t.Context()
	for name, test := range map[string]struct {
		sent  []byte
		count int
		most  float64
	}{
		"one":            {masked(nil, random, final|binaryFrame, 64), 1, 1},
		"one of 10 KiB":  {masked(nil, random, final|binaryFrame, 10<<10), 1, 1},
		"five of 80":     {bytes.Repeat(masked(nil, random, final|binaryFrame, 80), 5), 5, 1},
		"sixteen of 100": {bytes.Repeat(masked(nil, random, final|binaryFrame, 100), 16), 16, 4},
	} {
		t.Run(name, func(t *testing.T) {
			allocs := testing.AllocsPerRun(200, func() {
				client.Write(test.sent)
				for left := test.count; left > 0; {
					got, err := server.ReadTogether(ctx)
					if err != nil {
						t.Fatal(err)
					}
					left -= len(got)
				}
			})
			if allocs > test.most {
				t.Errorf("%v allocations", allocs)
			}
			allocs = testing.AllocsPerRun(200, func() {
				client.Write(test.sent)
				for range test.count {
					if _, err := server.Read(ctx); err != nil {
						t.Fatal(err)
					}
				}
			})
			if allocs > float64(test.count) {
				t.Errorf("one by one: %v allocations", allocs)
			}
			allocs = testing.AllocsPerRun(200, func() {
				client.Write(test.sent)
				for left := test.count; left > 0; {
					got, _, err := server.Lend(ctx)
					if err != nil {
						t.Fatal(err)
					}
					left -= len(got)
				}
			})
			if allocs > 0 && !race.On { // which has a sync.Pool lose some
				t.Errorf("lent: %v allocations", allocs)
			}
		})
	}
}

// TestAfterTheEnd: what has arrived before Close or Drop is not read after it.
func TestAfterTheEnd(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	sent := bytes.Repeat(masked(nil, random, final|binaryFrame, 80), 10)
	for name, end := range map[string]func(*wsconn.Conn){
		"Drop":      func(c *wsconn.Conn) { c.Drop() },
		"Close":     func(c *wsconn.Conn) { c.Close(core.CloseNormal, "") },
		"EndAtOnce": func(c *wsconn.Conn) { c.EndAtOnce(core.CloseGoingAway, "") },
	} {
		t.Run(name, func(t *testing.T) {
			client, server := raw(t)
			client.Write(append(sent, final|closeFrame, 0x80|2, 0, 0, 0, 0, 0x03, 0xe8))
			if _, err := server.Read(t.Context()); err != nil {
				t.Fatal(err)
			}
			end(server)
			if b, err := server.ReadTogether(t.Context()); err == nil {
				t.Errorf("read %d messages", len(b))
			}
		})
	}
}

// TestCloseWhileReading: somebody closes, and the client answers behind more messages, while they are read.
func TestCloseWhileReading(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 1))
	burst := bytes.Repeat(masked(nil, random, final|binaryFrame, 80), 50)
	for range 20 {
		client, server := raw(t)
		go func() {
			defer client.Close()
			seen := bufio.NewReader(client)
			http.ReadResponse(seen, nil)
			client.Write(burst)
			header := make([]byte, 4)
			if _, err := io.ReadFull(seen, header); err != nil || header[0] != final|closeFrame {
				t.Errorf("got % x, %v", header, err)
			}
			client.Write(append(burst, final|closeFrame, 0x80|2, 0, 0, 0, 0, header[2], header[3]))
			io.Copy(io.Discard, seen)
		}()
		closed := make(chan error, 1)
		reads := 0
		for {
			b, err := server.ReadTogether(t.Context())
			if err != nil {
				break
			}
			if reads == 0 {
				go func() { closed <- server.Close(core.CloseNormal, "") }()
			}
			reads += len(b)
		}
		select {
		case err := <-closed:
			if err != nil {
				t.Error("Close:", err)
			}
		case <-time.After(patience / 4):
			t.Fatal("Close waits for more than the answer")
		}
	}
}

// TestPongsComeBetweenMessages: the answer to a Ping does not come in the middle of a message of which the network has taken a
// part, but behind it.
func TestPongsComeBetweenMessages(t *testing.T) {
	client, server := raw(t)
	const size = 16 << 20
	sent, err := server.TryWrite([][]byte{make([]byte, size)})
	if sent || err != nil {
		t.Fatalf("the network takes all of it: %v, %v", sent, err)
	}
	client.Write(masked(nil, rand.New(rand.NewPCG(1, 1)), final|pingFrame, 3))
	go server.Read(t.Context()) // ends with the connection
	in := bufio.NewReader(client)
	if _, err := http.ReadResponse(in, nil); err != nil {
		t.Fatal(err)
	}
	client.SetReadDeadline(time.Now().Add(patience))
	for _, want := range []string{"82 127", "8a 3"} {
		head := make([]byte, 2)
		if _, err := io.ReadFull(in, head); err != nil || fmt.Sprintf("%x %d", head[0], head[1]) != want {
			t.Fatalf("got % x, %v, want %s", head, err, want)
		}
		if head[1] == 127 {
			long := make([]byte, 8)
			io.ReadFull(in, long)
			if n, err := io.CopyN(io.Discard, in, size); err != nil || binary.BigEndian.Uint64(long) != size {
				t.Fatal(n, err)
			}
		}
	}
}
