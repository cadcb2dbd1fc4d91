package gateway

import (
	"fmt"

	"github.com/go-zeromq/zmq4"
	"github.com/go-zeromq/zmq4/security/null"
	"github.com/go-zeromq/zmq4/security/plain"

	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/curve"
)

// Security is how the bridge proves to a backend who it is. The zero value is the NULL mechanism; at most one is set.
type Security struct {
	Plain *Plain      // RFC 24: a name and a password, in clear text
	Curve *curve.Keys // RFC 26: keys, and everything encrypted
}

// Plain is what the PLAIN mechanism sends.
type Plain struct{ Username, Password string }

// String shows no password.
func (p Plain) String() string { return fmt.Sprintf("PLAIN as %q", p.Username) }

// mechanism is zmq4's part of it, made anew for every connection: zmq4's PLAIN forgets the password after one use.
// CURVE stands below zmq4, which finds NULL.
func (s Security) mechanism() zmq4.Security {
	if s.Plain != nil {
		return plain.Security(s.Plain.Username, s.Plain.Password)
	}
	return null.Security()
}
