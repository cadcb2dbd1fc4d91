package zmqwebbridge_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/zmqwebbridge/zmqwebbridge"

// The libraries the project stands on; each is for one place.
const (
	websocket = "github.com/coder/websocket"
	zmq4      = "github.com/go-zeromq/zmq4"
	safejs    = "github.com/hack-pad/safejs"
)

// unix is for what package syscall does not have: to write several pieces at once.
const unix = "golang.org/x/sys"

// metrics is how Prometheus is answered.
const metrics = "github.com/prometheus/client_golang"

// crypto is what CURVE needs and the standard library does not have.
const crypto = "golang.org/x/crypto"

// histogram is what zwb bench reckons percentiles with.
const histogram = "github.com/HdrHistogram/hdrhistogram-go"

// expr is the language of conditions.
const expr = "github.com/expr-lang/expr"

// yaml reads zwb.yaml.
const yaml = "go.yaml.in/yaml/v4"

// What says who somebody is: tokens, key sets, passwords, and how often keys are fetched.
const (
	goJWT    = "github.com/golang-jwt/jwt"
	jwkset   = "github.com/MicahParks/jwkset"
	htpasswd = "github.com/tg123/go-htpasswd"
	rate     = "golang.org/x/time"
)

// systemd is how a service manager passes sockets, and is told how a process is.
const systemd = "github.com/coreos/go-systemd/v22"

// fsnotify tells of changes in folders.
const fsnotify = "github.com/fsnotify/fsnotify"

// What reads and shows what somebody types: commands, terminals, MessagePack.
const (
	cobra    = "github.com/spf13/cobra"
	pflag    = "github.com/spf13/pflag"
	terminal = "golang.org/x/term"
	msgpack  = "github.com/tinylib/msgp"
)

// zstd compresses recordings.
const zstd = "github.com/klauspost/compress"

// nats is how bridges reach what they share.
const (
	nats  = "github.com/nats-io/nats.go"
	nkeys = "github.com/nats-io/nkeys"

	nuid           = "github.com/nats-io/nuid"
	natsServer     = "github.com/nats-io/nats-server/v2"
	flock          = "github.com/gofrs/flock"                      // holds a folder against other processes, on every system
	natsExtensions = "github.com/synadia-io/orbit.go/jetstreamext" // reads many entries of a stream by one question
)

// others stands for any other library.
const others = "*"

