package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf16"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/probe"
)

// diagnosis is what zwb doctor says about an address, as text for people and as JSON.
type diagnosis struct {
	Address     string        `json:"address"`
	Finding     probe.Finding `json:"finding"`
	Error       string        `json:"error,omitempty"`    // what is wrong
	Resolved    []string      `json:"resolved,omitempty"` // what the address stands for
	Reached     string        `json:"reached,omitempty"`  // the resolved address that accepted the connection
	ConnectMS   float64       `json:"connect_ms,omitempty"`
	ZMTP        string        `json:"zmtp,omitempty"`
	Mechanism   string        `json:"mechanism,omitempty"`
	AsServer    bool          `json:"as_server"`
	SocketType  string        `json:"socket_type,omitempty"`
	Identity    []byte        `json:"identity,omitempty"` // base64
	RoundTripMS float64       `json:"round_trip_ms,omitempty"`
	Pings       int           `json:"pings"`            // how many PINGs were answered; the round trip is their median, or the time to connect if there were none
	Meaning     string        `json:"meaning"`          // what it means for the bridge
	Allow       string        `json:"allow,omitempty"`  // the rule for zwb serve --allow
	Advice      string        `json:"advice,omitempty"` // what to do about Error
}

// partners are, for each type of peer, the types of socket with which a page can talk to it.
var partners = map[string]string{
	"REP": "REQ", "ROUTER": "REQ,DEALER", "PUB": "SUB", "XPUB": "SUB,XSUB", "PUSH": "PULL", "PULL": "PUSH",
	"DEALER": "DEALER,ROUTER", "REQ": "ROUTER", "SUB": "PUB", "XSUB": "PUB,XPUB", "PAIR": "PAIR",
}

// advice says what to do about each finding.
var advice = map[probe.Finding]string{
	probe.NoHost:      "check the spelling, and whether this machine can look up the name; in a container a name may be unknown or stand for another machine",
	probe.Refused:     "start the backend, or check address and port; inside a container 127.0.0.1 is the container itself",
	probe.Unreachable: "check the address, the route to it, and the firewalls on the way",
	probe.Silent:      "check the port, and whether the backend still works; a proxy on the way may accept connections that it cannot pass on",
	probe.HungUp:      "check the port; perhaps nobody is behind a proxy on the way, or a firewall admits other machines only",
	probe.Web:         "give the port of a ZeroMQ socket; the bridge's own address is only for pages",
	probe.WebSocket:   "give the port of a ZeroMQ socket that is bound to tcp://; the bridge's own address is only for pages",
	probe.TLS:         "give the port of a ZeroMQ socket; for encryption ZeroMQ has CURVE",
	probe.Foreign:     "check the port: it has to be the one to which a ZeroMQ socket is bound",
	probe.OldZMTP:     "let the backend use libzmq 4.0 or later, or another library that speaks ZMTP 3",
	probe.Broken:      "look at what the backend runs and logs; one that waits for its authentication handler (ZAP) looks like this, too",
	probe.Rejected:    "check --security, and whether the backend's authentication (ZAP) admits the bridge",
	probe.Unsupported: "let the backend bind a socket of another type, or with another security mechanism, for the bridge",
}

func diagnose(r probe.Report, err error) diagnosis {
	d := diagnosis{
		Address: r.Endpoint.String(), Finding: r.Finding,
		Resolved: r.Resolved, Reached: r.Reached, ConnectMS: milliseconds(r.Connect),
		Mechanism: r.Mechanism, AsServer: r.AsServer, SocketType: r.SocketType, Identity: r.Identity,
		RoundTripMS: milliseconds(r.RoundTrip), Pings: r.Pings, Advice: advice[r.Finding],
	}
	if r.Major > 0 {
		d.ZMTP = fmt.Sprintf("%d.%d", r.Major, r.Minor)
	}
	if err != nil {
		d.Error = text(err)
	}
	switch r.Finding {
	case probe.Usable:
		d.Meaning = "pages use " + strings.ReplaceAll(partners[r.SocketType], ",", " or ")
		d.Allow = partners[r.SocketType] + " " + d.Address
	case probe.Secured:
		d.Meaning = "it asks for " + r.Mechanism + " credentials before it says what it is; give them with --security"
	default:
		d.Meaning = "the bridge cannot use it"
	}
	return d
}

// text is the text of an error without its code.
func text(err error) string {
	var coded *core.Error
	if errors.As(err, &coded) {
		return coded.Text
	}
	return err.Error()
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// String is the diagnosis as text for people.
func (d diagnosis) String() string {
	var b strings.Builder
	line := func(name, format string, args ...any) {
		fmt.Fprintf(&b, "  %-10s  "+format+"\n", append([]any{name}, args...)...)
	}
	fmt.Fprintln(&b, d.Address)
	if len(d.Resolved) > 1 || d.Reached == "" && !strings.HasSuffix(d.Address, strings.Join(d.Resolved, "")) {
		line("resolved", "%s", strings.Join(d.Resolved, ", "))
	}
	if d.Reached != "" {
		line("reached", "%s in %.2f ms", d.Reached, d.ConnectMS)
	}
	if d.ZMTP != "" {
		line("speaks", "ZMTP %s%s", d.ZMTP, d.security())
	}
	if d.SocketType != "" {
		line("socket", "%s%s", printable(d.SocketType), d.identity())
	}
	switch {
	case d.Pings > 0:
		line("round trip", "%.2f ms, the median of %d PINGs", d.RoundTripMS, d.Pings)
	case d.SocketType != "":
		line("round trip", "%.2f ms, to connect", d.RoundTripMS)
	}
	if d.Error != "" {
		line("FAILED", "%s", d.Error)
		line("to do", "%s", d.Advice)
		return b.String()
	}
	line("ok", "%s", d.Meaning)
	if d.Allow != "" {
		line("allow it", "zwb serve --allow '%s'", d.Allow)
	}
	return b.String()
}

func (d diagnosis) security() string {
	switch {
	case d.Mechanism == "":
		return ""
	case d.AsServer:
		return ", " + printable(d.Mechanism) + " as server"
	}
	return ", " + printable(d.Mechanism)
}

func (d diagnosis) identity() string {
	if len(d.Identity) == 0 {
		return ""
	}
	return fmt.Sprintf(", identity %q", d.Identity)
}

// printable quotes what a peer has sent if it contains anything that should not reach a terminal.
func printable(said string) string {
	if quoted := strconv.Quote(said); quoted != `"`+said+`"` {
		return quoted
	}
	return said
}

// escaped is JSON with escapes for what a terminal might act on. JSON itself has them only for what is below a space.
func escaped(text []byte) string {
	var b strings.Builder
	for _, r := range string(text) {
		if r < 0x7f || unicode.IsPrint(r) {
			b.WriteRune(r)
			continue
		}
		for _, unit := range utf16.Encode([]rune{r}) {
			fmt.Fprintf(&b, `\u%04x`, unit)
		}
	}
	return b.String()
}
