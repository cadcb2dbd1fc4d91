package e2e

import (
	"fmt"
	"testing"
)

// TestSocketTypes lets a socket of each type in a page talk to a libzmq peer. The page has the socket in the variable s.
func TestSocketTypes(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name       string
		peer       string // type of the peer
		page       string // JavaScript that the page runs when its socket is ready
		hears      string // what the peer reports to have received then, as JSON
		sends      any    // what the peer sends after that
		pageReturn string // what the JavaScript returns
		pageGets   string
	}{
		{name: "PUSH", peer: "PULL", page: `await s.send(['a', '', 'c'])`, hears: `["a", "", "c"]`},
		{name: "PULL", peer: "PUSH", sends: []string{"work", "1"},
			pageReturn: `return String(await s.receive())`, pageGets: "work,1"},
		{name: "DEALER", peer: "DEALER", page: `await s.send(['', 'question'])`, hears: `["", "question"]`, sends: []string{"answer"},
			pageReturn: `return String(await s.receive())`, pageGets: "answer"},
		{name: "PAIR", peer: "PAIR", page: `await s.send('ping')`, hears: `["ping"]`, sends: []string{"pong"},
			pageReturn: `return String(await s.receive())`, pageGets: "pong"},
		{name: "PUB", peer: "SUB", page: `for (let i = 0; i < 100; i++) { s.send('tick'); await new Promise((r) => setTimeout(r, 10)) }`, hears: `["tick"]`},
		{name: "XSUB", peer: "PUB", page: `await s.subscribe('x')`, sends: []string{"x1"},
			pageReturn: `return String(await s.receive())`, pageGets: "x1"},
	}
	for _, bind := range []bool{false, true} {
		for _, test := range tests {
			if bind && (test.name == "XSUB") {
				continue // a SUB of a page is tested bound, an XSUB connected
			}
			name := map[bool]string{false: "connect ", true: "bind "}[bind] + test.name
			t.Run(name, func(t *testing.T) {
				port := freePort(t)
				address := fmt.Sprintf("tcp://127.0.0.1:%d", port)
				b := startBridge(t, "--allow", test.name+" "+address, "--allow", "bind "+test.name+" "+address)
				p := openPage(t, b)
				args := []string{"peer", "--type", test.peer, "--port", itoa(port)}
				join := "connect"
				if bind {
					args, join = append(args, "--connect"), "bind"
				}
				if test.peer == "SUB" {
					args = append(args, "")
				}
				open := `window.s = new zmq.Context(` + quoteJS(b.data) + `).Socket(zmq.` + test.name + `); s.` + join + `(` + quoteJS(address) + `);`
				if bind {
					eval[any](p, open+`await s.ready()`)
				}
				peer := start(t, python, append([]string{peers}, args...)...)
				if !bind {
					peer.await("port ")
					eval[any](p, open+`await s.ready()`)
				} else {
					peer.await("ready")
				}
				eval[any](p, test.page)
				if test.hears != "" {
					if got := peer.await(""); got != test.hears {
						t.Errorf("the peer got %s, want %s", got, test.hears)
					}
				}
				if test.sends != nil {
					peer.tell(test.sends)
				}
				if test.pageReturn != "" {
					if got := eval[string](p, test.pageReturn); got != test.pageGets {
						t.Errorf("the page got %s, want %s", got, test.pageGets)
					}
				}
				p.nothingThrown()
			})
		}
	}
}

// TestPushWaitsForRoom checks that a page that pushes faster than the worker works loses nothing, and that no push fails.
func TestPushWaitsForRoom(t *testing.T) {
	t.Parallel()
	pull := start(t, python, peers, "peer", "--type", "PULL")
	port := pull.await("port ")
	address := "tcp://127.0.0.1:" + port
	b := startBridge(t, "--allow", "PUSH "+address)
	p := openPage(t, b)
	const total = 5000
	eval[any](p, `const s = new zmq.Context(`+quoteJS(b.data)+`).Socket(zmq.PUSH); s.connect(`+quoteJS(address)+`);
		for (let i = 0; i < `+itoa(total)+`; i++) await s.send('n' + i);`)
	for i := range total {
		if got, want := pull.await(""), fmt.Sprintf(`["n%d"]`, i); got != want {
			t.Fatalf("message %d: %s", i, got)
		}
	}
}
