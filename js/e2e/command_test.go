package e2e

import (
	"context"
	"os/exec"
	"path/filepath"
	"testing"
)

// modules has what npm has installed for the tests of js: the bundlers.
const modules = "../node_modules"

// runIn runs a command in a folder, and returns what it has written.
func runIn(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience) // npm and bundlers take their time
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return string(out)
}

// absolute is the path of a file, wherever a command is run.
func absolute(t *testing.T, elem ...string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join(elem...))
	if err != nil {
		t.Fatal(err)
	}
	return path
}