// arrows is DESIGN.md's "Import arrows": what a package may import beside the standard library. Anything else is a
// mistake. What is not in here, a package in a folder below one that is, may import what that one may.
var arrows = map[string][]string{
	".":                               {},
	"core":                            {},
	"core/atonce":                     {unix},
	"core/client":                     {"core"},
	"core/rpc":                        {"core"},
	"core/wsconn":                     {"core", "core/atonce", websocket, safejs},
	"core/zmq":                        {"core", "core/client", "core/rpc", "core/wsconn", "core/zmq/jsvalue", "core/zmq/service", "core/zmq/signal", "core/zmq/stream"},
	"core/zmq/jsvalue":                {"core"},
	"core/zmq/service":                {"core", "core/rpc", "core/zmq/jsvalue"},
	"core/zmq/signal":                 {},
	"core/zmq/stream":                 {"core", "core/rpc"},
	"core/coretest":                   {"core"},
	"core/coretest/nodeexec":          {"core", websocket},
	"core/coretest/race":              {},
	"core/coretest/simulator":         {"core", "core/client", "core/coretest/simulator/clock", "core/coretest/simulator/trace"},
	"core/coretest/simulator/clock":   {},
	"core/coretest/simulator/trace":   {"core", "core/client"},
	"core/coretest/unused":            {},
	"core/coretest/vectors":           {"core"},
	"core/coretest/wait":              {},
	"server":                          {"core", "core/atonce", "core/wsconn", "server/access", "server/account", "server/exchange", "server/gateway", "server/legacy", "server/meter", "server/origin", "server/proxy", "server/proxy/place", "server/quietlog", "server/session", "server/session/cost", "server/session/count", "server/session/limit", "server/session/moving", "server/exchange/ticket", "server/plain", "server/translator", "server/zws"},
	"server/meter":                    {"core"},
	"server/cluster":                  {"core", "server/cluster/made", nats, nkeys},
	"server/cluster/made":             {nats},
	"server/origin":                   {},
	"server/cluster/natstest":         {"core/coretest/unused", "core/coretest/wait", "server/cluster/natstest/program", nats},
	"server/cluster/fleettest":        {"core/coretest/unused", "core/coretest/wait", "server/cluster/natstest"},
	"server/audit":                    {"server/access"},
	"server/admin":                    {"core", "server", "server/access", "server/audit", "server/cluster", "server/meter", "server/policy", "server/policy/config", "server/policy/revoked", metrics},
	"server/quietlog":                 {},
	"server/access":                   {"core"},
	"server/account":                  {},
	"server/prefix":                   {},
	"server/few":                      {},
	"server/outbox":                   {"core", "server/access", "server/burst", "server/few", "server/prefix", "server/session/moved"},
	"server/session":                  {"core", "server/access", "server/account", "server/burst", "server/few", "server/outbox", "server/session/aside", "server/session/cost", "server/session/count", "server/session/lifetime", "server/session/limit", "server/session/moved", "server/session/moving", "server/session/retention", "server/session/token"},
	"server/session/aside":            {"core"},
	"server/session/cost":             {"core", "server/account", "server/outbox"},
	"server/session/count":            {"core", "server/outbox", "server/session/limit"},
	"server/session/lifetime":         {},
	"server/session/limit":            {},
	"server/session/moving":           {"core", "server/session/count", "server/session/moved", "server/session/token"},
	"server/session/retention":        {"server/session/count", "server/session/limit", "server/session/token"},
	"server/session/token":            {},
	"server/session/sessiontest":      {"core", "server/access", "server/session", "server/session/moving"},
	"server/proxy":                    {"core", "server/access", "server/account", "server/gateway", "server/meter", "server/outbox", "server/proxy/numbered", "server/proxy/pacing", "server/proxy/place", "server/proxy/receiving", "server/proxy/refusing", "server/proxy/sending", "server/session", "server/session/limit", "server/session/moved"},
	"server/proxy/numbered":           {},
	"server/proxy/pacing":             {},
	"server/proxy/place":              {"core", "server/session"},
	"server/proxy/receiving":          {"core", "server/access", "server/account", "server/burst", "server/gateway", "server/meter", "server/outbox", "server/session"},
	"server/proxy/refusing":           {},
	"server/proxy/sending":            {"core", "server/account", "server/gateway", "server/meter", "server/proxy/pacing", "server/session", "server/session/moved"},
	"server/gateway":                  {"core", "server/access", "server/burst", "server/few", "server/gateway/drop", "server/gateway/durable", "server/gateway/history", "server/gateway/link", "server/gateway/port", "server/gateway/pubsub", "server/gateway/req", "server/gateway/sequence", "server/gateway/shipment", "server/gateway/topic", "server/gateway/zmtp"},
	"server/gateway/port":             {"core", "server/burst", "server/gateway/drop", "server/gateway/link", "server/gateway/pubsub", "server/gateway/shipment", "server/gateway/topic", "server/gateway/zmtp"},
	"server/gateway/drop":             {},
	"server/gateway/shipment":         {"core", "server/gateway/drop", "server/gateway/zmtp"},
	"server/burst":                    {"core"},
	"server/gateway/pubsub":           {"core", "server/access", "server/burst", "server/few", "server/gateway/history", "server/gateway/sequence", "server/gateway/topic", "server/gateway/zmtp"},
	"server/gateway/req":              {"core", "server/gateway/link", "server/gateway/zmtp"},
	"server/gateway/sequence":         {"core", "server/access"},
	"server/gateway/topic":            {"core", "server/prefix"},
	"server/gateway/history":          {"core", "server/access"},
	"server/gateway/durable":          {"core", "server/access", "server/burst", "server/gateway/history", "server/gateway/pubsub"},
	"server/cluster/local":            {"core", nats, natsServer, flock},
	"server/cluster/stream":           {"core", "server/access", "server/cluster/made", "server/gateway/durable", nats, natsExtensions, nuid},
	"server/gateway/link":             {"core", "server/access", "server/gateway/zmtp"},
	"server/gateway/zmtp":             {"core", "core/atonce", "server/access", "server/gateway/zmtp/curve", zmq4},
	"server/gateway/probe":            {"core", "server/access", "server/gateway/zmtp"},
	"server/exchange":                 {"core", "core/client", "core/rpc", "server/access", "server/exchange/openapi", "server/exchange/ticket", "server/exchange/words"},
	"server/exchange/openapi":         {"core", "server/access"},
	"server/exchange/ticket":          {"core"},
	"server/exchange/words":           {"core", "core/client", msgpack},
	"server/legacy":                   {"core", "core/client", "server/translator"},
	"server/translator":               {"core", "core/client"},
	"server/plain":                    {"core", "core/client", "server/exchange/words", "server/translator"},
	"server/zws":                      {"core", "core/client", "server/exchange/words", "server/translator"},
	"server/policy":                   {"core", "core/rpc", "server/access", "server/policy/condition", "server/policy/config", "server/policy/users"},
	"server/policy/condition":         {expr},
	"server/policy/revoked":           {"core", "server/policy/users"},
	"server/policy/config":            {"core", yaml},
	"server/cmd/zwb":                  {".", "core", "core/zmq", "server", "server/access", "server/admin", "server/audit", "server/bench", "server/bench/backend", "server/cluster", "server/cluster/handover", "server/cluster/local", "server/cluster/stream", "server/cmd/zwb/demo", "server/cmd/zwb/health", "server/cmd/zwb/heap", "server/cmd/zwb/live", "server/cmd/zwb/operate", "server/cmd/zwb/selftest", "server/cmd/zwb/settings", "server/cmd/zwb/systemd", "server/cmd/zwb/talk", "server/cmd/zwb/typescript", "server/cmd/zwb/watch", "server/cmd/zwb/web", "server/exchange", "server/gateway", "server/gateway/durable", "server/gateway/probe", "server/gateway/zmtp/curve", "server/legacy", "server/policy", "server/policy/config", "server/policy/revoked", "server/policy/users", "server/quietlog", others},
	"server/cmd/zwb/settings":         {"core", "server", "server/cluster", "server/gateway", "server/gateway/zmtp/curve", "server/policy", "server/policy/config", "server/policy/revoked", "server/policy/users", "server/admin"},
	"server/cmd/zwb/web":              {},
	"server/cmd/zwb/systemd":          {systemd},
	"server/cmd/zwb/health":           {"server/cmd/zwb/settings", "server/cmd/zwb/web"},
	"server/cmd/zwb/typescript":       {"core", "server/access"},
	"server/cmd/zwb/talk":             {"core", "core/zmq", "server/cmd/zwb/reach", "server/cmd/zwb/recording", "server/cmd/zwb/screen", "server/cmd/zwb/tape", "server/cmd/zwb/topictree", "server/cmd/zwb/written", cobra},
	"server/cmd/zwb/reach":            {"core", "core/zmq", "server", "server/gateway/drop", "server/cmd/zwb/typescript", pflag, yaml},
	"server/cmd/zwb/recording":        {"core", zstd},
	"server/cmd/zwb/tape":             {"core", "server/cmd/zwb/recording"},
	"server/cmd/zwb/written":          {"core", msgpack},
	"server/cmd/zwb/demo":             {"core", "core/zmq", "server/cmd/zwb/settings", "server/gateway"},
	"server/cmd/zwb/selftest":         {"core", "server/cmd/zwb/echopeer", "server/gateway", "server/gateway/zmtp/curve"},
	"server/cmd/zwb/echopeer":         {"core", "server/gateway", "server/gateway/zmtp/curve"},
	"server/cmd/zwb/topictree":        {"core"},
	"server/cmd/zwb/screen":           {terminal},
	"server/cmd/zwb/operate":          {"server", "server/admin", "server/cmd/zwb/screen", "server/policy/config"},
	"server/cmd/zwb/heap":             {"server", "server/policy/config"},
	"server/cmd/zwb/watch":            {fsnotify},
	"server/cmd/zwb/live":             {"core", "server", "server/access", "server/admin", "server/cmd/zwb/settings", "server/cmd/zwb/watch", "server/gateway", "server/policy", "server/policy/config", "server/policy/revoked", "server/policy/users"},
	"server/policy/users":             {"core", "server/policy/config", goJWT, jwkset, htpasswd, yaml, rate},
	"server/gateway/zmtp/curve":       {"core", "server/access", crypto},
	"server/bench":                    {"core", histogram},
	"server/bench/backend":            {},
	"server/bench/floor":              {},
	"server/bench/compare":            {"server/bench", "server/bench/backend"},
	"server/bench/abuse":              {"core", "server/bench", "server/bench/backend", "server/bench/intruder"},
	"server/bench/intruder":           {"core"},
	"server/cmd/zwb/attack":           {},
	"server/cmd/zwb/outlive":          {},
	"server/gateway/bench":            {"core", "server/gateway"},
	"server/gateway/gatewaytest":      {"core", "core/coretest/unused", "core/coretest/wait"},
	"wasm":                            {"core", "core/client", "core/rpc", safejs},
	"release":                         {"server"},
	"examples":                        {"core", "core/zmq", "server", "server/policy", "server/policy/config", zmq4, others}, // a Go backend is plain ZeroMQ
	"server/cluster/natstest/program": {},
	"examples/cluster":                {"server/cluster/natstest/program", nkeys},
	"server/cluster/handover":         {"core", "server/cluster", "server/cluster/made", nats},
	"server/session/moved":            {"core", "server/session/token"},
}

