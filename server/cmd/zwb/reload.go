package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server/admin"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/settings"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

// reloadTime is how long a bridge may take to reload.
const reloadTime = 80 * time.Second

// reload has a running bridge read everything anew, and says what has come of it.
func reload(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	to, err := adminOf("zwb reload", args, stdout, stderr)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, reloadTime)
	defer cancel()
	said, err := to.reload(ctx)
	if err != nil {
		return err
	}
	return printReload(stdout, said)
}

// adminOf finds the admin listener of a bridge that was started with these flags, variables and file. A file with mistakes
// serves as well, if it still says where that is: the bridge is to say what is wrong with it.
func adminOf(command string, args []string, stdout, stderr io.Writer) (*adminClient, error) {
	s, err := settings.Read(command, args, os.Environ(), stderr)
	switch {
	case s == nil && err != nil:
		return nil, asUsage(err)
	case (s.Admin == nil || s.Admin.Listen == "") && err != nil:
		return nil, err
	case s.Admin == nil || s.Admin.Listen == "":
		return nil, errors.New("there is no admin listener to ask: name it with --config FILE, or --admin ADDRESS, as zwb serve was told")
	case s.Admin.TokenFile == "":
		return nil, errors.New("the token of the admin listener is known only from a file: admin.token_file, or --admin-token-file")
	}
	token, err := admin.ReadToken(s.Admin.TokenFile)
	if err != nil {
		return nil, err
	}
	return &adminClient{listen: s.Admin.Listen, token: token}, nil
}

// adminClient asks the admin listener of a bridge.
type adminClient struct{ listen, token string }

// dial connects to where the bridge listens. An address that stands for all is reached at this machine's own.
func (c *adminClient) dial(ctx context.Context) (net.Conn, error) {
	var d net.Dialer
	if path, isUnix := strings.CutPrefix(c.listen, "unix:"); isUnix {
		return d.DialContext(ctx, "unix", path)
	}
	host, port, err := net.SplitHostPort(c.listen)
	if err != nil {
		return nil, err
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return d.DialContext(ctx, "tcp", net.JoinHostPort(host, port))
}

func (c *adminClient) reload(ctx context.Context) (said admin.ReloadAnswer, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://localhost/api/reload", nil)
	if err != nil {
		return said, err
	}
	r.Header.Set("Authorization", "Bearer "+c.token)
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return c.dial(ctx) }, DisableKeepAlives: true}
	answer, err := (&http.Client{Transport: transport}).Do(r)
	if err != nil {
		return said, fmt.Errorf("asking the bridge at %s: %w", c.listen, err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, 4<<20))
	if err != nil {
		return said, err
	}
	if answer.StatusCode != http.StatusOK && answer.StatusCode != http.StatusUnprocessableEntity {
		return said, fmt.Errorf("the bridge at %s says %s: %s", c.listen, answer.Status, strings.TrimSpace(string(text)))
	}
	return said, json.Unmarshal(text, &said)
}

// printReload prints a line for each mistake, or what has changed.
func printReload(w io.Writer, said admin.ReloadAnswer) error {
	if !said.Taken {
		for _, m := range said.Mistakes {
			fmt.Fprintln(w, config.Mistake{Place: config.Place{File: m.File, Line: m.Line, Column: m.Column}, Text: m.Text})
		}
		fmt.Fprintln(w, "nothing has changed")
		return errWrong
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
	return nil
}
