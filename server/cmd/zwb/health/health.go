package health

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/settings"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/web"
)

// patience is how long a bridge may take to answer.
const patience = 5 * time.Second

// longest is how much of an answer is read.
const longest = 4 << 10

// Place is where to ask.
type Place struct {
	URL    string
	socket string // of Unix, where it is at one
	own    bool   // the bridge of these settings, on this machine: what its certificate is for does not matter
}

// Of is where the bridge of these settings says whether it is ready.
func Of(s *settings.Settings) (Place, error) {
	address := s.Listen[0]
	if web.IsGiven(address) {
		return Place{}, errors.New("systemd has opened the sockets, and knows where they are; say which address is to be asked, as in http://127.0.0.1:8000/readyz")
	}
	if path, isUnix := strings.CutPrefix(address, "unix:"); isUnix {
		return Place{URL: "http://localhost/readyz", socket: path, own: true}, nil
	}
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return Place{}, err
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		host = "localhost"
	}
	scheme := "http"
	if s.File.TLS != nil {
		scheme = "https"
	}
	return Place{URL: scheme + "://" + net.JoinHostPort(host, port) + "/readyz", own: true}, nil
}

// Ask returns the first line of the answer. It is an error if nobody answers, or says no.
func Ask(ctx context.Context, at Place) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	transport := &http.Transport{DisableKeepAlives: true}
	if at.own {
		transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: true}
	}
	if at.socket != "" {
		transport.DialContext = func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", at.socket)
		}
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, at.URL, nil)
	if err != nil {
		return "", err
	}
	answer, err := (&http.Client{Transport: transport}).Do(r)
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, longest))
	if err != nil {
		return "", err
	}
	line, _, _ := strings.Cut(string(text), "\n")
	if answer.StatusCode != http.StatusOK {
		return "", fmt.Errorf("%s answers %s: %q", at.URL, answer.Status, line)
	}
	return line, nil
}
