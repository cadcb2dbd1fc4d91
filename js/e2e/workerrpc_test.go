package e2e

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

// envelopes are the examples of core/rpc, which hold for whoever reads them: the engine, or a page whose engine is in a worker.
func envelopes(t *testing.T, name string) (all []struct{ Name, Text, Func string }) {
	t.Helper()
	text, err := os.ReadFile("../../core/rpc/testdata/" + name + ".json")
	if err == nil {
		err = json.Unmarshal(text, &all)
	}
	if err != nil || len(all) < 10 {
		t.Fatal(len(all), "examples", err)
	}
	return all
}

// latin1 has a character for each byte, as peers are told what they send.
func latin1(text string) string {
	var out strings.Builder
	for _, b := range []byte(text) {
		out.WriteRune(rune(b))
	}
	return out.String()
}

// TestRPCInAWorker: calls and answers are read by a page whose engine is in a worker as by any other one.
func TestRPCInAWorker(t *testing.T) {
	t.Parallel()
	calls, answers := envelopes(t, "parse_call"), envelopes(t, "parse_return")
	var served, returned [2][]string
	for i, options := range []string{`{}`, `{ worker: true }`} {
		port := freePort(t)
		held := startPeer(t, "held", 0)
		h := newHome(t)
		p := h.open("")
		functions, _ := json.Marshal(calls)
		identity := eval[string](p, `
			open(`+options+`);
			class Server extends zmq.RPCServer {}
			for (const { Func } of `+string(functions)+`) if (Func) Server.prototype[Func] = (...args) => args.length;
			const rep = ctx.Socket(zmq.REP);
			rep.connect('tcp://127.0.0.1:`+itoa(port)+`', { username: 'hugo' });
			new Server(rep);
			window.rpc = new zmq.RPCClient(use(zmq.REQ, `+quoteJS(held.address())+`));
			await rep.ready();
			return rep.identity;`)
		req := startPeer(t, "req", port)
		for _, call := range calls {
			req.tell([]string{latin1(call.Text), identity})
			answer, _, wrong := strings.Cut(req.await(""), `error_msg`) // in which each may say it in its own words
			served[i] = append(served[i], call.Name+": "+answer)
			if wrong != (call.Func == "") {
				t.Errorf("%s, %s: %s", options, call.Name, answer)
			}
		}
		for _, answer := range answers {
			eval[any](p, `window.value = rpc.call('f').then((it) => JSON.stringify(it, (_, x) => Number.isFinite(x) ? x : typeof x === 'number' ? String(x) : x) ?? 'undefined', (why) => why.code)`)
			held.await("[")
			held.tell([]string{latin1(answer.Text)})
			returned[i] = append(returned[i], answer.Name+": "+eval[string](p, `return await value`))
		}
	}
	for i := range served[0] {
		if served[0][i] != served[1][i] {
			t.Errorf("served in the page: %s\nin a worker: %s", served[0][i], served[1][i])
		}
	}
	for i := range returned[0] {
		if returned[0][i] != returned[1][i] {
			t.Errorf("returned in the page: %s\nin a worker: %s", returned[0][i], returned[1][i])
		}
	}
}

// TestWorkerTellsWhatWasNotPassedOn: as any other context, when a socket is closed.
func TestWorkerTellsWhatWasNotPassedOn(t *testing.T) {
	t.Parallel()
	h := newHome(t)
	for _, options := range []string{`{}`, `{ worker: true }`, `{ shared: true }`} {
		p := h.open("")
		if got := eval[string](p, `
			open(`+options+`);
			await ctx.ready();
			const push = use(zmq.PUSH, 'tcp://127.0.0.1:1'); // where nobody is
			const outcomes = ['a', 'b', 'c'].map((it) => push.send(it).then(() => 'sent', (why) => why.code));
			await new Promise((r) => setTimeout(r, 100));
			return await push.close({ linger: 50 }) + ' ' + (await Promise.all(outcomes)).join();`); got != "3 sent,sent,sent" {
			t.Errorf("%s: %s", options, got)
		}
	}
}
