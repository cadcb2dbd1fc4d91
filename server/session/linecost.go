package session

import (
	"context"
	"net/http"
	"sync"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/account"
)

// lineCost is the account of a WebSocket, whoever's it is: it begins before anybody has said Hello. Its lock guards it.
type lineCost struct {
	sync.Mutex
	line    *line
	account *account.Account
	place   *account.Charge // the line itself
	reading *account.Charge // a message that is not complete, or not handled yet
	writing *account.Charge // one that the network has not taken yet
	ending  bool            // it has to make room for others: nothing more is to be read
}

// linePlace is what a WebSocket costs: its goroutines, and what has arrived and was not read.
const linePlace = 24 << 10

func (c *lineCost) open(l *line) {
	c.line = l
	c.account = l.registry.memory.Open(c, c.shed)
	c.Lock()
	defer c.Unlock()
	c.place, c.reading = c.account.Charge(account.Connection), c.account.Charge(account.Reading)
	c.writing = c.account.Charge(account.Queue)
	c.place.Set(linePlace + HeaderSize(l.request))
}

// hold is told what the message that is being read is about to take. The error ends the WebSocket: when it has to make room
// for others, and when others that have to do so have not done it yet. Its session can go on over another one.
func (c *lineCost) hold(bytes int) error {
	c.Lock()
	defer c.Unlock()
	if bytes > c.reading.Held() && (c.ending || c.account.Tight() && !c.account.Modest(bytes)) {
		return errShort
	}
	c.reading.Set(bytes)
	return nil
}

// begun is told that there is a session, which remembers the handshake.
func (c *lineCost) begun() {
	c.Lock()
	defer c.Unlock()
	c.place.Set(linePlace)
}

// writes is told how much was given to the network, which has yet to take it. Whatever the session forgets meanwhile is held
// for that long; what it keeps itself until the client has it counts there.
func (c *lineCost) writes(bytes int, kept bool) {
	c.Lock()
	defer c.Unlock()
	if kept {
		c.writing.SetShared(bytes, bytes)
	} else {
		c.writing.Set(bytes)
	}
}

// forgotten is told that the session keeps nothing any more of what is being written.
func (c *lineCost) forgotten() {
	c.Lock()
	defer c.Unlock()
	c.writing.Set(c.writing.Held())
}

// handled is told that a message has been handled.
func (c *lineCost) handled() { c.hold(0) }

// settleUp is told that the line has ended.
func (l *line) settleUp() {
	l.cost.Lock()
	defer l.cost.Unlock()
	l.cost.place.Set(0)
	l.cost.reading.Set(0)
	l.cost.writing.Set(0)
	l.cost.account.Close()
}

// shed ends the WebSocket; its session goes on.
func (c *lineCost) shed() {
	c.line.registry.counters.Shed.Add(1)
	c.makeRoom(errShort)
}

// makeRoom ends the WebSocket, so that what is held for it is given back soon.
func (c *lineCost) makeRoom(cause *core.CloseError) {
	l := c.line
	c.Lock()
	c.ending = true
	c.Unlock()
	l.registry.background(func() { l.conn.Close(cause.Close, cause.Reason) })
	l.registry.background(func() { l.dropAfter(shedPatience) })
}

var errShort = core.NewCloseError(core.CloseOverloaded, "the bridge is short of memory, and this client had the most of it")

// slim is what is kept of a handshake for as long as there is a session: all that a hook may want to know, and nothing of
// what the HTTP server needs to answer it. Its context does not end with the handshake.
func slim(r *http.Request) *http.Request {
	kept := r.WithContext(context.WithoutCancel(r.Context()))
	kept.Body, kept.GetBody, kept.Form, kept.PostForm, kept.MultipartForm, kept.Response = http.NoBody, nil, nil, nil, nil, nil
	return kept
}

// HeaderSize is what a handshake costs that is kept.
func HeaderSize(r *http.Request) int {
	size := len(r.RequestURI) + len(r.Host)
	for name, values := range r.Header {
		size += len(name) + headerPlace
		for _, value := range values {
			size += len(value) + headerPlace
		}
	}
	return size
}

// headerPlace is what a header costs besides its text.
const headerPlace = 48
