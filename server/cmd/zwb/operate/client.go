package operate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// Client asks the admin listener of a bridge.
type Client struct {
	Listen string // where it listens, as zwb serve was told
	Token  string
}

// patience is how long an answer may take.
const patience = 10 * time.Second

// Of is the client for the link that zwb serve prints when it has made a token.
func Of(link string) (*Client, error) {
	u, err := url.Parse(link)
	if err != nil || u.Host == "" || u.Fragment == "" {
		return nil, errors.New("a link is what zwb serve --admin prints, with the token behind #")
	}
	return &Client{Listen: u.Host, Token: strings.TrimPrefix(u.Fragment, "token=")}, nil
}

// dial connects to where the bridge listens. An address that stands for all is reached at this machine's own.
func (c *Client) dial(ctx context.Context) (net.Conn, error) {
	var d net.Dialer
	if path, isUnix := strings.CutPrefix(c.Listen, "unix:"); isUnix {
		return d.DialContext(ctx, "unix", path)
	}
	host, port, err := net.SplitHostPort(c.Listen)
	if err != nil {
		return nil, err
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return d.DialContext(ctx, "tcp", net.JoinHostPort(host, port))
}

// Get asks for what a path has, as JSON.
func (c *Client) Get(ctx context.Context, path string, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return c.ask(ctx, http.MethodGet, path, answer, http.StatusOK)
}

// Post has something done. Any of the statuses is an answer.
func (c *Client) Post(ctx context.Context, path string, answer any, statuses ...int) error {
	return c.ask(ctx, http.MethodPost, path, answer, statuses...)
}

func (c *Client) ask(ctx context.Context, method, path string, answer any, statuses ...int) error {
	r, err := http.NewRequestWithContext(ctx, method, "http://localhost"+path, nil)
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+c.Token)
	transport := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return c.dial(ctx) }, DisableKeepAlives: true}
	response, err := (&http.Client{Transport: transport}).Do(r)
	if err != nil {
		return fmt.Errorf("asking the bridge at %s: %w", c.Listen, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, 16<<20))
	if err != nil {
		return err
	}
	if !slices.Contains(statuses, response.StatusCode) {
		return fmt.Errorf("the bridge at %s says %s: %s", c.Listen, response.Status, strings.TrimSpace(string(text)))
	}
	return json.Unmarshal(text, answer)
}
