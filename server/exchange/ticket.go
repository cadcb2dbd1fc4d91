package exchange

import (
	"net/http"
	"net/url"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/exchange/ticket"
	"github.com/zmqwebbridge/zmqwebbridge/server/exchange/words"
)

// ticket is POST /ticket/NAME: what stands in the URL of a GET at that endpoint, ?ticket=, in the place of credentials.
func (h *Handler) ticket(w http.ResponseWriter, r *http.Request, to target) error {
	if h.cfg.Tickets == nil {
		return core.NewError(core.Unsupported, "there are no tickets here")
	}
	owner, kept, bytes, err := h.host.Vouch(r, to.endpoint, to.params)
	if err != nil {
		return err
	}
	text, err := h.cfg.Tickets.Make(owner, to.endpoint, kept, bytes)
	if err != nil {
		return err
	}
	out := words.NewWriter()
	out.Value(issued{text, int(ticket.Life / time.Second)})
	out.WriteByte('\n')
	answer(w, "application/json", http.StatusCreated, out.Bytes())
	return nil
}

// issued is a ticket, and for how many seconds it is one.
type issued struct {
	Ticket  string `json:"ticket"`
	Seconds int    `json:"seconds"`
}

// asker is the request that says who asks: this one, or the one that its ticket was made with, coming from where this one does. An
// error says that the ticket is none.
func (h *Handler) asker(r *http.Request, to target) (*http.Request, error) {
	text := to.query.Text("ticket")
	if text == "" {
		return r, nil
	}
	var maker *http.Request
	if h.cfg.Tickets != nil {
		maker = h.cfg.Tickets.Maker(text, to.endpoint)
	}
	if maker == nil {
		return r, errTicket
	}
	asker := *maker
	asker.RemoteAddr, asker.Method = r.RemoteAddr, r.Method
	asker.RequestURI, asker.URL = r.URL.Path, &url.URL{Path: r.URL.Path} // and not the ticket
	return &asker, nil
}

var errTicket = core.NewError(core.Unauthenticated, "the ticket is none for this endpoint, or is more than a minute old: POST /ticket/NAME makes another")
