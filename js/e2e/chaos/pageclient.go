package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/js/e2e/chaos/process"
	"github.com/zmqwebbridge/zmqwebbridge/js/e2e/chaos/record"
	"github.com/zmqwebbridge/zmqwebbridge/js/e2e/chaos/schedule"
)

//go:embed page.js
var pageScript string

// pageClient is a page in Chromium, which notes what happens. The notes are collected and evaluated here.
type pageClient struct {
	*ledger
	workload
	tab     *tab
	quit    context.CancelFunc
	running sync.WaitGroup
}

// firstOfPage is the number of the page's first request. Those of the Go client have lower numbers.
const firstOfPage = 1 << 40

// firstHeirOfPage is the number of the first socket that has a name. Those of the Go client have lower numbers.
const firstHeirOfPage = 1 << 19

func milliseconds(all []time.Duration) (ms []int64) {
	for _, d := range all {
		ms = append(ms, d.Milliseconds())
	}
	return ms
}

// startPage opens a page that has the client, at a site.
func startPage(ctx context.Context, site string, w workload) (*pageClient, error) {
	t, err := openTab(ctx, site)
	if err != nil {
		return nil, err
	}
	c := &pageClient{ledger: newLedger("page", firstOfPage, w), workload: w, tab: t}
	final := ""
	if w.final != nil {
		final = w.final.Endpoint()
	}
	config, err := json.Marshal(map[string]any{"url": w.url, "subs": c.asked(), "source": w.source.Endpoint(),
		"sink": w.sink.Endpoint(), "rep": w.rep.Endpoint(), "router": w.router.Endpoint(), "pushRate": w.pushRate, "askRate": w.askRate,
		"first": uint64(firstOfPage), "maxAsking": maxAsking, "timeout": requestTimeout.Milliseconds(),
		"side": w.side, "final": final, "nowhere": w.nowhere, "deadEnds": deadEnds, "maxBrief": maxBrief, "lingers": milliseconds(lingers),
		"closePause": closePause.Milliseconds(), "herald": w.herald.Endpoint(), "name": "heir of the page", "firstHeir": firstHeirOfPage,
		"announceEach": announceEach.Milliseconds(), "maxTenure": maxTenure.Milliseconds()})
	if err == nil {
		_, err = evaluate[any](t, fmt.Sprintf("%s; chaos.start(%s); 0", pageScript, config))
	}
	if err != nil {
		t.close()
		return nil, err
	}
	collecting, quit := context.WithCancel(ctx)
	c.quit = quit
	c.running.Go(func() { c.collectAll(collecting) }) // close waits for it
	return c, nil
}

// asked says for the page where each SUB connects, and its streams by their topics.
func (c *pageClient) asked() (all []map[string]any) {
	for _, streams := range c.ledger.subs {
		names, addresses := map[string]string{}, []string{}
		for _, n := range streams {
			names[n.topic] = n.Name
		}
		for _, b := range streams[0].publishers {
			addresses = append(addresses, b.Endpoint())
		}
		all = append(all, map[string]any{"addresses": addresses, "streams": names})
	}
	return all
}

// notes are what the page has noted since it was asked the last time.
type notes struct {
	Streams   map[string][][2]int64 `json:"streams"` // generation and number of each message; -1: a gap; -2: a damaged message
	Pushed    uint64                `json:"pushed"`
	Reports   []uint64              `json:"reports"`
	Asked     [][2]float64          `json:"asked"`
	Answered  []answered            `json:"answered"`
	Events    []event               `json:"events"`
	Comebacks [][2]instant          `json:"comebacks"`
	Errors    []string              `json:"errors"`
	Farewells []farewell            `json:"farewells"`
	Heirs     [][3]int64            `json:"heirs"` // number of the socket, and then as in Streams
	Told      int                   `json:"told"`
}

type answered struct {
	number uint64
	at     instant
	code   string
	right  bool
}

func (a *answered) UnmarshalJSON(b []byte) error {
	return json.Unmarshal(b, &[]any{&a.number, &a.at, &a.code, &a.right})
}

type farewell struct {
	record.Farewell
	start, end, linger instant
}

