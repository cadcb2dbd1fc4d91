package cost

import (
	"net/http"
	"sync"

	"github.com/zmqwebbridge/zmqwebbridge/server/account"
)

// Line is the account of a WebSocket, whoever's it is: it begins before anybody has said Hello. Its lock guards it.
type Line struct {
	mu      sync.Mutex
	ending  bool           // it has to make room for others: nothing more is to be read
	reading account.Charge // a message that is not complete, or not handled yet
	writing account.Charge // one that the network has not taken yet
	place   account.Charge // the line itself
	account *account.Account
}

// linePlace is what a WebSocket costs: its goroutines, and what has arrived and was not read.
const linePlace = 24 << 10

// Open begins the account of a WebSocket that was asked for by a handshake. shed is called when it has to make room for others.
func (c *Line) Open(memory *account.Pool, handshake *http.Request, shed func()) {
	c.account = memory.Open(&c.mu, shed)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.place.Open(c.account, account.Connection)
	c.reading.Open(c.account, account.Reading)
	c.writing.Open(c.account, account.Queue)
	c.place.Set(linePlace + HeaderSize(handshake))
}

// Join has it counted with what else this holder has. shed is called when it has to make room for these.
func (c *Line) Join(holder string, shed func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.account.Join(holder, shed)
}

// Hold is told what the message that is being read is about to take, and whether it may: not when the WebSocket has to make room for
// others, nor when others that have to do so have not done it yet.
func (c *Line) Hold(bytes int) (may bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if bytes > c.reading.Held() && (c.ending || c.account.Tight() && !c.account.Modest(bytes)) {
		return false
	}
	c.reading.Set(bytes)
	return true
}

// Tight tells whether nothing new is to be begun, whoever asks for it.
func (c *Line) Tight() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.account.Tight()
}

// Begun is told that there is a session, which remembers the handshake.
func (c *Line) Begun() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.place.Set(linePlace)
}

// Writes is told how much was given to the network, which has yet to take it. Whatever the session forgets meanwhile is held
// for that long; what it keeps itself until the client has it counts there.
func (c *Line) Writes(bytes int, kept bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if kept {
		c.writing.SetShared(bytes, bytes)
	} else {
		c.writing.Set(bytes)
	}
}

// Forgotten is told that the session keeps nothing any more of what is being written.
func (c *Line) Forgotten() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writing.Set(c.writing.Held())
}

// Handled is told that a message has been handled.
func (c *Line) Handled() { c.Hold(0) }

// End says that the WebSocket is about to end to make room for others.
func (c *Line) End() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ending = true
}

// Close is told that the WebSocket has ended.
func (c *Line) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.place.Set(0)
	c.reading.Set(0)
	c.writing.Set(0)
	c.account.Close()
}
