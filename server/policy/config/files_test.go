package config

import (
	"path/filepath"
	"slices"
	"testing"
)

// TestFiles: what the bridge reads is among them, wherever it is named; what it writes is not, or every decision in the
// audit would be a change.
func TestFiles(t *testing.T) {
	f, err := Parse("/etc/zwb/zwb.yaml", []byte(everything+`audit: audit.log
`))
	if err != nil {
		t.Fatal(err)
	}
	f.Admin.Revoked = "/etc/zwb/revoked.json"
	f.Names["upload"].Caller.KeyFile = "/etc/zwb/caller.key"
	var want []string
	for _, name := range []string{"admin.token", "caller.key", "cert.pem", "jwt.secret", "key.pem", "keys.json", "tokens.yaml", "users.htpasswd", "zwb.yaml"} {
		want = append(want, filepath.Join("/etc/zwb", name))
	}
	if got := f.Files(); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
