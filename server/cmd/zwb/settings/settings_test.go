package settings

import (
	"bytes"
	"errors"
	"flag"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func write(t *testing.T, text string) (name string) {
	t.Helper()
	name = filepath.Join(t.TempDir(), "zwb.yaml")
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// TestWhatWins: a flag over a variable, a variable over the file, the file over the default. Lists add up.
func TestWhatWins(t *testing.T) {
	file := write(t, "origins: https://file.example\nnetworks: 10.0.0.0/8\nzmq: {hwm: 1, retain: 1s, drain: 1s}\n")
	environment := []string{"ZWB_CONFIG=" + file, "ZWB_HWM=2", "ZWB_RETAIN=2s", "ZWB_ORIGIN=https://a.example; https://b.example", "ZWB_NETWORKS=127.0.0.0/8,::1",
		"ZWB_ALLOW=SUB,REQ tcp://127.0.0.1:5000 rate=20/s;REQ tcp://127.0.0.1:6000", "ZWB_NO_LEGACY=true", "ZWB_LAST_VALUES=", "ZWB_SERVICE_PORT=x", "HOME=/"}
	args := strings.Fields("--hwm 3 --origin https://flag.example --host bridge.example --log-level warn --listen :1 --listen unix:zwb.sock")
	s, err := Read("zwb serve", args, environment, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	here, _ := filepath.Abs("zwb.sock")
	switch {
	case s.ZMQ.HWM != 3, time.Duration(*s.ZMQ.Retain) != 2*time.Second, time.Duration(*s.ZMQ.Drain) != time.Second:
		t.Errorf("%+v", s.ZMQ)
	case !slices.Equal(s.Origins, []string{"https://file.example", "https://a.example", "https://b.example", "https://flag.example"}):
		t.Errorf("%v", s.Origins)
	case len(s.Networks) != 3, len(s.Allowed) != 2, *s.ZMQ.Legacy, s.Level().String() != "WARN", s.Limits.Sockets != 256:
		t.Errorf("%+v", s)
	case !slices.Equal(s.Listen, []string{":1", "unix:" + here}):
		t.Errorf("%v", s.Listen)
	}
	var printed bytes.Buffer
	if err := s.Print(&printed); err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"hwm: 3 # --hwm", "retain: 2s # ZWB_RETAIN", "drain: 1s # " + file + ":3", "sockets: 256 # default", "- https://a.example # ZWB_ORIGIN",
		"legacy: false # ZWB_NO_LEGACY", "# --allow 'REQ tcp://127.0.0.1:6000'"} {
		if !strings.Contains(printed.String(), line+"\n") {
			t.Errorf("it does not print %s:\n%s", line, &printed)
		}
	}
	again, err := Read("zwb serve", []string{"--config", write(t, printed.String())}, nil, io.Discard)
	if err != nil || again.ZMQ.HWM != 3 || !slices.Equal(again.Listen, s.Listen) {
		t.Errorf("what is printed reads as %+v, %v", again, err)
	}
}

// TestMistakesOfAllKinds come at once, each with who said it.
func TestMistakesOfAllKinds(t *testing.T) {
	file := write(t, "origins: [app.example]\ntls: {cert: none.pem, key: none.pem}\nzmq: {security: none.json}\nlimits: {memory: much}\n")
	_, err := Read("zwb serve", []string{"--config", file, "--hwm", "0", "--allow", "nonsense", "--no-console=maybe"}, []string{"ZWB_DRAIN=soon"}, io.Discard)
	if err == nil {
		t.Fatal("there is no error")
	}
	for _, want := range []string{file + `:1:11: "app.example" is no origin: write scheme`, file + ":2:13: open " + filepath.Dir(file) + "/none.pem: no such file",
		file + ":3:17: open " + filepath.Dir(file) + "/none.json: no such file", file + ":4:18: memory: a size is written as", "--hwm: hwm must be at least 1",
		`--allow: rule "nonsense": write it as`, `--no-console: console is true or false, not "maybe"`, "ZWB_DRAIN: drain: a time is written as"} {
		if !strings.Contains("\n"+err.Error(), "\n"+want) {
			t.Errorf("it does not say %s:\n%v", want, err)
		}
	}
	if got := strings.Count(err.Error(), "\n") + 1; got != 8 {
		t.Errorf("%d mistakes:\n%v", got, err)
	}
}

func TestWhatCannotBeRead(t *testing.T) {
	if _, err := Read("zwb serve", []string{"--config", filepath.Join(t.TempDir(), "none.yaml")}, nil, io.Discard); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err := Read("zwb serve", []string{"-h"}, nil, io.Discard); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("-h: %v", err)
	}
	for args, want := range map[string]string{"--bogus": "zwb serve: there is no flag --bogus; see zwb serve -h", "x": `zwb serve: unexpected argument "x"; see zwb serve -h`,
		"--demo-port 0": "zwb serve: --demo-port must be from 1 to 65532; see zwb serve -h"} {
		if _, err := Read("zwb serve", strings.Fields(args), nil, io.Discard); err == nil || err.Error() != want {
			t.Errorf("%s: %v", args, err)
		}
	}
	if _, err := Read("zwb serve", nil, []string{"ZWB_DEMO=perhaps"}, io.Discard); err == nil || !strings.HasPrefix(err.Error(), "zwb serve: ZWB_DEMO: ") {
		t.Errorf("a variable: %v", err)
	}
}
