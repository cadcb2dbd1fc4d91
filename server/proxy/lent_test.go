package proxy

import (
	"context"
	"fmt"
	"io"
	"net"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench/backend"
	"github.com/zmqwebbridge/zmqwebbridge/server/session/sessiontest"
)

// lender is a client whose requests are lent to the bridge, one at a time. Nothing is left of what is given back.
type lender struct {
	*sessiontest.Client
	lent  [1][]byte
	loans atomic.Int32
}

func (c *lender) ReadTogether(ctx context.Context) ([][]byte, error) {
	batch, err := c.Read(ctx)
	return [][]byte{batch}, err
}

func (c *lender) Lend(ctx context.Context) ([][]byte, bool, error) {
	batch, err := c.Read(ctx)
	c.lent[0] = batch
	c.loans.Add(1)
	return slices.Clone(c.lent[:]), true, err
}

func (c *lender) Return() {
	for i := range c.lent[0] {
		c.lent[0][i] = 0xaa
	}
}

func serveLender(t *testing.T) *lender {
	t.Helper()
	c := &lender{Client: sessiontest.New(t)}
	go newBasin(t).bridge.Serve(c, sessiontest.Handshake(), access.ByClient, false) // Close waits for it
	c.Await(core.KindWelcome)
	return c
}

func (c *lender) open(socket uint32, endpoint string) {
	c.Send(core.Frame{Kind: core.KindOpen, Socket: socket, ID: 1, Type: core.REQ, Text: []byte(endpoint)})
}

// ask sends a request, and returns what has to be answered.
func (c *lender) ask(socket uint32, id uint64) (body string) {
	m := core.Message{fmt.Appendf(nil, "%d of socket %d", id, socket), []byte("more")}
	body = string(core.EncodeBody(m))
	c.Send(core.Frame{Kind: core.KindRequest, Socket: socket, ID: id, Body: core.Body(body)})
	return body
}

// answered waits for answers to these.
func (c *lender) answered(t *testing.T, asked map[string]bool) {
	t.Helper()
	for len(asked) > 0 {
		f := c.Await(core.KindReply)
		if !asked[string(f.Body)] {
			t.Fatalf("answered %q", f.Body)
		}
		delete(asked, string(f.Body))
	}
}

// TestRequestsThatAreLent get the answers to what they asked.
func TestRequestsThatAreLent(t *testing.T) {
	echo, err := backend.NewEcho("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(echo.Close)
	const sockets, rounds = 8, 20
	c := serveLender(t)
	for n := range uint32(sockets) {
		c.open(n+1, echo.Endpoint())
		c.Await(core.KindOpened)
	}
	for id := range uint64(rounds) {
		asked := map[string]bool{}
		for n := range uint32(sockets) {
			asked[c.ask(n+1, id+1)] = true
		}
		c.answered(t, asked)
	}
	if n := c.loans.Load(); n < sockets*rounds-10 {
		t.Errorf("%d loans", n)
	}
}

// TestLentWhileNobodyAnswers: so do those that wait for a backend, which says nothing yet when what they came in is given back.
func TestLentWhileNobodyAnswers(t *testing.T) {
	echo, err := backend.NewEcho("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(echo.Close)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	c := serveLender(t)
	c.open(1, "tcp://"+l.Addr().String())
	asked := map[string]bool{}
	for id := range uint64(5) {
		asked[c.ask(1, id+1)] = true
	}
	wait.For(t, "they were read", func() bool { return c.loans.Load() >= 3 })
	near, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	far, err := net.Dial("tcp", strings.TrimPrefix(echo.Endpoint(), "tcp://"))
	if err != nil {
		t.Fatal(err)
	}
	go io.Copy(far, near) // ends with the connection
	go io.Copy(near, far) // likewise
	t.Cleanup(func() { near.Close(); far.Close() })
	c.answered(t, asked)
}
