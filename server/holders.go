package server

import (
	"cmp"
	"slices"
	"strings"
)

// Holder is for whom the bridge holds something, if that is limited (Config.MaxMemoryPerUser): a user, or all clients at one network address who
// are nobody in particular.
type Holder struct {
	User    string `json:"user,omitempty"`    // Config.UserKey
	Address string `json:"address,omitempty"` // as MaxConnectionsPerIP counts them
	Held    int    `json:"held"`              // bytes
}

// Holders are those for whom the most is held, the largest first, at most so many.
func (b *Bridge) Holders(most int) []Holder {
	all := []Holder{}
	for _, g := range b.sessions.Memory().Groups() {
		h := Holder{Held: g.Held()}
		kind, name, _ := strings.Cut(g.Key(), " ")
		if kind == "user" {
			h.User = name
		} else {
			h.Address = name
		}
		all = append(all, h)
	}
	slices.SortFunc(all, func(a, b Holder) int {
		return cmp.Or(cmp.Compare(b.Held, a.Held), cmp.Compare(a.User, b.User), cmp.Compare(a.Address, b.Address))
	})
	return all[:min(len(all), most)]
}
