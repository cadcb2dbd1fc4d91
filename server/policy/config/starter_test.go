package config

import (
	"regexp"
	"strings"
	"testing"
)

// TestStarter: the file to begin with has no mistake, and neither have the examples in its comments.
func TestStarter(t *testing.T) {
	check(t, Starter, "")
	examples := regexp.MustCompile(`(?m)^# ( *(?:- |[a-z_]+:))`).ReplaceAllString(Starter, "$1")
	f, err := Parse("zwb.yaml", []byte(examples))
	if err != nil {
		t.Error(err)
	}
	if f.TLS == nil || len(f.Origins) == 0 || len(f.Hosts) == 0 || len(f.Names) < 2 || len(f.Rules) == 0 || len(f.Users) < 2 || f.Limits.Memory == 0 {
		t.Errorf("there are examples that are not read: %+v", f)
	}
	for line := range strings.Lines(Starter) {
		if len(line) > 128 {
			t.Errorf("this line is long: %s", line)
		}
	}
}
