package users

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// fetcher fetches what keys there are. It follows redirects only on the same host.
var fetcher = &http.Client{
	Timeout: fetchTime,
	Transport: &http.Transport{
		Proxy: http.ProxyFromEnvironment, TLSHandshakeTimeout: 5 * time.Second, ResponseHeaderTimeout: 5 * time.Second,
		MaxResponseHeaderBytes: 64 << 10, DisableKeepAlives: true,
	},
	CheckRedirect: func(r *http.Request, via []*http.Request) error {
		first := via[0].URL
		if len(via) > 3 || r.URL.Scheme != first.Scheme || r.URL.Host != first.Host {
			return errors.New("it leads elsewhere")
		}
		return nil
	},
}

// checkURL finds out whether what comes from a URL can be believed: over TLS, or from this machine.
func checkURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.User != nil || u.Fragment != "":
		return fmt.Errorf("%.200q is no URL of keys", text)
	case u.Scheme == "https":
		return nil
	case u.Scheme == "http" && isLoopback(u.Hostname()):
		return nil
	}
	return fmt.Errorf("%.200q: keys come from https, or from this machine", text)
}

func isLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip, err := netip.ParseAddr(host)
	return err == nil && ip.IsLoopback()
}

// fetch gets a document that is not large.
func fetch(ctx context.Context, address string) ([]byte, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	r.Header.Set("Accept", "application/json")
	answer, err := fetcher.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s says %s", address, answer.Status)
	}
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxFile+1))
	if err == nil && len(text) > maxFile {
		err = fmt.Errorf("%s says more than 1 MiB", address)
	}
	return text, err
}

// fetchKeySet fetches a JWK Set.
func fetchKeySet(ctx context.Context, address string) ([]key, error) {
	text, err := fetch(ctx, address)
	if err != nil {
		return nil, err
	}
	return parseKeySet(text)
}

// discover asks an issuer where its keys are (OpenID Connect Discovery 1.0, section 4), and fetches them.
func discover(ctx context.Context, issuer string) ([]key, error) {
	text, err := fetch(ctx, strings.TrimSuffix(issuer, "/")+"/.well-known/openid-configuration")
	if err != nil {
		return nil, err
	}
	var found struct {
		Issuer string `json:"issuer"`
		Keys   string `json:"jwks_uri"`
	}
	if json.Unmarshal(text, &found) != nil {
		return nil, errors.New("discovery: this is no JSON")
	}
	if found.Issuer != issuer {
		return nil, fmt.Errorf("discovery: this is the issuer %.200q", found.Issuer)
	}
	if err := checkURL(found.Keys); err != nil {
		return nil, fmt.Errorf("discovery: %w", err)
	}
	return fetchKeySet(ctx, found.Keys)
}
