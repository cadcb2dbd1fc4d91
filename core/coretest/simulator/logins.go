package simulator

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// Credentials are the user and the number of the renewal: "user 3;17". The bridge has to know the latest of a page in the end, by
// a Hello or by Credentials, whatever was cut meanwhile. No Credentials may come twice, or after later ones. An end without the
// capability hears nothing of all this.

func credentials(user string, login int) string { return fmt.Sprint(user, ";", login) }

func parseCredentials(text string) (user string, login int) {
	user, number, _ := strings.Cut(text, ";")
	login, _ = strconv.Atoi(number) // a stranger has none
	return user, login
}

// expire has the bridge tell a page that its credentials expire.
func (s *simulation) expire(c *conn) {
	b := c.line.session
	if b == nil || b.dropped || b.line != c.line {
		return
	}
	s.note("the credentials of session %d expire", b.number)
	b.engine.Expiring(10*time.Second, core.OK, "soon")
	b.write()
}

// expiring is told of it.
func (p *page) expiring(e *client.Event) {
	if lacks := p.sim.climate.pageLacks | p.sim.climate.bridgeLacks; lacks&core.CanRenew != 0 {
		p.sim.fail("page %d is told that its credentials expire, and one end does not know of that", p.number)
	}
	if e.Code != core.OK || e.Millis != 10_000 {
		p.sim.fail("page %d is told %v, %d ms", p.number, e.Code, e.Millis)
	}
	p.sim.After(p.sim.around(time.Second), p.renew) // somebody has to be asked first
}

func (p *page) renew() {
	switch {
	case p.dead:
	case p.sim.Now() < p.awake:
		p.sim.At(p.awake, p.renew)
	default:
		p.login++
		p.sim.note("page %d renews its credentials: %d", p.number, p.login)
		p.do(func() { p.client.SetCredentials([]byte(credentials(p.user, p.login))) })
	}
}

// renewed takes what a page hands over.
func (s *bridgeSession) renewed(p *page, f *core.Frame) error {
	user, login := parseCredentials(string(f.Params))
	switch {
	case !s.engine.Can(core.CanRenew):
		return broken("credentials are handed over, and one end does not know of that")
	case user != s.user:
		return broken("credentials of %s in a session of %s", user, s.user)
	case p != nil && login <= s.login:
		return broken("credentials %d come after %d", login, s.login)
	}
	s.bridge.sim.note("session %d has the credentials %d", s.number, login)
	s.login = login
	return nil
}
