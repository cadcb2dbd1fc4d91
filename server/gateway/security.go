package gateway

import (
	"github.com/go-zeromq/zmq4"
	"github.com/go-zeromq/zmq4/security/null"
	"github.com/go-zeromq/zmq4/security/plain"

	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

// Security is how the bridge proves to a backend who it is, see access.Security.
type Security = access.Security

// Plain is what the PLAIN mechanism sends.
type Plain = access.Plain

// mechanism is zmq4's part of a Security. It is made anew for every connection, because zmq4's PLAIN forgets the password
// after one use. CURVE works below zmq4, which sees NULL.
func mechanism(s Security) zmq4.Security {
	if s.Plain != nil {
		return plain.Security(s.Plain.Username, s.Plain.Password)
	}
	return null.Security()
}