// listed is what `go list -json` says of a package.
type listed struct {
	ImportPath string
	Standard   bool
	Module     *struct{ Path string }
	Imports    []string
}

// platforms on which the packages differ.
var platforms = map[string][]string{
	"native": nil,
	"js":     {"GOOS=js", "GOARCH=wasm"},
}

// list runs go list over the packages that match, and everything they depend on.
func list(t *testing.T, platform, pattern string) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-e", "-deps", "-json=ImportPath,Standard,Module,Imports", pattern)
	cmd.Env = append(os.Environ(), platforms[platform]...)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list %s for %s: %v", pattern, platform, err)
	}
	var all []listed
	for d := json.NewDecoder(bytes.NewReader(out)); ; {
		var p listed
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// short is a package's path as the table has it: inside the module relative to it, outside as it is.
func short(importPath string) string {
	if importPath == module {
		return "."
	}
	return strings.TrimPrefix(importPath, module+"/")
}

// allowed is the entry of a package, or of the nearest folder above it that has one.
func allowed(pkg string) (imports []string, found bool) {
	if pkg == "." {
		return arrows["."], true
	}
	for ; pkg != "."; pkg = path.Dir(pkg) {
		if imports, found = arrows[pkg]; found {
			return imports, true
		}
	}
	return nil, false
}

func TestImportArrows(t *testing.T) {
	for platform := range platforms {
		packages := list(t, platform, "./...")
		standard := map[string]bool{}
		for _, p := range packages {
			standard[p.ImportPath] = p.Standard
		}
		for _, p := range packages {
			if p.Module == nil || p.Module.Path != module {
				continue
			}
			pkg := short(p.ImportPath)
			imports, found := allowed(pkg)
			if !found {
				t.Errorf("%s: no arrows are known of %s; DESIGN.md and this test want to know", platform, pkg)
			}
			for _, imported := range p.Imports {
				if !standard[imported] && imported != "C" && !mayImport(pkg, imports, imported) {
					t.Errorf("%s: %s must not import %s", platform, pkg, imported)
				}
			}
		}
	}
}

// TestEveryPackageSaysWhatItIs: in doc.go, where one looks for it.
func TestEveryPackageSaysWhatItIs(t *testing.T) {
	seen := map[string]bool{}
	for platform := range platforms {
		for _, p := range list(t, platform, "./...") {
			if p.Module == nil || p.Module.Path != module || seen[p.ImportPath] {
				continue
			}
			seen[p.ImportPath] = true
			name := path.Join(short(p.ImportPath), "doc.go")
			text, err := os.ReadFile(name)
			if err != nil || !bytes.Contains(text, []byte("// Package ")) && !bytes.Contains(text, []byte("// Command ")) {
				t.Errorf("%s does not say what the package is: %v", name, err)
			}
		}
	}
}

// mayImport tells whether an import from outside the standard library follows an arrow.
func mayImport(pkg string, arrows []string, imported string) bool {
	if strings.HasPrefix(imported, module+"/") || imported == module {
		return slices.Contains(arrows, short(imported)) || strings.HasPrefix(short(imported), pkg+"/internal/")
	}
	within := func(library string) bool { return imported == library || strings.HasPrefix(imported, library+"/") }
	if slices.ContainsFunc([]string{websocket, zmq4, safejs}, within) {
		return slices.ContainsFunc(arrows, within)
	}
	return slices.ContainsFunc(arrows, within) || slices.Contains(arrows, others)
}

// What the page loads must not drag along the network stack, reflection on JSON, or logging: each costs more than the
// protocol does.
func TestWasmDependencies(t *testing.T) {
	for _, dep := range list(t, "js", "./wasm") {
		name, _, _ := strings.Cut(dep.ImportPath, "/")
		heavy := name == "net" && dep.ImportPath != "net/netip" || name == "log" || dep.ImportPath == "encoding/json"
		if heavy && dep.Standard {
			t.Errorf("wasm depends on %s", dep.ImportPath)
		}
	}
}

// The table must be able to fail.
func TestArrowsPoint(t *testing.T) {
	for pkg, imported := range map[string]string{
		"core":           module + "/core/zmq",
		"core/zmq":       module + "/server",
		"wasm":           module + "/server/gateway",
		"server":         module + "/wasm",
		"server/legacy":  zmq4,
		"server/policy":  safejs,
		"server/gateway": zmq4,
		"core/wsconn":    "nhooyr.io/websocket",
	} {
		if imports, found := allowed(pkg); !found || mayImport(pkg, imports, imported) {
			t.Errorf("%s may import %s", pkg, imported)
		}
	}
	for pkg, imports := range arrows {
		for _, imported := range imports {
			if _, known := arrows[imported]; !known && !slices.Contains([]string{websocket, zmq4, safejs, crypto, unix, histogram, expr, goJWT, jwkset, htpasswd, yaml, rate, metrics, systemd, fsnotify, cobra, pflag, terminal, msgpack, zstd, nats, nkeys, natsExtensions, nuid, natsServer, flock, others}, imported) {
				t.Errorf("%s: there is no package %s", pkg, imported)
			}
		}
	}
}
