package gateway

// greetingSize is what both sides of a ZMTP 3 connection send first. https://rfc.zeromq.org/spec/37/
const greetingSize = 64

// readGreeting turns away what is no ZMTP 3 peer as soon as its first bytes show it; zmq4 would wait for 64.
func (g *guard) readGreeting() error {
	b, err := g.in.Peek(1)
	if err == nil && b[0] == 0xff {
		b, err = g.in.Peek(10)
	}
	if err != nil {
		return err
	}
	if len(b) < 10 || b[9] != 0x7f {
		b, _ = g.in.Peek(min(g.in.Buffered(), 24))
		return protocolError("not ZMTP 3: it says %q", b)
	}
	if b, err = g.in.Peek(11); err != nil {
		return err
	}
	if b[10] < 3 {
		return protocolError("ZMTP %d; version 3 is needed (libzmq 4 or later)", b[10])
	}
	if b, err = g.in.Peek(greetingSize); err != nil {
		return err
	}
	copy(g.greeting[:], b)
	g.body = greetingSize
	return nil
}

// minor is the peer's ZMTP 3 minor version; PING exists from 1 on.
func (g *guard) minor() byte { return g.greeting[11] }

// mechanism is the security mechanism the peer greeted with.
func (g *guard) mechanism() string { return cString(g.greeting[12:32]) }

// cString is the text up to the first zero byte.
func cString(b []byte) string {
	for i, c := range b {
		if c == 0 {
			return string(b[:i])
		}
	}
	return string(b)
}
