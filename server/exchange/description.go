package exchange

import (
	"net/http"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/exchange/openapi"
)

// describedAt is where what there is for whoever asks is described.
const describedAt = "/openapi.json"

var description = operation{methods: gets, serve: (*Handler).describe}

// describe is GET /openapi.json.
func (h *Handler) describe(w http.ResponseWriter, r *http.Request, _ target) error {
	list, err := h.host.Reachable(r)
	if err != nil {
		return err
	}
	document, err := openapi.Document(list, h.cfg.Version)
	if err != nil {
		return core.NewError(core.Internal, "the endpoints cannot be described")
	}
	answer(w, "application/json", http.StatusOK, append(document, '\n'))
	return nil
}
