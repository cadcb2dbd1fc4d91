package e2e

import "testing"

func TestConsoleFiltersTheLog(t *testing.T) {
	t.Parallel()
	p := openConsole(t)
	got := eval[string](p, inConsole+`const sub = await openAt('SUB', 1), req = await openAt('REQ', 0);
		await fill('part', 'a needle', req); await click('send', req); await get('data', req);
		const rows = (test) => until(() => { const found = all('log-row'); return found.every(test) && found.length; });
		await fill('filter', 'NEEDLE');
		const needles = await rows((e) => e.textContent.includes('needle'));
		await fill('filter', '');
		await fill('log-socket', 'REQ 2');
		const ofReq = await rows((e) => e.dataset.type === 'REQ');
		await click('socket-close', req);
		await until(() => all('log-socket')[0].value === '');
		await until(() => all('log-row').some((e) => e.dataset.type === 'SUB'));
		return [needles, ofReq, all('card').length, document.activeElement.id].join('|');`)
	if want := "2|3|1|address"; got != want { // sent and received; and that it opened
		t.Errorf("got %q, want %q", got, want)
	}
	p.nothingThrown()
}

func TestConsoleHoldsTheLogForReaders(t *testing.T) {
	t.Parallel()
	p := openConsole(t)
	got := eval[string](p, inConsole+`await openAt('SUB', 1);
		const news = () => until(() => all('log-latest').find((e) => !e.hidden && parseInt(e.textContent) > 2));
		await until(() => all('log-row').length > 3);
		await click('pause');
		const label = all('pause')[0].textContent;
		await news();
		const held = all('log-row').length;
		await click('log-latest');
		await until(() => all('log-row').length > held);
		const row = all('log-row').at(-1);
		row.open = true;
		await get('data', row);
		await news();
		const last = all('log-row').at(-1) === row;
		row.open = false;
		await click('log-latest');
		await until(() => all('log-row').at(-1) !== row);
		await click('pause'); await click('clear');
		return [label, last, all('log-row').length, all('pause')[0].textContent].join('|');`)
	if want := "Resume|true|0|Resume"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	p.nothingThrown()
}

func TestConsoleCountsWhatItDoesNotList(t *testing.T) {
	t.Parallel()
	pub := startPeer(t, "pub", 0)
	b := startBridge(t, "--allow", "SUB "+pub.address())
	p := openTab(t, b.url)
	eval[any](p, inConsole+`await click('type-SUB'); await fill('address', '`+pub.address()+`'); await click('open'); await live(await card('SUB')); await click('tab-messages');`)
	const messages = 600
	for i := range messages {
		pub.tell([]string{"topic" + itoa(i%20), "message " + itoa(i)})
	}
	got := eval[string](p, inConsole+`const c = await card('SUB');
		await until(() => all('sub-count', c)[0].textContent === '`+itoa(messages)+`');
		const more = await until(() => [...document.querySelectorAll('#log .more')].map((e) => e.textContent).find((text) => text.startsWith('+')));
		await until(() => all('total')[0].textContent === '`+itoa(messages)+`');
		await click('tab-topics');
		const root = await until(() => all('topic').find((e) => e.textContent.includes('SUB 1')));
		await until(() => root.querySelector('.count').textContent === '`+itoa(messages)+`');
		const topics = all('topic').filter((e) => /^topic\d+$/.test(e.dataset.topic) && !e.hidden);
		return [all('topics')[0].getAttribute('aria-rowcount'), topics.every((e) => e.querySelector('.count').textContent === '30')].join('|');`)
	if want := "22|true"; got != want { // and the head, and the socket
		t.Errorf("got %q, want %q", got, want)
	}
	p.nothingThrown()
}
