package core

import (
	"strconv"
	"strings"
)

// Endpoint is a ZeroMQ address that has been checked, in canonical form, or a name behind which a bridge has one: two
// Endpoints are the same if they are equal. The zero Endpoint is no endpoint.
type Endpoint struct {
	Transport string // "tcp" or "ipc"; "" for a name
	Host      string // tcp: a name in lower case, an IPv4 address, or an IPv6 address without brackets
	Port      uint16 // tcp: 1 to 65535
	Path      string // ipc: an absolute path, or an abstract name beginning with '@'

	Name string // as in "prices", which is whatever the bridge has under this name
	Nth  int    // which of several addresses behind a name, from 0. It is the bridge's own affair, and not part of the text
}

const (
	maxIPCPath = 107 // bytes of a path, from sun_path in unix(7)
	maxName    = 64  // bytes of a name
)

// String is the canonical form; ParseEndpoint(e.String()) is e.
func (e Endpoint) String() string {
	switch {
	case e.Name != "":
		return e.Name
	case e.Transport == "ipc":
		return "ipc://" + e.Path
	}
	return "tcp://" + e.HostPort()
}

// IsEndpointName tells whether a text can be the name of an endpoint: a letter, and up to 63 letters, digits, or any of "._-".
func IsEndpointName(s string) bool {
	if len(s) == 0 || len(s) > maxName || !isLetter(s[0]) {
		return false
	}
	for i := 1; i < len(s); i++ {
		c := s[i]
		if !isLetter(c) && (c < '0' || c > '9') && c != '.' && c != '_' && c != '-' {
			return false
		}
	}
	return true
}

func isLetter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }

// HostPort is the address as net.Dial takes it for tcp, with an IPv6 address in brackets.
func (e Endpoint) HostPort() string {
	host := e.Host
	if strings.IndexByte(host, ':') >= 0 {
		host = "[" + host + "]"
	}
	return host + ":" + strconv.Itoa(int(e.Port))
}

// ParseEndpoint reads what a page connects to: a ZeroMQ endpoint string as [ParseAddress] does, or the name of an endpoint.
func ParseEndpoint(s string) (Endpoint, error) {
	if IsEndpointName(s) {
		return Endpoint{Name: s}, nil
	}
	return ParseAddress(s)
}

// ParseAddress reads a ZeroMQ endpoint string (zmq_tcp(7), zmq_ipc(7)).
//
// Everything whose meaning depends on the machine, or on more than the string, is an error here, so that no code after it
// has to deal with it: wildcards, interface names, service names, source addresses (tcp://a;b), inproc, udp and the rest.
// The error for a malformed address is [Invalid]; for one that is well-formed but not offered it is [Unsupported].
func ParseAddress(s string) (Endpoint, error) {
	if len(s) > MaxAddress {
		return Endpoint{}, badEndpoint(s, "longer than "+itoa(MaxAddress)+" bytes")
	}
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' || s[i] == 0x7f {
			return Endpoint{}, badEndpoint(s, "contains a space or control character")
		}
	}
	transport, rest, found := strings.Cut(s, "://")
	if !found {
		return Endpoint{}, badEndpoint(s, "has no transport; write tcp://host:port")
	}
	switch lowerASCII(transport) {
	case "tcp":
		return parseTCP(s, rest)
	case "ipc":
		return parseIPC(s, rest)
	case "inproc", "udp", "pgm", "epgm", "norm", "tipc", "vmci", "vsock", "ws", "wss":
		return Endpoint{}, NewError(Unsupported, "endpoint "+quote(s)+": the bridge does not reach "+transport+" endpoints")
	case "":
		return Endpoint{}, badEndpoint(s, "has no transport; write tcp://host:port")
	}
	return Endpoint{}, badEndpoint(s, "has an unknown transport")
}

func parseTCP(s, rest string) (Endpoint, error) {
	if strings.IndexByte(rest, ';') >= 0 {
		return Endpoint{}, NewError(Unsupported, "endpoint "+quote(s)+": source addresses are not supported")
	}
	colon := strings.LastIndexByte(rest, ':')
	if colon < 0 {
		return Endpoint{}, badEndpoint(s, "has no port")
	}
	host, err := parseHost(s, rest[:colon])
	if err != nil {
		return Endpoint{}, err
	}
	port, err := parsePort(s, rest[colon+1:])
	if err != nil {
		return Endpoint{}, err
	}
	return Endpoint{Transport: "tcp", Host: host, Port: port}, nil
}

