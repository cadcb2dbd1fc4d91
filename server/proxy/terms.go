package proxy

import (
	"slices"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/proxy/pacing"
)

var errAlone = core.NewError(core.Invalid, "an endpoint that tells its backend who calls is the only one of its socket")

// agree takes in what an endpoint that was allowed asks of those who send to it.
func (u *upstream) agree() *core.Error {
	k := u.socket
	terms, e := k.rules.Terms(u.access)
	if e != nil {
		return e
	}
	for _, other := range k.reached() {
		if other != u && (terms.Alone || other.terms.Alone) {
			return errAlone
		}
	}
	k.handle.Lock()
	defer k.handle.Unlock()
	u.terms = terms
	k.reconsider()
	return nil
}

// judgesMessages tells whether there is anybody to be asked about what the client sends.
func (k *socket) judgesMessages() bool {
	return slices.ContainsFunc(k.endpoints, func(up *upstream) bool { return up.terms.Admit != nil })
}

// admit asks every endpoint whether it takes a message of the client. It returns what is passed on instead.
func (k *socket) admit(m core.Message) (core.Message, *core.Error) {
	for _, up := range k.endpoints {
		if up.terms.Admit == nil || up.refused != nil {
			continue
		}
		var err error
		if m, err = up.terms.Admit(k.handle.Context(), m); err != nil {
			e := asError(err)
			up.note(up.access, e)
			k.handle.Counters().Denied.Add(1)
			return nil, e
		}
	}
	return m, nil
}

// timeoutUnder is what the endpoints of the socket leave of how long a request may take.
func (k *socket) timeoutUnder(timeout time.Duration) time.Duration {
	for _, up := range k.endpoints {
		if most := up.terms.Timeout; most > 0 {
			timeout = min(timeout, most)
		}
	}
	return timeout
}

// paces are how fast whoever has the socket may send to its endpoints. Of addresses of one name there is one. No lock is held.
func (k *socket) paces() (paces []*pacing.Pace) {
	k.handle.Lock()
	limited := map[string]float64{}
	for _, up := range k.endpoints {
		if r := up.terms.Rate; r > 0 && up.refused == nil && !up.gone {
			limited[up.access.Endpoint.String()] = r
		}
	}
	k.handle.Unlock()
	if len(limited) == 0 {
		return nil
	}
	sender := k.handle.Sender()
	for endpoint, rate := range limited {
		paces = append(paces, k.Proxies.paces.Of(sender, endpoint, rate))
	}
	return paces
}
