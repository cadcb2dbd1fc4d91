package origin

import (
	"fmt"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strings"
)

// pattern is one of server.Config.Origins.
type pattern struct {
	scheme, port string
	address      netip.Addr // zero: a name
	labels       []string   // of the name
}

// Check says what is wrong with an entry of server.Config.Origins; nil: nothing.
func Check(text string) error {
	if text == "*" {
		return nil
	}
	_, err := parsePattern(text)
	return err
}

func parsePattern(text string) (p pattern, err error) {
	u, ok := parse(strings.TrimSuffix(text, "/"))
	if !ok {
		return p, fmt.Errorf("%q is no origin: write scheme, host and port, as in https://app.example.org or http://localhost:8080; "+
			"a * may stand in the host", text)
	}
	p = pattern{scheme: u.Scheme, port: portOf(u)}
	if p.address, err = netip.ParseAddr(u.Hostname()); err == nil {
		return p, nil
	}
	p.labels = strings.Split(hostName(u.Host), ".")
	if slices.Contains(p.labels, "") || strings.ContainsAny(u.Hostname(), `[]?\^:`) {
		return p, fmt.Errorf("%q: %q is no host", text, u.Hostname())
	}
	return p, nil
}

func (p *pattern) match(origin *url.URL) bool {
	if p.scheme != origin.Scheme || p.port != portOf(origin) {
		return false
	}
	if p.labels == nil {
		address, err := netip.ParseAddr(origin.Hostname())
		return err == nil && address == p.address
	}
	return matchLabels(p.labels, strings.Split(hostName(origin.Host), "."))
}

// matchLabels matches a name, label by label. A * stands for any part of a label; one that is the whole first label
// stands for one or more labels.
func matchLabels(wanted, name []string) bool {
	if extra := len(name) - len(wanted); wanted[0] == "*" && extra > 0 {
		name = name[extra:]
	}
	return slices.EqualFunc(wanted, name, func(p, label string) bool {
		matched, err := path.Match(p, label)
		return matched && err == nil && label != ""
	})
}