func parsePort(s, port string) (uint16, error) {
	if port == "*" || port == "!" {
		return 0, badEndpoint(s, "has a wildcard for a port")
	}
	if port == "" || len(port) > 5 || port[0] == '0' {
		return 0, badEndpoint(s, "the port is not a number from 1 to 65535")
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return 0, badEndpoint(s, "the port is not a number from 1 to 65535")
	}
	return uint16(n), nil
}

func parseHost(s, host string) (string, error) {
	switch {
	case host == "":
		return "", badEndpoint(s, "has no host")
	case host == "*":
		return "", badEndpoint(s, "has a wildcard for a host")
	case host[0] == '[':
		if host[len(host)-1] != ']' {
			return "", badEndpoint(s, "has an unclosed bracket")
		}
		return parseIPv6(s, host[1:len(host)-1])
	case strings.IndexByte(host, ':') >= 0:
		return "", badEndpoint(s, "an IPv6 address stands in brackets: tcp://[::1]:5555")
	}
	if endsInNumber(host) {
		addr, ok := parseIPv4(host)
		if !ok {
			return "", badEndpoint(s, "has a malformed IPv4 address")
		}
		return formatIPv4(addr), nil
	}
	return parseName(s, host)
}

func parseIPv6(s, host string) (string, error) {
	address, zone, zoned := strings.Cut(host, "%")
	groups, ok := parseIPv6Groups(address)
	switch {
	case !ok || zoned && zone == "":
		return "", badEndpoint(s, "has a malformed IPv6 address")
	case zoned:
		return "", NewError(Unsupported, "endpoint "+quote(s)+": zoned addresses are not supported")
	}
	return formatIPv6(groups), nil
}

// endsInNumber tells whether the last label of a host is a number. Such a host can only be meant as an IPv4 address (the
// rule of https://url.spec.whatwg.org/#ends-in-a-number-checker): "1.2.3" is a mistake, not a name, and some resolvers read
// "0x7f.1" as 127.0.0.1.
func endsInNumber(host string) bool {
	host = strings.TrimSuffix(host, ".")
	label := lowerASCII(host[strings.LastIndexByte(host, '.')+1:])
	digits, hex := strings.CutPrefix(label, "0x")
	for i := 0; i < len(digits); i++ {
		c := digits[i]
		if (c < '0' || c > '9') && (!hex || c < 'a' || c > 'f') {
			return false
		}
	}
	return label != ""
}

// parseName accepts what RFC 1123 section 2.1 calls a host name, and underscores, which container networks use.
func parseName(s, host string) (string, error) {
	host = lowerASCII(host)
	if len(host) > 253 {
		return "", badEndpoint(s, "the host name is longer than 253 bytes")
	}
	for _, label := range strings.Split(strings.TrimSuffix(host, "."), ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return "", badEndpoint(s, "has a malformed host name")
		}
		for i := 0; i < len(label); i++ {
			c := label[i]
			if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
				return "", badEndpoint(s, "has a malformed host name")
			}
		}
	}
	return strings.TrimSuffix(host, "."), nil
}

func parseIPC(s, path string) (Endpoint, error) {
	switch {
	case path == "" || path == "@" || path == "/":
		return Endpoint{}, badEndpoint(s, "has no path")
	case path == "*":
		return Endpoint{}, badEndpoint(s, "has a wildcard for a path")
	case path[0] != '/' && path[0] != '@':
		return Endpoint{}, badEndpoint(s, "the path is not absolute")
	case len(path) > maxIPCPath:
		return Endpoint{}, badEndpoint(s, "the path is longer than "+itoa(maxIPCPath)+" bytes")
	}
	if path[0] == '/' && hasDotSegment(path) {
		return Endpoint{}, badEndpoint(s, "the path contains . or .. or an empty segment")
	}
	return Endpoint{Transport: "ipc", Path: path}, nil
}

// hasDotSegment tells whether a path has a segment that is empty, "." or "..". With such segments one file has several
// paths, and a path could leave the folder that a rule allows.
func hasDotSegment(path string) bool {
	for _, segment := range strings.Split(path[1:], "/") {
		if segment == "" || segment == "." || segment == ".." {
			return true
		}
	}
	return false
}

func badEndpoint(s, why string) error {
	return NewError(Invalid, "endpoint "+quote(s)+": "+why)
}
