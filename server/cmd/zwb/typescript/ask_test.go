package typescript

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestAsk: what an answer is made of, and what is said of one that is no list. Nothing of it can move the cursor of a terminal.
func TestAsk(t *testing.T) {
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("%s is asked elsewhere, with %q", r.URL, r.Header.Get("Authorization"))
	}))
	defer elsewhere.Close()
	answers := map[string]http.HandlerFunc{
		"/token/endpoints": func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, `{"endpoints":[{"name":%q,"types":["SUB"],"more":1}],"more":{}}`, r.Header.Get("Authorization"))
		},
		"/refuses/endpoints": func(w http.ResponseWriter, _ *http.Request) {
			http.Error(w, "who are you?\x1b[2J\nand more", http.StatusUnauthorized)
		},
		"/moves/endpoints": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere.URL+"/endpoints", http.StatusMovedPermanently)
		},
		"/page/endpoints":  func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<!doctype html>") },
		"/other/endpoints": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"endpoints":null}`) },
		"/array/endpoints": func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `[]`) },
		"/large/endpoints": func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprint(w, `{"endpoints":[]}`, strings.Repeat(" ", longest))
		},
		"/cut/endpoints": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			fmt.Fprint(w, `{"endpoints":[]}`)
		},
	}
	bridge := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if answer := answers[r.URL.Path]; answer != nil {
			answer(w, r)
			return
		}
		http.NotFound(w, r)
	}))
	defer bridge.Close()
	for path, want := range map[string]string{
		"/token":   "[{Bearer secret [SUB] false [] []}]",
		"/refuses": `answers 401 Unauthorized: "who are you?\x1b[2J"`,
		"/moves":   `answers 301 Moved Permanently: "ask ` + elsewhere.URL + `/endpoints"`,
		"/page":    "is no bridge",
		"/other":   "has no list of endpoints",
		"/array":   "is no bridge",
		"/large":   "more than 4194304 bytes",
		"/cut":     "unexpected EOF",
		"/nothing": "answers 404 Not Found",
	} {
		t.Run(path, func(t *testing.T) {
			place, err := Place(strings.Replace(bridge.URL, "://", "://bob:password@", 1) + path)
			if err != nil {
				t.Fatal(err)
			}
			list, err := Ask(t.Context(), place, "secret")
			got := fmt.Sprint(list)
			if err != nil {
				got = err.Error()
			}
			if !strings.Contains(got, want) || strings.ContainsAny(got, "\x1b\n") || strings.Contains(got, "password") {
				t.Errorf("%q", got)
			}
		})
	}
}

// TestAskNobody: who does not answer is not waited for.
func TestAskNobody(t *testing.T) {
	silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer silent.Close()
	place, err := Place(silent.URL)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if list, err := Ask(ctx, place, ""); err == nil {
		t.Errorf("%v", list)
	}
}
