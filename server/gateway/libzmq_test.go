package gateway

import (
	"encoding/json"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// libzmq is a process with many libzmq sockets. See testdata/sockets.py.
type libzmq struct {
	*python
	ports map[string]uint16 // of the sockets that were opened, by name
}

// order is one command to the process: what to do, to which socket, and how.
type order map[string]any

// report is what the process answers.
type report struct {
	Error string   `json:"error"`
	Port  uint16   `json:"port"`
	Sent  bool     `json:"sent"`
	Texts []string `json:"texts"`
}

func startLibzmq(t *testing.T, known map[string][]part) *libzmq {
	t.Helper()
	z := &libzmq{python: startPython(t, "sockets.py"), ports: make(map[string]uint16)}
	if known != nil {
		z.do(t, order{"do": "payloads", "table": known})
	}
	return z
}

// do gives an order and fails the test, which need not be the one that started the process, when it went wrong.
func (z *libzmq) do(t testing.TB, o order) report {
	t.Helper()
	line, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := z.in.Write(append(line, '\n')); err != nil {
		t.Fatal(err)
	}
	answer, ok := z.line()
	if !ok {
		t.Fatalf("libzmq does not answer to %.100s", line)
	}
	var r report
	if err := json.Unmarshal([]byte(answer), &r); err != nil {
		t.Fatalf("libzmq says %q: %v", answer, err)
	}
	if r.Error != "" {
		t.Fatalf("libzmq, told to %.100s: %s", line, r.Error)
	}
	return r
}

// open makes the socket of the peer in a pair. It connects to a port, or binds to one, 0 being any.
func (z *libzmq) open(t testing.TB, name string, p pair, port uint16, options order) {
	t.Helper()
	o := order{
		"do": "open", "socket": name, "type": p.theirs.String(), "bind": !p.bind, "port": port,
		"envelope": p.mirror().envelope(),
	}
	if p.ours == core.ROUTER {
		o["identity"] = peerID
	}
	for key, value := range options {
		o[key] = value
	}
	z.ports[name] = z.do(t, o).Port
}

func (z *libzmq) endpointOf(name string) core.Endpoint {
	return core.Endpoint{Transport: "tcp", Host: "127.0.0.1", Port: z.ports[name]}
}
