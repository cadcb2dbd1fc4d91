package cluster

import "github.com/nats-io/nats.go"

// want tells the bridge that has a name that this one asks for it: it may have it only in case that a page comes back.
func (n *Identities) want(key string) {
	_ = n.conn.nats.Publish(n.conn.subject("identity"), []byte(key)) // who waits asks again
}

// isWanted is told of what other bridges ask for, by the goroutine of the subscription.
func (n *Identities) isWanted(m *nats.Msg) {
	n.mu.Lock()
	h := n.held[string(m.Data)]
	n.mu.Unlock()
	if h != nil && h.wanted != nil {
		h.wanted()
	}
}
