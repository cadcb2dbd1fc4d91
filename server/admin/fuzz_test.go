package admin

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/server/cluster"
)

// FuzzOrders: what other bridges ask for, and what they say has come of it, is bounded and fit for terminals, or an error.
func FuzzOrders(f *testing.F) {
	for _, value := range []any{ending{User: "bob", Reason: "lunch"}, ending{Session: "1", User: "2"}, ended{3}, ended{-1}, ReloadAnswer{Taken: true, Reloaded: Reloaded{Changed: []string{"\x1b[2J"}}},
		ReloadAnswer{Mistakes: []Mistake{{File: "zwb.yaml", Line: 3, Text: strings.Repeat("wrong", 100)}}}} {
		text, err := json.Marshal(value)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	fit := func(text string) bool { return len(text) <= 3*mostLine && line(text) == text }
	f.Fuzz(func(t *testing.T, text []byte) {
		if e, err := readEnding(text); err == nil && ((e.Session == "") == (e.User == "") || len(e.Session)+len(e.User) > mostName || !fit(e.Reason)) {
			t.Errorf("%q is %+v", text, e)
		}
		if e, err := readEnded(text); err == nil && e.Ended < 0 {
			t.Errorf("%q is %+v", text, e)
		}
		r, err := readReloaded(text)
		if err != nil {
			return
		}
		if len(r.Changed) > mostListed || len(r.Mistakes) > mostMistakes {
			t.Errorf("%d changes and %d mistakes", len(r.Changed), len(r.Mistakes))
		}
		for _, m := range r.Mistakes {
			if !fit(m.File) || !fit(m.Text) {
				t.Errorf("a mistake is %+v", m)
			}
		}
	})
}

// TestOrdersThatMakeNoSense are refused.
func TestOrdersThatMakeNoSense(t *testing.T) {
	c := Config{}
	for _, o := range []cluster.Order{{What: "sing"}, {What: orderDisconnect}, {What: orderDisconnect, Args: []byte(`{}`)}, {What: orderDisconnect, Args: []byte(`{"session": "1", "user": "2"}`)},
		{What: orderDisconnect, Args: []byte(`{"user": "` + strings.Repeat("x", 2000) + `"}`)}} {
		if _, err := c.CarryOut(t.Context(), o); err == nil {
			t.Errorf("%+v is carried out", o)
		}
	}
}
