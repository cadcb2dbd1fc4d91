package core

import (
	"net/netip"
	"strings"
	"testing"
)

var addresses = []string{
	"127.0.0.1", "0.0.0.0", "255.255.255.255", "256.1.1.1", "1.2.3", "1.2.3.4.5", "01.2.3.4", "1.2.3.04", "1..2.3", "1.2.3.4.", "",
	"::", "::1", "1::", "1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "1::3:4:5:6:7:8", "1:0:0:2:0:0:0:3", "0:0:1::", "FE80::ABCD",
	"::ffff:1.2.3.4", "::1.2.3.4", "1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:7:1.2.3.4", "64:ff9b::192.0.2.33", ":", ":::", "1:::2", "::1::2", "1:2",
	"12345::", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1:", ":1::", "::g", "1:2:3:4:5:6:7:", "::1.2.3", "::1.2.3.4:5", "::01.2.3.4", "0001:02::",
}

func TestAddressesAsNetipReadsThem(t *testing.T) {
	for _, s := range addresses {
		compareWithNetip(t, s)
	}
}

func FuzzAddress(f *testing.F) {
	for _, s := range addresses {
		f.Add(s)
	}
	f.Fuzz(compareWithNetip)
}

func compareWithNetip(t *testing.T, s string) {
	if strings.Contains(s, "%") {
		return // zones are the endpoint's business
	}
	want, err := netip.ParseAddr(s)
	if quad, ok := parseIPv4(s); ok != (err == nil && want.Is4()) || ok && formatIPv4(quad) != want.String() {
		t.Errorf("IPv4 %q: got %v %s, netip reads %v", s, ok, formatIPv4(quad), want)
	}
	if groups, ok := parseIPv6Groups(s); ok != (err == nil && want.Is6()) || ok && formatIPv6(groups) != want.Unmap().String() {
		t.Errorf("IPv6 %q: got %v %s, netip reads %v", s, ok, formatIPv6(groups), want)
	}
}
