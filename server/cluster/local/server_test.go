package local_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/local"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/stream"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
)

func TestMain(m *testing.M) { Main(m) }

// TestFolderKeepsWhatItHas: a stream is the same one when the server was started anew, and nobody else has the folder meanwhile.
func TestFolderKeepsWhatItHas(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "histories")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	name := ""
	for run := range uint64(3) {
		s, err := local.Start(dir)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := local.Start(dir); core.CodeOf(err) != core.Conflict {
			t.Errorf("a second process: %v", err)
		}
		kept, err := stream.NewAlone(s.JetStream(), "local").Open(ctx, "prices", access.History{Age: time.Hour, Bytes: 1 << 20})
		if err != nil {
			t.Fatal(err)
		}
		if name == "" {
			name = kept.Name()
		}
		if _, newest, err := kept.Range(ctx); newest != run || err != nil || kept.Name() != name {
			t.Errorf("run %d: %s has %d, %v; it was %s", run, kept.Name(), newest, err, name)
		}
		term, err := kept.Begin(ctx)
		if err != nil {
			t.Fatal(err)
		}
		p, err := term.Append([]byte("an entry"), run)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.Wait(ctx); err != nil {
			t.Fatal(err)
		}
		s.Close()
	}
}

// TestFolderThatIsNone: a mistake in the configuration is an error with its reason.
func TestFolderThatIsNone(t *testing.T) {
	if _, err := local.Start("/dev/null/histories"); core.CodeOf(err) != core.Invalid {
		t.Error(err)
	}
}
