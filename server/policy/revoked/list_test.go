package revoked

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/users"
)

func list(t *testing.T, file string) *List {
	t.Helper()
	l, err := New(file)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func add(t *testing.T, l *List, e Entry) {
	t.Helper()
	if err := l.Add(e); err != nil {
		t.Fatal(err)
	}
}

// TestCheck: who is meant by an entry, and for how long.
func TestCheck(t *testing.T) {
	bob := users.User{Issuer: "tokens", Name: "bob", TokenID: "abc"}
	for _, tt := range []struct {
		name  string
		entry Entry
		user  any
		want  core.CloseCode // 0: nothing is against him
	}{
		{"as the bridge shows him", Entry{User: "tokens bob"}, bob, core.CloseUnauthorized},
		{"by the name alone", Entry{User: "bob"}, bob, core.CloseUnauthorized},
		{"his token", Entry{Token: "abc"}, bob, core.CloseExpired},
		{"another user", Entry{User: "bo"}, bob, 0},
		{"the same name of another issuer", Entry{User: "basic bob"}, bob, 0},
		{"another token", Entry{Token: "abcd"}, bob, 0},
		{"a token with the name of the user", Entry{Token: "bob"}, bob, 0},
		{"nobody in particular", Entry{User: "bob"}, nil, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := list(t, "")
				tt.entry.Until, tt.entry.Reason = time.Now().Add(time.Hour), "he has left"
				add(t, l, tt.entry)
				if got := closeOf(l.Check(tt.user)); got != tt.want {
					t.Errorf("%d, want %d", got, tt.want)
				}
				if err := l.Check(tt.user); err != nil && !strings.Contains(err.Error(), "revoked until 2000-01-01T01:00:00Z: he has left") {
					t.Errorf("he is told %v", err)
				}
				time.Sleep(time.Hour)
				if err := l.Check(tt.user); err != nil || len(l.All()) != 0 {
					t.Errorf("when the time is over: %v, %v", err, l.All())
				}
			})
		})
	}
}

func closeOf(err error) core.CloseCode {
	var closed *core.CloseError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &closed):
		return closed.Close
	}
	return core.CloseUnauthorized
}

// TestEntries: what is no entry is refused, and so is one too many; nobody is forgotten to make room.
func TestEntries(t *testing.T) {
	l := list(t, "")
	later := time.Now().Add(time.Hour)
	for _, e := range []Entry{{Until: later}, {User: "a", Token: "b", Until: later}, {User: "a"}, {User: "a", Until: time.Now()},
		{User: strings.Repeat("a", 513), Until: later}, {User: "a", Until: later, Reason: strings.Repeat("a", 81)},
		{Token: "zwb_of-somebody", Until: later}, {Token: "eyJhbGciOiJIUzI1NiJ9.e30.c2lnbmF0dXJl", Until: later}} {
		if err := l.Add(e); core.CodeOf(err) != core.Invalid {
			t.Errorf("%+v: %v", e, err)
		}
	}
	for i := range Most {
		add(t, l, Entry{User: strconv.Itoa(i), Until: later})
	}
	if err := l.Add(Entry{User: "one too many", Until: later}); core.CodeOf(err) != core.Busy {
		t.Errorf("one too many: %v", err)
	}
	add(t, l, Entry{User: "0", Until: later.Add(time.Hour)}) // is there already
	if lifted, err := l.Lift("0", ""); !lifted || err != nil {
		t.Error(lifted, err)
	}
	if lifted, err := l.Lift("0", ""); lifted || err != nil {
		t.Error(lifted, err)
	}
	add(t, l, Entry{User: "one too many", Until: later})
	if got := l.All()[0].User; got != "one too many" {
		t.Errorf("the latest is %s", got)
	}
}

// TestRestart: with a file the list is there again, and a broken file is told.
func TestRestart(t *testing.T) {
	file := filepath.Join(t.TempDir(), "revoked.json")
	bob := users.User{Issuer: "tokens", Name: "bob"}
	l := list(t, file)
	add(t, l, Entry{User: "bob", Until: time.Now().Add(time.Hour)})
	add(t, l, Entry{Token: "abc", Until: time.Now().Add(time.Hour)})
	if _, err := l.Lift("", "abc"); err != nil {
		t.Fatal(err)
	}
	again := list(t, file)
	if again.Check(bob) == nil || len(again.All()) != 1 {
		t.Errorf("after a restart: %v", again.All())
	}
	if left, err := os.ReadDir(filepath.Dir(file)); err != nil || len(left) != 1 {
		t.Errorf("there are %v, %v", left, err)
	}
	if err := os.WriteFile(file, []byte("nonsense"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(file); err == nil || !strings.Contains(err.Error(), file) {
		t.Errorf("a file that is none: %v", err)
	}
	nowhere := list(t, filepath.Join(t.TempDir(), "gone", "revoked.json"))
	if err := nowhere.Add(Entry{User: "bob", Until: time.Now().Add(time.Hour)}); err == nil || nowhere.Check(bob) == nil {
		t.Errorf("a file that cannot be written: %v", err)
	}
}
