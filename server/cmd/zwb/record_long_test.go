//go:build long

package main

import (
	"os/exec"
	"strings"
	"testing"
)

// TestMillionIsReplayed: the same with a million messages, by the program itself: the race detector would take minutes.
func TestMillionIsReplayed(t *testing.T) {
	bin := builtZwb(t)
	replayWork(t, 1_000_000, func(args ...string) []map[string]any {
		t.Helper()
		printed, err := exec.CommandContext(t.Context(), bin, args...).Output()
		if err != nil {
			t.Fatalf("zwb %s: %v", strings.Join(args, " "), err)
		}
		return objectsIn(t, printed, args)
	})
}
