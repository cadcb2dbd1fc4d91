package e2e

import "testing"

// TestContextFromBeginningToEnd follows a context in a loop, has values instead of parts, measures the way to the bridge, and
// drains it all.
func TestContextFromBeginningToEnd(t *testing.T) {
	t.Parallel()
	rep := startPeer(t, "rep", 0)
	b := startBridge(t, "--allow", "REQ "+rep.address())
	p := openPage(t, b)
	got := eval[string](p, `
		const address = `+quoteJS(rep.address())+`, context = new zmq.Context(`+quoteJS(b.data)+`), states = [];
		const loop = (async () => { for await (const { state } of context.watch()) states.push(state); })();
		const req = context.Socket(zmq.REQ, { decode: 'json' });
		req.connect(address);
		await req.ready();
		const value = await req.request('{"a": [1, 2]}');
		const rtt = await context.rtt();
		const { fromNumpy, toNumpy } = await import(`+quoteJS(b.url+"/numpy.mjs")+`);
		const arrays = context.Socket(zmq.REQ, { decode: fromNumpy });
		arrays.connect(address);
		const { shape, data } = await arrays.request(toNumpy({ data: Float64Array.of(1, 2.5, 3, 4), shape: [2, 2] }));
		const pending = req.request('"last"');
		const unpassed = await context.drain();
		await loop;
		return JSON.stringify({ states, value, shape, data: [...data], last: await pending, unpassed,
			measured: rtt > 0 && rtt < 20000, ended: await context.ended === undefined, received: context.stats().received });`)
	want := `{"states":["connecting","connected","closed"],"value":{"a":[1,2]},"shape":[2,2],"data":[1,2.5,3,4],"last":"last",` +
		`"unpassed":0,"measured":true,"ended":true,"received":3}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	p.nothingThrown()
}
