//go:build long

package main

import "testing"

// TestMillionIsReplayed: the same with a million messages.
func TestMillionIsReplayed(t *testing.T) { replayWork(t, 1_000_000) }
