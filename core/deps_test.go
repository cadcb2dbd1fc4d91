//go:build !js

package core_test

import (
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// The packages that core and its rooms depend on are listed in a file, so that a change of the list is seen in review.
// Each of them makes zmq.wasm larger, and every program that imports core. Go's own internal packages change with its
// version and are left out.
func TestDependencies(t *testing.T) {
	golden, err := os.ReadFile("testdata/deps.txt")
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Fields(string(golden))
	for _, platform := range []string{"", "GOOS=js GOARCH=wasm"} {
		list := exec.Command("go", "list", "-deps", "-f", "{{if .Standard}}{{.ImportPath}}{{end}}", ".", "./client", "./rpc")
		list.Env = append(os.Environ(), strings.Fields(platform)...)
		out, err := list.Output()
		if err != nil {
			t.Fatalf("go list: %v", err)
		}
		got := slices.DeleteFunc(strings.Fields(string(out)), func(path string) bool {
			return strings.HasPrefix(path, "internal/") || strings.Contains(path, "/internal/") || strings.HasPrefix(path, "vendor/")
		})
		slices.Sort(got)
		if platform != "" { // syscall/js is how Go itself reaches the world there
			got = slices.DeleteFunc(got, func(path string) bool { return path == "syscall/js" })
		}
		for _, path := range got {
			if !slices.Contains(want, path) {
				t.Errorf("%s core depends on %s, which testdata/deps.txt does not have", platform, path)
			}
		}
		for _, path := range want {
			if !slices.Contains(got, path) {
				t.Errorf("%s core no longer depends on %s: take it out of testdata/deps.txt", platform, path)
			}
		}
	}
}
