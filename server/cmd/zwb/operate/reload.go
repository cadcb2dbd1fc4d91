package operate

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server/admin"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

// reloadTime is how long a bridge may take to reload.
const reloadTime = 80 * time.Second

// Reload has a running bridge read everything anew, and writes what has come of it. It is false when there were mistakes, and nothing has changed.
func (c *Client) Reload(ctx context.Context, w io.Writer) (taken bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, reloadTime)
	defer cancel()
	var said admin.ReloadAnswer
	if err := c.Post(ctx, "/api/reload", &said, http.StatusOK, http.StatusUnprocessableEntity); err != nil {
		return false, err
	}
	print(w, said)
	return said.Taken, nil
}

// ReloadAll has all bridges of the cluster of a running bridge do it. It is false unless all of them have taken what they read.
func (c *Client) ReloadAll(ctx context.Context, w io.Writer) (taken bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, reloadTime)
	defer cancel()
	var said admin.ClusterReloadAnswer
	if err := c.Post(ctx, "/api/reload?cluster", &said, http.StatusOK, http.StatusUnprocessableEntity); err != nil {
		return false, err
	}
	taken = len(said.Silent) == 0
	for _, b := range said.Bridges {
		taken = taken && b.Taken
		fmt.Fprintf(w, "bridge %s %s\n", short(b.Bridge), quoted(hostOf(b.Host)))
		if b.Refused != "" {
			fmt.Fprintln(w, "did not reload: "+quoted(b.Refused))
			continue
		}
		print(w, b.ReloadAnswer)
	}
	for _, s := range said.Silent {
		fmt.Fprintf(w, "bridge %s %s\ndid not answer\n", short(s.Bridge), quoted(hostOf(s.Host)))
	}
	return taken, nil
}

// short is the part of a bridge's ID by which people know it.
func short(id string) string { return quoted(id[:min(8, len(id))]) }

func hostOf(name string) string {
	if name == "" {
		return "(the one that was asked)"
	}
	return "at " + name
}

// print writes a line for each mistake, or what has changed.
func print(w io.Writer, said admin.ReloadAnswer) {
	if !said.Taken {
		for _, m := range said.Mistakes {
			fmt.Fprintln(w, config.Mistake{Place: config.Place{File: m.File, Line: m.Line, Column: m.Column}, Text: m.Text})
		}
		fmt.Fprintln(w, "nothing has changed")
		return
	}
	for _, list := range []struct {
		what  string
		names []string
	}{{"changed", said.Changed}, {"moved", said.Moved}, {"needs a restart", said.Restart}} {
		if len(list.names) > 0 {
			fmt.Fprintf(w, "%s: %s\n", list.what, strings.Join(list.names, ", "))
		}
	}
	if len(said.Changed) == 0 {
		fmt.Fprintln(w, "reloaded; nothing is another than before")
	}
	for _, count := range []struct {
		n    uint64
		what string
	}{{said.Withdrawn, "endpoints and subscriptions are not allowed any more"}, {said.Ended, "sessions were ended, as they are not let in any more"}} {
		if count.n > 0 {
			fmt.Fprintf(w, "%d %s\n", count.n, count.what)
		}
	}
}
