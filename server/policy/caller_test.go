package policy

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

// TestBackendIsToldWhoCalls: in front of the message, behind the delimiter of an envelope; and with a proof if there is a key.
func TestBackendIsToldWhoCalls(t *testing.T) {
	key := bytes.Repeat([]byte("k"), 32)
	file := filepath.Join(t.TempDir(), "caller.key")
	if err := os.WriteFile(file, key, 0o600); err != nil {
		t.Fatal(err)
	}
	f := example()
	f.Names["proven"] = config.Endpoint{Type: config.Strings{"DEALER"}, Address: config.Strings{"tcp://10.0.0.12:1"}, Caller: &config.Caller{KeyFile: file}}
	p := newPolicy(t, f)
	tests := []struct {
		typ     core.SocketType
		name    string
		message core.Message
		front   int // parts before what is told of the caller
		proven  bool
	}{
		{core.PUSH, "told", core.Message{[]byte("a"), []byte("b")}, 0, false},
		{core.PUSH, "told", core.Message{{}}, 0, false}, // an empty message is no envelope
		{core.DEALER, "told", core.Message{{}, []byte("a")}, 1, false},
		{core.DEALER, "proven", core.Message{{}, []byte("a"), {}}, 1, true},
	}
	for _, test := range tests {
		terms, err := p.Terms(ask(t, bob, test.typ, test.name))
		if err != nil || !terms.Alone {
			t.Fatalf("%+v, %v", terms, err)
		}
		got, err := terms.Admit(t.Context(), slices.Clone(test.message))
		if err != nil {
			t.Fatal(err)
		}
		told := got[test.front]
		var who caller
		if err := json.Unmarshal(told, &who); err != nil || who.User != "bob" || who.IP != "192.0.2.1" || who.Session != "0123" || len(who.Claims) != 2 ||
			time.Since(time.UnixMilli(who.Time)).Abs() > time.Minute {
			t.Errorf("%s is told %s, %v", test.name, told, err)
		}
		rest := slices.Concat(got[:test.front], got[test.front+1:])
		if test.proven {
			proof := rest[test.front]
			rest = slices.Delete(rest, test.front, test.front+1)
			if want := proofOf(key, told, rest[test.front:]); string(proof) != want {
				t.Errorf("the proof is %s, want %s", proof, want)
			}
		}
		if join(rest) != join(test.message) {
			t.Errorf("the message is %q", rest)
		}
	}
}

// proofOf is the proof as the documentation says it.
func proofOf(key, caller []byte, body core.Message) string {
	hash := sha256.New()
	for _, part := range body {
		hash.Write(binary.BigEndian.AppendUint64(nil, uint64(len(part))))
		hash.Write(part)
	}
	mac := hmac.New(sha256.New, key)
	mac.Write(append(slices.Clone(caller), hash.Sum(nil)...))
	return hex.EncodeToString(mac.Sum(nil))
}

func TestKeyThatIsTooShort(t *testing.T) {
	file := filepath.Join(t.TempDir(), "caller.key")
	if err := os.WriteFile(file, []byte("short"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := newSigner(file); err == nil || !strings.Contains(err.Error(), "at least 32") {
		t.Error(err)
	}
}
