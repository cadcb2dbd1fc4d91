package curve

import (
	"bufio"
	"fmt"
	"net"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-zeromq/zmq4"
	"github.com/go-zeromq/zmq4/security/null"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// python3 is Debian's, not one that a version manager put first in PATH: it is the one that has python3-zmq.
const python3 = "/usr/bin/python3"

var checkPython = sync.OnceValue(func() error {
	out, err := exec.Command(python3, "-c", "import zmq; assert zmq.has('curve')").CombinedOutput()
	if err != nil {
		return fmt.Errorf("these tests need libzmq peers: apt-get install python3 python3-zmq (%v: %s)", err, out)
	}
	return nil
})

// libzmq starts a peer, see testdata/peer.py, and returns what it says first. It is killed with the test.
func libzmq(t *testing.T, args ...string) string {
	t.Helper()
	if err := checkPython(); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(python3, append([]string{"testdata/peer.py"}, args...)...)
	stderr := new(strings.Builder)
	cmd.Stderr = stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		cmd.Process.Kill()
		cmd.Wait()
	})
	watchdog := time.AfterFunc(patience, func() { cmd.Process.Kill() })
	defer watchdog.Stop()
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		cmd.Process.Kill()
		cmd.Wait()
		t.Fatalf("%v ends: %s", args, stderr)
	}
	return strings.TrimSpace(line)
}

// libzmqServer starts a peer that binds, and returns its port and its public key.
func libzmqServer(t *testing.T, args ...string) (port int, key [KeySize]byte) {
	t.Helper()
	line := libzmq(t, args...)
	var text string
	if _, err := fmt.Sscan(line, &port, &text); err != nil {
		t.Fatalf("%v says %q", args, line)
	}
	key, err := ParseKey(text)
	if err != nil {
		t.Fatal(err)
	}
	return port, key
}

// wantEcho sends a message, which has to come back.
func wantEcho(t *testing.T, conn *zmq4.Conn, m [][]byte) {
	t.Helper()
	if err := conn.SendMsg(zmq4.NewMsgFrom(m...)); err != nil {
		t.Fatal(err)
	}
	got, err := conn.RecvMsg()
	if err != nil {
		t.Fatal(err)
	}
	wantParts(t, got.Frames, m)
}

func TestLibzmqRouter(t *testing.T) {
	t.Parallel()
	port, key := libzmqServer(t, "echo", "ROUTER")
	conn := dial(t, port, clientKeys(key), zmq4.Dealer)
	if got := conn.Peer.Meta["Socket-Type"]; got != "ROUTER" {
		t.Errorf("the peer is a %q", got)
	}
	for _, m := range [][][]byte{
		message(1),
		message(0),
		message(0, 0, 0),
		message(221, 222, 223), // the MESSAGE around the middle one is the first that has a long header
		message(254, 255, 256),
		message(0, 1, 0, 70_000, 0),
		message(make([]int, 1000)...),
		message(1 << 20),
		message(10, 50<<20, 10),
	} {
		wantEcho(t, conn, m)
	}
}

// Reader and writer are different goroutines, as in package gateway.
func TestLibzmqPipelined(t *testing.T) {
	t.Parallel()
	const count = 1000
	port, key := libzmqServer(t, "echo", "ROUTER")
	conn := dial(t, port, clientKeys(key), zmq4.Dealer)
	sent := make(chan error, 1)
	go func() { // ends when all is sent or the connection is closed, joined below
		for i := range count {
			if err := conn.SendMsg(zmq4.NewMsgFrom(message(0, i)...)); err != nil {
				sent <- err
				return
			}
		}
		sent <- nil
	}()
	for i := range count {
		got, err := conn.RecvMsg()
		if err != nil {
			t.Fatal(err)
		}
		wantParts(t, got.Frames, message(0, i))
	}
	if err := <-sent; err != nil {
		t.Fatal(err)
	}
}

func TestLibzmqRep(t *testing.T) {
	t.Parallel()
	port, key := libzmqServer(t, "echo", "REP")
	conn := dial(t, port, clientKeys(key), zmq4.Req)
	for range 3 {
		wantEcho(t, conn, message(0, 5, 300))
	}
}

func TestLibzmqPub(t *testing.T) {
	t.Parallel()
	port, key := libzmqServer(t, "publish")
	conn := dial(t, port, clientKeys(key), zmq4.Sub)
	if err := conn.SendMsg(zmq4.NewMsgString("\x01topic")); err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{1, 221, 222, 223, 255, 256, 16 << 10, 1 << 20, 0} {
		got, err := conn.RecvMsg()
		if err != nil {
			t.Fatal(err)
		}
		wantParts(t, got.Frames, [][]byte{[]byte("topic"), make([]byte, size)})
	}
}

