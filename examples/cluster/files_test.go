package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/settings"
)

// TestFilesOfMachines: a file for a machine has that machine's address where all interfaces are meant, and nothing listens anywhere but there.
func TestFilesOfMachines(t *testing.T) {
	other := machines{"127.7.8"}
	text := other.of(2, embedded("zwb.yaml"))
	for _, want := range []string{`"tcp://127.7.8.2:10070"`, `"tcp://127.7.8.1:10061"`, "networks: [127.0.0.0/8]", "proxies: [127.7.8.1]"} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %s in\n%s", want, text)
		}
	}
	if same := (machines{"127.0.0"}).of(1, embedded("haproxy.cfg")); same != embedded("haproxy.cfg") {
		t.Error("the file of HAProxy is changed, though nothing in it is for other addresses")
	}
}

// TestFileOfBridges: zwb takes the file, and HAProxy, the file and the backends speak of the same addresses.
func TestFileOfBridges(t *testing.T) {
	s := &scene{machines: machines{"127.0.0"}, dir: t.TempDir()}
	var err error
	if s.secrets, err = makeSecrets(s.dir); err != nil {
		t.Fatal(err)
	}
	b, err := s.bridge(2)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(b.dir)
	is, err := settings.Read("zwb serve", b.command[2:], nil, os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"127.0.0.2:8000"}; !slices.Equal(is.Listen, want) || is.Admin.Listen != "127.0.0.2:8001" {
		t.Errorf("it listens at %v and %s", is.Listen, is.Admin.Listen)
	}
	for name, backend := range map[string]string{"prices": "prices.py", "calc": "worker.py", "desks": "desks.py"} {
		if address := is.Names[name].Address[0]; !strings.Contains(embedded(backend), `default="`+address+`"`) {
			t.Errorf("%s does not listen at %s", backend, address)
		}
	}
	if !strings.Contains(embedded("jobs.py"), is.Names["jobs"].Address[0]) {
		t.Error("jobs.py does not connect to bridge 2")
	}
	if again, err := makeSecrets(s.dir); err != nil || again.token != s.secrets.token || again.bridge.seed != s.secrets.bridge.seed {
		t.Errorf("the second time there are other secrets, %v", err)
	}
	if info, err := os.Stat(filepath.Join(s.dir, "bridge.nk")); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others may read the key of the bridges: %v, %v", info, err)
	}
}

// TestReadmeHasCommands: what the README says that one may type is understood.
func TestReadmeHasCommands(t *testing.T) {
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	s := &scene{}
	for _, name := range []string{"bridge 1", "bridge 2", "bridge 3", "nats 1", "nats 2", "nats 3", "proxy", "prices", "worker", "desks", "jobs"} {
		s.processes = append(s.processes, &process{name: name})
	}
	found := regexp.MustCompile("`((?:kill|drain|stop|continue|start) [a-z]+(?: \\d)?)`").FindAllSubmatch(text, -1)
	if len(found) < 8 {
		t.Errorf("there are %d commands", len(found))
	}
	for _, match := range found {
		if said := s.do(string(match[1])); strings.HasPrefix(said, "I do not understand") {
			t.Errorf("%s: %s", match[1], said)
		}
	}
}
