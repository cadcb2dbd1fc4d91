//go:build long

package e2e

import (
	"testing"
)

// pusher is a PUSH that sends so many messages of 64 bytes to the first who connects, as fast as it is read.
const pusher = `
import sys, zmq
s = zmq.Context().socket(zmq.PUSH)
print("port", s.bind_to_random_port("tcp://127.0.0.1"), flush=True)
body = bytes(64)
for _ in range(int(sys.argv[1])): s.send(body)
sys.stdin.read()
`

// TestWorkerThroughput logs how fast a page takes messages with its connection in the page, in a worker of its own, and in that of
// all tabs. It says nothing of what is fast enough.
func TestWorkerThroughput(t *testing.T) {
	const count = 200_000
	h := newHome(t)
	for _, options := range []string{`{}`, `{ worker: true }`, `{ shared: true }`} {
		push := start(t, python, "-c", pusher, itoa(count))
		address := "tcp://127.0.0.1:" + push.await("port ")
		p := h.open("")
		got := eval[[]float64](p, `
			await open(`+options+`).ready();
			const pull = use(zmq.PULL, `+quoteJS(address)+`);
			let count = 0, free = 0;
			const done = new Promise((resolve) => (pull.onmessage = (text) => { if (++count === 1) start = performance.now(); if (count === `+itoa(count)+`) resolve(); }));
			let start;
			const counting = setInterval(() => free++, 1);
			await done;
			clearInterval(counting);
			return [`+itoa(count)+` / (performance.now() - start), free];`)
		t.Logf("%-18s %.0f messages/s, %.0f timers meanwhile", options, got[0]*1000, got[1])
		p.close()
		push.kill()
	}
}
