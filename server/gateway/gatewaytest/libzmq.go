package gatewaytest

import (
	"encoding/json"
	"maps"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Libzmq is a process with many libzmq sockets. See testdata/sockets.py.
type Libzmq struct {
	*Python
	Ports map[string]uint16 // of the sockets that were opened, by name
}

// Do gives an order and fails the test, which need not be the one that started the process, when it went wrong.
func (z *Libzmq) Do(t testing.TB, o Order) report {
	t.Helper()
	line, err := json.Marshal(o)
	if err != nil {
		t.Fatal(err)
	}
	if err := z.writeLine(line); err != nil {
		t.Fatal(err)
	}
	answer, ok := z.Line()
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

// EndpointOf is where a socket is that has bound.
func (z *Libzmq) EndpointOf(name string) core.Endpoint {
	return core.Endpoint{Transport: "tcp", Host: "127.0.0.1", Port: z.Ports[name]}
}

// Open makes a socket with a name, which binds to a port, 0 being any, or connects to one.
func (z *Libzmq) Open(t testing.TB, name string, typ core.SocketType, bind bool, port uint16, options Order) {
	t.Helper()
	o := Order{"do": "open", "socket": name, "type": typ.String(), "bind": bind, "port": port}
	maps.Copy(o, options)
	z.Ports[name] = z.Do(t, o).Port
}

// Order is one command to the process: what to do, to which socket, and how.
type Order map[string]any

// report is what the process answers.
type report struct {
	Error string   `json:"error"`
	Port  uint16   `json:"port"`
	Sent  bool     `json:"sent"`
	Texts []string `json:"texts"`
}

// StartLibzmq starts the process and teaches it the payloads it is to know by name, if there are any.
func StartLibzmq(t *testing.T, known any) *Libzmq {
	t.Helper()
	z := &Libzmq{Python: StartPython(t, "sockets.py"), Ports: make(map[string]uint16)}
	if known != nil {
		z.Do(t, Order{"do": "payloads", "table": known})
	}
	return z
}
