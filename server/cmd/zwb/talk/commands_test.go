package talk

import (
	"bytes"
	"errors"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/unused"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench/backend"
)

// run runs a command as zwb does, and returns what it has printed and its exit status.
func run(t *testing.T, stdin string, args ...string) (printed string, status int) {
	t.Helper()
	var out bytes.Buffer
	root := &cobra.Command{Use: "zwb", SilenceUsage: true, SilenceErrors: true}
	root.AddGroup(&cobra.Group{ID: "sockets"}, &cobra.Group{ID: "ask"}, &cobra.Group{ID: "bridge"})
	root.AddCommand(Commands()...)
	root.SetIn(strings.NewReader(stdin))
	root.SetOut(&out)
	root.SetErr(&out)
	root.SetArgs(args)
	err := root.ExecuteContext(t.Context())
	var failure Failure
	switch {
	case errors.As(err, &failure):
		status = failure.ExitStatus()
	case err != nil:
		status = -1 // of the flags, which zwb itself makes a mistake
	}
	return out.String(), status
}

// TestExitStatus: a mistake on the command line is 2, what the error has as its code is 10 and that, and a file is 1.
func TestExitStatus(t *testing.T) {
	nobody := "tcp://" + unused.Address(t)
	for name, test := range map[string]struct {
		args []string
		want int
	}{
		"no endpoint":                {[]string{"req"}, 2},
		"no function":                {[]string{"rpc", "--direct", nobody}, 2},
		"an address that is none":    {[]string{"req", "--direct", "here", "x"}, 2},
		"a transport that is absent": {[]string{"req", "--direct", "udp://a:1", "x"}, Status(core.Unsupported)},
		"two prefixes of a last":     {[]string{"last", "--direct", nobody, "a", "b"}, 2},
		"prefixes of a pull":         {[]string{"pull", "--direct", nobody, "a"}, 2},
		"a policy that is none":      {[]string{"sub", "--direct", nobody, "--overflow", "maybe"}, 2},
		"a text that is no hex":      {[]string{"req", "--direct", nobody, "--as", "hex", "xy"}, 2},
		"a text that is no JSON":     {[]string{"req", "--direct", nobody, "--as", "json", "{"}, 2},
		"a form that is none":        {[]string{"req", "--direct", nobody, "--as", "xml", "x"}, -1},
		"nobody who answers":         {[]string{"req", "--direct", nobody, "--timeout", "3s", "x"}, Status(core.Unavailable)},
		"nobody who publishes":       {[]string{"last", "--direct", nobody, "--timeout", "100ms"}, Status(core.Timeout)},
		"no bridge":                  {[]string{"req", "--url", "http://" + strings.TrimPrefix(nobody, "tcp://"), "calc", "x", "--timeout", "3s"}, Status(core.Unavailable)},
		"a file that is not there":   {[]string{"inspect", t.TempDir() + "/day.zwbrec"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			if printed, status := run(t, "", test.args...); status != test.want {
				t.Errorf("the status is %d, want %d: %s", status, test.want, printed)
			}
		})
	}
}

// TestForms: parts are written as --as says, here and there; what is piped on without it is JSON, one object a line.
func TestForms(t *testing.T) {
	echo, err := backend.NewEcho("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(echo.Close)
	for name, test := range map[string]struct {
		args  []string
		stdin string
		want  string
	}{
		"text":             {[]string{"--as", "text", "grün"}, "", "grün\n"},
		"hex":              {[]string{"--as", "hex", "00fF"}, "", "00ff\n"},
		"JSON":             {[]string{"--as", "json", `{"a": 1}`}, "", `{"a":1}` + "\n"},
		"MessagePack":      {[]string{"--as", "msgpack", `[1,"a"]`}, "", `[1,"a"]` + "\n"},
		"piped on":         {[]string{"grün"}, "", `{"parts":["grün"]}` + "\n"},
		"objects of hex":   {[]string{"--json", "--as", "hex", "00fF"}, "", `{"parts":["00ff"]}` + "\n"},
		"several":          {[]string{"--as", "text", "--count", "2", "x"}, "", "x\nx\n"},
		"lines":            {[]string{"--as", "text"}, "a\nb\n", "a\nb\n"},
		"lines of objects": {[]string{"--json"}, `{"parts":["a"]}` + "\n", `{"parts":["a"]}` + "\n"},
		"nothing":          {[]string{"--as", "text"}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			printed, status := run(t, test.stdin, append([]string{"req", "--direct", echo.Endpoint()}, test.args...)...)
			if status != 0 || printed != test.want {
				t.Errorf("%d, %q, want %q", status, printed, test.want)
			}
		})
	}
}
