package typescript

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

// patience is how long a bridge may take to answer.
const patience = 10 * time.Second

// longest is how many bytes an answer may have.
const longest = 4 << 20

// Ask returns the endpoints that a bridge lists to whoever has the token. Without one that is nobody in particular, or the user
// whose name and password stand in the address.
func Ask(ctx context.Context, place *url.URL, token string) ([]access.Reachable, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, place.String(), nil)
	if err != nil {
		return nil, err
	}
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	client := &http.Client{
		Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true},
		// The token is for this address, and for no other one that somebody there may name.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	answer, err := client.Do(r)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, longest+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("the answer of %s: %w", place.Redacted(), err)
	case answer.StatusCode != http.StatusOK:
		return nil, refused(place, answer, string(text))
	}
	list, err := read(text)
	if err != nil {
		return nil, fmt.Errorf("%s is no bridge, or one from before there was a list of endpoints: %w", place.Redacted(), err)
	}
	return list, nil
}

// refused says why there is no list, with what the answer says itself: the text is the reason that a bridge gives.
func refused(place *url.URL, answer *http.Response, text string) error {
	said, _, _ := strings.Cut(text, "\n")
	if to := answer.Header.Get("Location"); to != "" {
		said = "ask " + to
	}
	return fmt.Errorf("%s answers %d %s: %.300q", place.Redacted(), answer.StatusCode, http.StatusText(answer.StatusCode), said)
}

// listing is what a bridge answers.
type listing struct {
	Endpoints *[]access.Reachable `json:"endpoints"`
}

// read reads the list.
func read(text []byte) ([]access.Reachable, error) {
	if len(text) > longest {
		return nil, fmt.Errorf("the answer has more than %d bytes", longest)
	}
	var answer listing
	if err := json.Unmarshal(text, &answer); err != nil {
		return nil, err
	}
	if answer.Endpoints == nil {
		return nil, errors.New("the answer has no list of endpoints")
	}
	return *answer.Endpoints, nil
}