// This libzmq asks every 200 ms and drops a peer that does not answer for a second. That the tenth PING comes means that
// answers, inside CURVE, have been understood. The test is not parallel: the others would take the time to answer.
func TestLibzmqHeartbeat(t *testing.T) {
	port, key := libzmqServer(t, "echo", "ROUTER", "--heartbeat", "200")
	conn := dial(t, port, clientKeys(key), zmq4.Dealer)
	for range 10 {
		got, err := conn.RecvMsg() // it answers a PING, and shows it
		if err != nil {
			t.Fatal(err)
		}
		if got.Type != zmq4.CmdMsg {
			t.Fatalf("got %v, want a PING", got)
		}
	}
	if err := conn.SendMsg(zmq4.NewMsgString("still here")); err != nil {
		t.Fatal(err)
	}
	for {
		got, err := conn.RecvMsg()
		if err != nil {
			t.Fatal(err)
		}
		if got.Type != zmq4.CmdMsg {
			wantParts(t, got.Frames, [][]byte{[]byte("still here")})
			return
		}
	}
}

func TestLibzmqAnswersPing(t *testing.T) {
	t.Parallel()
	port, key := libzmqServer(t, "echo", "ROUTER")
	conn := dial(t, port, clientKeys(key), zmq4.Dealer)
	if err := conn.SendCmd(zmq4.CmdPing, []byte("\x00\x00context")); err != nil {
		t.Fatal(err)
	}
	got, err := conn.RecvCmd()
	if err != nil {
		t.Fatal(err)
	}
	if got.Name != zmq4.CmdPong || string(got.Body) != "context" {
		t.Errorf("got %q %q", got.Name, got.Body)
	}
}

func TestLibzmqWrongServerKey(t *testing.T) {
	t.Parallel()
	port, _ := libzmqServer(t, "echo", "ROUTER")
	stranger, _ := GenerateKeys()
	_, err := open(connect(t, port), clientKeys(stranger), zmq4.Dealer)
	wantError(t, err, core.Unauthenticated, "server key is probably not its own")
}

func TestLibzmqWithoutCurve(t *testing.T) {
	t.Parallel()
	port, key := libzmqServer(t, "echo", "ROUTER", "--null")
	_, err := open(connect(t, port), clientKeys(key), zmq4.Dealer)
	wantError(t, err, core.Protocol, `a greeting for "NULL" security`)
}

func TestLibzmqAuthorization(t *testing.T) {
	t.Parallel()
	friend := clientKeys([KeySize]byte{})
	port, key := libzmqServer(t, "echo", "ROUTER", "--admit="+EncodeKey(friend.Public))

	_, err := open(connect(t, port), clientKeys(key), zmq4.Dealer)
	wantError(t, err, core.Denied, "400: this client's key is not authorized")

	friend.Server = key
	wantEcho(t, dial(t, port, friend, zmq4.Dealer), message(3))
}

// libzmq looks at the socket type before it says its own, and hangs up.
func TestLibzmqIncompatible(t *testing.T) {
	t.Parallel()
	port, key := libzmqServer(t, "publish")
	_, err := open(connect(t, port), clientKeys(key), zmq4.Dealer)
	wantError(t, err, core.Denied, "hung up on INITIATE")
}

// TestLibzmqClient is Server's side.
func TestLibzmqClient(t *testing.T) {
	t.Parallel()
	public, secret := GenerateKeys()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	served := make(chan error, 1)
	go func() { served <- serveOne(l, secret) }() // ends with its connection, joined below
	_, port, _ := net.SplitHostPort(l.Addr().String())
	if got, want := libzmq(t, "ask", port, "--server="+EncodeKey(public)), "8 0 100000"; got != want {
		t.Errorf("the answer has %s bytes, want %s", got, want)
	}
	if err := <-served; err != nil {
		t.Fatal(err)
	}
}

// serveOne is a REP that answers one request.
func serveOne(l net.Listener, secret [KeySize]byte) error {
	l.(*net.TCPListener).SetDeadline(time.Now().Add(patience))
	nc, err := l.Accept()
	if err != nil {
		return err
	}
	nc.SetDeadline(time.Now().Add(patience))
	conn, err := Server(nc, secret, anybody, testMaxFrame)
	if err != nil {
		return err
	}
	rep, err := zmq4.Open(conn, null.Security(), zmq4.Rep, nil, true, nil)
	if err != nil {
		return err
	}
	request, err := rep.RecvMsg()
	if err != nil {
		return err
	}
	return rep.SendMsg(zmq4.NewMsgFrom(request.Frames...))
}