func (f *farewell) UnmarshalJSON(b []byte) error {
	err := json.Unmarshal(b, &[]any{&f.First, &f.Count, &f.Unpassed, &f.Unknown, &f.start, &f.end, &f.linger})
	f.Start, f.End, f.Linger = f.start.time(), f.end.time(), time.Duration(f.linger)*time.Millisecond
	return err
}

type event struct {
	kind string
	at   instant
}

func (e *event) UnmarshalJSON(b []byte) error { return json.Unmarshal(b, &[]any{&e.kind, &e.at}) }

// collectEvery is how often the page is asked for its notes.
const collectEvery = 200 * time.Millisecond

func (c *pageClient) collectAll(ctx context.Context) {
	for schedule.Wait(ctx, collectEvery) {
		notes, err := evaluate[notes](c.tab, "chaos.collect()")
		if err != nil {
			c.wrong(fmt.Errorf("the page does not answer: %w", err))
			return
		}
		c.enter(&notes)
	}
}

// enter adds notes to the records.
func (c *pageClient) enter(n *notes) {
	for _, s := range c.received() {
		enterStream(s.Numbering, n.Streams[s.Name])
	}
	c.pushed.Enter(n.Pushed, n.Reports)
	for _, a := range n.Asked {
		c.requests.AskedAt(uint64(a[0]), instant(a[1]).time())
	}
	for _, a := range n.Answered {
		c.requests.AnsweredAt(a.number, codeNamed(a.code), a.right, a.at.time())
	}
	for _, e := range n.Events {
		c.happened(e.kind, e.at.time())
	}
	for _, b := range n.Comebacks {
		c.recovery.ComeBack(record.Comeback{Welcomed: b[0].time(), Delivered: b[1].time()})
	}
	for _, f := range n.Farewells {
		c.farewells.Add(f.Farewell)
	}
	for _, it := range n.Heirs {
		enterHeir(c.heirs.Find(uint64(it[0])), it[1], uint64(it[2]))
	}
	for range n.Told {
		c.heirs.Told()
	}
	for _, text := range n.Errors {
		c.wrong(errors.New(text))
	}
}

func enterStream(books *record.Numbering, stream [][2]int64) {
	for _, pair := range stream {
		switch {
		case pair[0] == -1:
			books.Gap(uint64(pair[1]))
		case pair[0] < 0:
			books.Damage()
		default:
			books.Message(uint64(pair[1]), books.From(uint64(pair[0])))
		}
	}
}

func enterHeir(h *record.Heir, generation int64, number uint64) {
	switch {
	case generation == -1:
		h.Gap(number)
	case generation < 0:
		h.Damage()
	default:
		h.Message(uint64(generation), number)
	}
}

// codeNamed is the code with this name in JavaScript, or Internal if there is none.
func codeNamed(name string) core.Code {
	if name == "" {
		return core.OK
	}
	for code := core.OK; code < core.Internal; code++ {
		if code.String() == name {
			return code
		}
	}
	return core.Internal
}

// halt stops the sending and waits for the requests that are under way.
func (c *pageClient) halt() error {
	if _, err := evaluate[any](c.tab, "chaos.stop(); 0"); err != nil {
		return fmt.Errorf("hang: the page does not answer: %w", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), process.Patience)
	defer cancel()
	idle := func() bool {
		idle, err := evaluate[bool](c.tab, "chaos.idle()")
		return err == nil && idle
	}
	if until(ctx, idle) != nil {
		return errors.New("hang: sockets of the page are closed and never gone")
	}
	return c.awaitAnswers()
}

// heed has nothing to do: a burst is too much for a page.
func (c *pageClient) heed() {}

func (c *pageClient) settled() bool { return c.ledger.settled(c.workload) }

func (c *pageClient) books() (*ledger, error) { return c.ledger, c.ledger.end(c.workload) }

// close ends the page.
func (c *pageClient) close() error {
	c.quit()
	c.running.Wait()
	notes, err := evaluate[notes](c.tab, "chaos.collect()")
	if err == nil {
		c.enter(&notes)
	}
	c.tab.close()
	return err
}

// complaints are those of the ledger, and exceptions that nobody has caught in the page.
func (c *pageClient) complaints() []error { return append(c.ledger.complaints(), c.tab.uncaught()...) }
