package server

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

// journal is where a bridge logs, in JSON.
type journal struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (j *journal) Write(line []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.text.Write(line)
}

func (j *journal) lines(t *testing.T) (lines []map[string]any) {
	t.Helper()
	j.mu.Lock()
	defer j.mu.Unlock()
	for text := json.NewDecoder(bytes.NewReader(j.text.Bytes())); text.More(); {
		line := map[string]any{}
		if err := text.Decode(&line); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, line)
	}
	return lines
}

// TestLogLines: every line that a session is behind says which, and whose it is; one about an endpoint says which. Here things go
// wrong for one client, in every way that is logged.
func TestLogLines(t *testing.T) {
	t.Parallel()
	j := new(journal)
	a, b, url := club(t, func(c *Config) {
		c.Log = slog.New(slog.NewJSONHandler(j, &slog.HandlerOptions{Level: slog.LevelDebug}))
		allowed, authenticate := c.ZMQAllowed, c.Authenticate
		c.ZMQAllowed = func(ctx context.Context, a Access) error {
			if a.Endpoint.Name == "elsewhere" { // an error that is not for the page is logged
				return errors.New("the database is away")
			}
			return allowed(ctx, a)
		}
		c.Authenticate = func(ctx context.Context, r *http.Request, credentials []byte) (any, error) {
			if string(credentials) == `"unreadable"` {
				return nil, errors.New("the database is away")
			}
			return authenticate(ctx, r, credentials)
		}
		c.Terms = func(a Access) (Terms, error) {
			return Terms{Admit: func(context.Context, core.Message) (core.Message, error) {
				return nil, errors.New("the database is away")
			}}, nil
		}
	})
	p := dial(t, url, ann)
	calc := p.open(core.REQ, "calc", "")
	p.open(core.REQ, "elsewhere", "")
	p.awaitKind(client.EventRefused)
	p.request(calc, "anything")
	id := onlySession(t, b).ID
	p.do(func(c *client.Client) { c.SetCredentials([]byte(`"unreadable"`)) })
	a.find(t, access.Renew, false, "denied")
	p.awaitClose()
	waitFor(t, "the end to be logged", func() bool {
		return slices.ContainsFunc(j.lines(t), func(line map[string]any) bool { return line["msg"] == "connection ended" })
	})

	var said []string
	for _, line := range j.lines(t) {
		message := line["msg"].(string)
		said = append(said, message)
		if line["session"] != id {
			t.Errorf("no session: %v", line)
		}
		if line["user"] != "ann" && line["what"] != "the credentials were not accepted" { // nobody knows whose those are
			t.Errorf("no user: %v", line)
		}
		if message == "denied by a hook" && line["what"] != "the credentials were not accepted" && line["endpoint"] == nil {
			t.Errorf("no endpoint: %v", line)
		}
	}
	if n := len(said); n != 4 {
		t.Errorf("%d lines: %q", n, said)
	}
}
