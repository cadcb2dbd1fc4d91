package policy

import (
	"errors"
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/condition"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

// loader turns a file into a Policy, and notes what is wrong with it.
type loader struct {
	file               *config.File
	mistakes, warnings config.Mistakes
}

func (l *loader) wrong(path string, err error) {
	if err != nil {
		l.mistakes = append(l.mistakes, l.file.MistakeAt(path, reason(err)))
	}
}

// wrongCondition points at the very place in the text.
func (l *loader) wrongCondition(path, text string, err error) {
	var at *condition.Mistake
	if errors.As(err, &at) {
		l.mistakes = append(l.mistakes, l.file.MistakeWithin(path, text, at.Offset, at.Text))
	}
}

func (l *loader) warn(path, text string) {
	l.warnings = append(l.warnings, l.file.MistakeAt(path, text))
}

func sortedNames(endpoints config.Endpoints) []string { return slices.Sorted(maps.Keys(endpoints)) }

// endpoint reads an entry of endpoints.
func (l *loader) endpoint(name string, c config.Endpoint) *endpoint {
	at := "endpoints." + name
	e := &endpoint{name: name}
	for i, address := range c.Address {
		ep, err := core.ParseAddress(address)
		if err != nil {
			l.wrong(element(at+".address", i, len(c.Address)), err)
		}
		e.addresses = append(e.addresses, ep)
	}
	if len(c.Address) > access.MaxAddresses {
		l.wrong(at+".address", core.NewError(core.Invalid, fmt.Sprintf("an endpoint has at most %d addresses", access.MaxAddresses)))
	}
	l.fill(&e.entry, at, c)
	e.bind = c.Bind || slices.Contains(e.types, core.REP)
	e.terms = l.terms(at, c)
	e.memory = int64(c.Memory)
	return e
}

// address reads an entry of addresses.
func (l *loader) address(i int, c config.Address) *entry {
	at := "addresses." + strconv.Itoa(i)
	e := &entry{}
	var err error
	e.Rule, err = parsePlace(c.Address)
	l.wrong(at+".address", err)
	l.fill(e, at, config.Endpoint{Type: c.Types, Allow: c.Allow, Topics: c.Topics, Publish: c.Publish, Identity: c.Identity,
		Overflow: c.Overflow, HWM: c.HWM, Rate: c.Rate, History: c.History})
	e.bind, e.http = c.Bind, c.HTTP
	return e
}

// element is the path of an element of a list, or of the value itself where a single one need not stand in a list.
func element(path string, i, n int) string {
	if n == 1 {
		return path
	}
	return path + "." + strconv.Itoa(i)
}

// fill reads what names and raw addresses have in common.
func (l *loader) fill(e *entry, at string, c config.Endpoint) {
	e.path = at
	for i, name := range c.Type {
		t, err := core.ParseSocketType(strings.ToUpper(name))
		l.wrong(element(at+".type", i, len(c.Type)), err)
		e.types = append(e.types, t)
	}
	if c.Allow != "" {
		var err error
		e.allow, err = condition.Compile(c.Allow)
		l.wrongCondition(at+".allow", c.Allow, err)
	}
	e.topics, e.anyTopic = l.templates(at+".topics", c.Topics)
	e.publish, e.anyPublish = l.templates(at+".publish", c.Publish)
	for i, text := range c.Identity {
		p, err := parsePattern(text)
		l.wrong(element(at+".identity", i, len(c.Identity)), err)
		e.identity = append(e.identity, p)
		if p.open() {
			l.warn(element(at+".identity", i, len(c.Identity)), "a * follows a value of the user, so that the names of bob are those of bobby, too; put a character between them")
		}
	}
	e.flow = l.flow(at, c)
	e.sendRate = float64(c.Rate)
	if c.Sequence != nil {
		e.sequence = sequenceOf(c.Sequence)
		e.sequence.Replay = replayOf(c.Replay)
	}
	if c.History != nil {
		e.history = access.History{Messages: c.History.Messages, Age: time.Duration(c.History.Age), Bytes: int(c.History.Size), Prefixes: c.History.Prefixes, Durable: c.History.Durable}
		if c.History.Durable && !l.file.Said(at+".history.size") {
			e.history.Bytes = 0 // for which there is another default
		}
	}
}

func (l *loader) templates(at string, texts []string) (templates []condition.Template, any bool) {
	for i, text := range texts {
		t, err := condition.ParseTemplate(text)
		l.wrong(element(at, i, len(texts)), err)
		if t.OpenEnd() {
			l.warn(element(at, i, len(texts)), "it ends in a value, so that what begins with "+text+" of bob is also what begins with that of bobby; put a character behind it")
		}
		templates = append(templates, t)
	}
	return templates, texts == nil
}

func (l *loader) flow(at string, c config.Endpoint) (f access.Flow) {
	f.HWM, f.MaxRate = c.HWM, float64(c.Rate)
	if len(c.Overflow) > 0 {
		var err error
		f.Overflow, f.Allow, err = parseOverflow(strings.Join(c.Overflow, ","))
		l.wrong(at+".overflow", err)
	}
	return f
}

// networks reads where backends may be.
func (l *loader) networks(texts []string) (n Networks) {
	for i, text := range texts {
		network, err := config.ParseNetwork(text)
		l.wrong(element("networks", i, len(texts)), err)
		n = append(n, network)
	}
	return n
}

// reachable finds addresses that can never be dialled.
func (l *loader) reachable(p *Policy) {
	for _, e := range p.named {
		for i, ep := range e.addresses {
			addr, err := netip.ParseAddr(ep.Host)
			if err == nil && !e.bind && !p.networks.contain(addr) {
				l.wrong(element(e.path+".address", i, len(e.addresses)), fmt.Errorf("%s is in none of the networks", ep.Host))
			}
		}
		replay := e.sequence.Replay.Address.Host
		if addr, err := netip.ParseAddr(replay); err == nil && !p.networks.contain(addr) {
			l.wrong(e.path+".replay.address", fmt.Errorf("%s is in none of the networks", replay))
		}
	}
	var rules Rules
	for _, e := range p.raw {
		rules = append(rules, e.Rule)
	}
	l.wrong("networks", p.networks.Check(rules))
}
