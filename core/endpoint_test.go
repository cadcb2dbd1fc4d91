package core_test

import (
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

func TestParseEndpoint(t *testing.T) {
	label, name := strings.Repeat("a", 63), strings.Repeat("a.", 126)+"a"
	tests := []struct {
		in   string
		want core.Endpoint
		text string // canonical form; "": the same as the input
	}{
		{"tcp://127.0.0.1:10001", core.Endpoint{Transport: "tcp", Host: "127.0.0.1", Port: 10001}, ""},
		{"tcp://0.0.0.0:1", core.Endpoint{Transport: "tcp", Host: "0.0.0.0", Port: 1}, ""},
		{"TCP://LocalHost:65535", core.Endpoint{Transport: "tcp", Host: "localhost", Port: 65535}, "tcp://localhost:65535"},
		{"tcp://db.example.org.:5555", core.Endpoint{Transport: "tcp", Host: "db.example.org", Port: 5555}, "tcp://db.example.org:5555"},
		{"tcp://my_service-1:80", core.Endpoint{Transport: "tcp", Host: "my_service-1", Port: 80}, ""},
		{"tcp://1.2.3.4.example:80", core.Endpoint{Transport: "tcp", Host: "1.2.3.4.example", Port: 80}, ""},
		{"tcp://xn--bcher-kva.example:80", core.Endpoint{Transport: "tcp", Host: "xn--bcher-kva.example", Port: 80}, ""},
		{"tcp://" + label + ":1", core.Endpoint{Transport: "tcp", Host: label, Port: 1}, ""},
		{"tcp://" + name + ":1", core.Endpoint{Transport: "tcp", Host: name, Port: 1}, ""},
		{"tcp://[::1]:5555", core.Endpoint{Transport: "tcp", Host: "::1", Port: 5555}, ""},
		{"tcp://[2001:DB8:0:0::1]:5555", core.Endpoint{Transport: "tcp", Host: "2001:db8::1", Port: 5555}, "tcp://[2001:db8::1]:5555"},
		{"tcp://[::ffff:10.0.0.1]:1", core.Endpoint{Transport: "tcp", Host: "10.0.0.1", Port: 1}, "tcp://10.0.0.1:1"},
		{"ipc:///tmp/feed", core.Endpoint{Transport: "ipc", Path: "/tmp/feed"}, ""},
		{"IPC:///tmp/Feed.v1", core.Endpoint{Transport: "ipc", Path: "/tmp/Feed.v1"}, "ipc:///tmp/Feed.v1"},
		{"ipc://@feed", core.Endpoint{Transport: "ipc", Path: "@feed"}, ""},
		{"ipc://@/any/../thing", core.Endpoint{Transport: "ipc", Path: "@/any/../thing"}, ""}, // abstract: not a file name
		{"ipc:///tmp/größe", core.Endpoint{Transport: "ipc", Path: "/tmp/größe"}, ""},
		{"prices", core.Endpoint{Name: "prices"}, ""},
		{"Fx.spot_2-b", core.Endpoint{Name: "Fx.spot_2-b"}, ""},
		{"p" + strings.Repeat("1", 63), core.Endpoint{Name: "p" + strings.Repeat("1", 63)}, ""},
		{"ipc:///" + strings.Repeat("a", 106), core.Endpoint{Transport: "ipc", Path: "/" + strings.Repeat("a", 106)}, ""},
	}
	for _, tt := range tests {
		got, err := core.ParseEndpoint(tt.in)
		if err != nil || got != tt.want {
			t.Errorf("%q is %+v, %v; want %+v", tt.in, got, err, tt.want)
			continue
		}
		text := tt.text
		if text == "" {
			text = tt.in
		}
		if got.String() != text {
			t.Errorf("%q in canonical form is %q, want %q", tt.in, got, text)
		}
		checkCanonical(t, got)
	}
}

func checkCanonical(t *testing.T, e core.Endpoint) {
	t.Helper()
	if again, err := core.ParseEndpoint(e.String()); err != nil || again != e {
		t.Errorf("%+v reads %q, which is %+v, %v", e, e, again, err)
	}
}

// Every kind of malformed string that a user may type, or that libzmq, zmq4 or a resolver was seen to accept.
var malformedEndpoints = []struct {
	name string
	in   string
	want core.Code
}{
	{"empty", "", core.Invalid},
	{"a name that begins with a digit", "2nd", core.Invalid},
	{"a name with a slash", "fx/spot", core.Invalid},
	{"a name of another alphabet", "größe", core.Invalid},
	{"a name that is too long", "p" + strings.Repeat("1", 64), core.Invalid},
	{"no transport", "127.0.0.1:5555", core.Invalid},
	{"an empty transport", "://127.0.0.1:5555", core.Invalid},
	{"one slash", "tcp:/127.0.0.1:5555", core.Invalid},
	{"an unknown transport", "foo://127.0.0.1:5555", core.Invalid},
	{"a URL", "http://127.0.0.1:5555", core.Invalid},
	{"a transport with a letter that folds to i", "İpc:///tmp/feed", core.Invalid},
	{"nothing after the transport", "tcp://", core.Invalid},
	{"no port", "tcp://127.0.0.1", core.Invalid},
	{"an empty port", "tcp://127.0.0.1:", core.Invalid},
	{"no host", "tcp://:5555", core.Invalid},
	{"a colon alone", "tcp://:", core.Invalid},
	{"a wildcard host", "tcp://*:5555", core.Invalid},
	{"a wildcard port", "tcp://127.0.0.1:*", core.Invalid},
	{"two wildcards", "tcp://*:*", core.Invalid},
	{"libzmq's other wildcard port", "tcp://127.0.0.1:!", core.Invalid},
	{"port zero", "tcp://127.0.0.1:0", core.Invalid},
	{"a port above the range", "tcp://127.0.0.1:65536", core.Invalid},
	{"a huge port", "tcp://127.0.0.1:99999999999999999999", core.Invalid},
	{"a negative port", "tcp://127.0.0.1:-1", core.Invalid},
	{"a signed port", "tcp://127.0.0.1:+80", core.Invalid},
	{"a hexadecimal port", "tcp://127.0.0.1:0x50", core.Invalid},
	{"a leading zero", "tcp://127.0.0.1:0080", core.Invalid},
	{"a service name", "tcp://127.0.0.1:http", core.Invalid},
	{"digits of another script", "tcp://127.0.0.1:٨٠", core.Invalid},
	{"a path", "tcp://127.0.0.1:80/x", core.Invalid},
	{"a user", "tcp://root@127.0.0.1:80", core.Invalid},
	{"a space", "tcp://127.0.0.1: 80", core.Invalid},
	{"a space at the end", "tcp://127.0.0.1:80 ", core.Invalid},
	{"a NUL", "tcp://127.0.0.1:80\x00", core.Invalid},
	{"a line feed", "tcp://127.0.0.1:80\n", core.Invalid},
	{"a DEL", "tcp://a\x7f:80", core.Invalid},
	{"a tab in the transport", "t\tcp://a:80", core.Invalid},
	{"an open bracket", "tcp://[::1", core.Invalid},
	{"an open bracket with a port", "tcp://[::1:5555", core.Invalid},
	{"a bracket alone", "tcp://[:5555", core.Invalid},
	{"empty brackets", "tcp://[]:5555", core.Invalid},
	{"brackets and no port", "tcp://[::1]", core.Invalid},
	{"text behind the brackets", "tcp://[::1]x:5555", core.Invalid},
	{"IPv6 without brackets", "tcp://::1:5555", core.Invalid},
	{"malformed IPv6", "tcp://[::1::2]:5555", core.Invalid},
	{"IPv4 in brackets", "tcp://[127.0.0.1]:5555", core.Invalid},
	{"a zone", "tcp://[fe80::1%eth0]:5555", core.Unsupported},
	{"IPv4 of three numbers", "tcp://127.0.1:5555", core.Invalid},
	{"IPv4 of one number", "tcp://2130706433:5555", core.Invalid},
	{"IPv4 above the range", "tcp://256.0.0.1:5555", core.Invalid},
	{"octal IPv4", "tcp://0177.0.0.1:5555", core.Invalid},
	{"hexadecimal IPv4", "tcp://0x7f000001:5555", core.Invalid},
	{"partly hexadecimal IPv4", "tcp://0x7f.1:5555", core.Invalid},
	{"hexadecimal at the end", "tcp://127.0.0.0X1:5555", core.Invalid},
	{"hexadecimal zero", "tcp://0x:5555", core.Invalid},
	{"a name that ends in a number", "tcp://host.1:5555", core.Invalid},
	{"a number and a dot", "tcp://host.1.:5555", core.Invalid},
	{"an empty label", "tcp://a..b:5555", core.Invalid},
	{"a leading dot", "tcp://.a:5555", core.Invalid},
	{"a dot alone", "tcp://.:5555", core.Invalid},
	{"two dots at the end", "tcp://a..:5555", core.Invalid},
	{"a leading hyphen", "tcp://-a:5555", core.Invalid},
	{"a trailing hyphen", "tcp://a-:5555", core.Invalid},
	{"a long label", "tcp://" + strings.Repeat("a", 64) + ":5555", core.Invalid},
	{"a long name", "tcp://" + strings.Repeat("a.", 127) + "a:5555", core.Invalid},
	{"letters outside ASCII", "tcp://bücher.example:5555", core.Invalid},
	{"a letter that folds to k", "tcp://\u212a.example:5555", core.Invalid},
	{"malformed UTF-8", "tcp://\xff:5555", core.Invalid},
	{"percent", "tcp://%31:5555", core.Invalid},
	{"an interface name with a wildcard", "tcp://eth*:5555", core.Invalid},
	{"a source address", "tcp://192.168.1.1:0;192.168.1.2:5555", core.Unsupported},
	{"inproc", "inproc://a", core.Unsupported},
	{"udp", "udp://127.0.0.1:5555", core.Unsupported},
	{"pgm", "pgm://eth0;239.0.0.1:5555", core.Unsupported},
	{"epgm", "epgm://eth0;239.0.0.1:5555", core.Unsupported},
	{"norm", "norm://127.0.0.1:5555", core.Unsupported},
	{"tipc", "tipc://{5560,0,0}", core.Unsupported},
	{"vmci", "vmci://*:5555", core.Unsupported},
	{"a WebSocket", "ws://127.0.0.1:5555", core.Unsupported},
	{"ipc without a path", "ipc://", core.Invalid},
	{"ipc wildcard", "ipc://*", core.Invalid},
	{"ipc root", "ipc:///", core.Invalid},
	{"ipc without a name", "ipc://@", core.Invalid},
	{"ipc relative", "ipc://tmp/feed", core.Invalid},
	{"ipc home", "ipc://~/feed", core.Invalid},
	{"ipc up", "ipc:///tmp/../etc/feed", core.Invalid},
	{"ipc dot", "ipc:///tmp/./feed", core.Invalid},
	{"ipc up at the end", "ipc:///tmp/..", core.Invalid},
	{"ipc empty segment", "ipc:///tmp//feed", core.Invalid},
	{"ipc directory", "ipc:///tmp/", core.Invalid},
	{"ipc NUL", "ipc:///tmp/a\x00b", core.Invalid},
	{"ipc long path", "ipc:///" + strings.Repeat("a", 107), core.Invalid},
	{"513 bytes", "tcp://" + strings.Repeat("a", 502) + ":5555", core.Invalid},
	{"a mebibyte", strings.Repeat("tcp://a:1", 1<<20/9), core.Invalid},
}

func TestMalformedEndpoints(t *testing.T) {
	if len(malformedEndpoints) < 37 {
		t.Errorf("only %d kinds", len(malformedEndpoints))
	}
	for _, tt := range malformedEndpoints {
		t.Run(tt.name, func(t *testing.T) {
			got, err := core.ParseEndpoint(tt.in)
			if core.CodeOf(err) != tt.want || got != (core.Endpoint{}) {
				t.Fatalf("%+v, %v; want %v", got, err, tt.want)
			}
			if len(err.Error()) > 512 || strings.ContainsAny(err.Error(), "\x00\n\t\x7f") {
				t.Errorf("the text is not fit to show: %q", err)
			}
		})
	}
}

func TestHostPort(t *testing.T) {
	for in, want := range map[string]string{"tcp://A:1": "a:1", "tcp://[::1]:1": "[::1]:1"} {
		e, err := core.ParseEndpoint(in)
		if err != nil || e.HostPort() != want {
			t.Errorf("%s: %q, %v", in, e.HostPort(), err)
		}
	}
}
