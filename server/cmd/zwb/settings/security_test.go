package settings

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp/curve"
)

func TestReadSecurity(t *testing.T) {
	public, secret := curve.GenerateKeys()
	good := `{"tcp://10.0.0.5:5555": {"curve": {"server": "` + curve.EncodeKey(public) + `", "secret": "` + curve.EncodeKey(secret) + `"}},
		"tcp://backend:1": {"plain": {"username": "hugo", "password": "top secret"}}}`
	tests := []struct{ name, text, want string }{
		{"good", good, ""},
		{"no JSON", "keys", "invalid character"},
		{"unknown member", `{"tcp://a:1": {"gssapi": {}}}`, "unknown field"},
		{"malformed address", `{"a:1": {"plain": {}}}`, "has no transport"},
		{"neither", `{"tcp://a:1": {}}`, "either plain or curve"},
		{"both", `{"tcp://a:1": {"plain": {}, "curve": {}}}`, "either plain or curve"},
		{"malformed key", `{"tcp://a:1": {"curve": {"server": "top secret"}}}`, "curve.server"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "security.json")
			if err := os.WriteFile(file, []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			backends, err := ReadSecurity(file)
			if test.want == "" {
				ep := core.Endpoint{Transport: "tcp", Host: "10.0.0.5", Port: 5555}
				if err != nil || len(backends) != 2 || backends[ep].Curve.Server != public {
					t.Errorf("%v, %v", backends, err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "top secret") {
				t.Errorf("the error reads %v", err)
			}
		})
	}
}
