package access

import "fmt"

// Security is how the bridge proves to a backend who it is. The zero value is the NULL mechanism; at most one field is set.
type Security struct {
	Plain *Plain     // RFC 24 (https://rfc.zeromq.org/spec/24/): a name and a password, in clear text
	Curve *CurveKeys // RFC 26 (https://rfc.zeromq.org/spec/26/): keys, and everything encrypted
}

// Plain is what the PLAIN mechanism sends.
type Plain struct{ Username, Password string }

// String shows no password.
func (p Plain) String() string { return fmt.Sprintf("PLAIN as %q", p.Username) }

// CurveKeys are the long-term keys a CURVE client needs; package server/gateway/zmtp/curve makes them.
type CurveKeys struct {
	Public [CurveKeySize]byte // C, the one servers know this client by; zero: the one that belongs to Secret
	Secret [CurveKeySize]byte // c
	Server [CurveKeySize]byte // S, the one the server has to prove that it owns
}

// CurveKeySize is the size of every key of CURVE, public or secret, in bytes.
const CurveKeySize = 32

// String is fit for a log: it shows no secret.
func (k CurveKeys) String() string {
	return fmt.Sprintf("CURVE client %s, server %s", EncodeCurveKey(k.Public), EncodeCurveKey(k.Server))
}
