package users

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

func login(user, password string) shows {
	return shows{hello: `{"user":"` + user + `","password":"` + password + `"}`}
}

// Lines as htpasswd -B, openssl passwd -5 and -6 and mkpasswd write them.
func TestHashes(t *testing.T) {
	c := chain(t, Options{}, config.User{Basic: &config.Basic{Htpasswd: file(t, "htpasswd", strings.Join([]string{
		"# users", "",
		"bea:$2y$05$" + fast("sesame")[7:],
		"six:$6$saltsalt$g3uPFdehVnKoLXdidvSAg1zlVgYomPr0X/xgdXSBn2LuxZUOGgYW4IULZkguZ77fzYteIur49AGHmF9iek6Sf1",
		"five:$5$rounds=5000$saltsalt$Arv3XkXcPR5LHLrzVCBdKV5hwRocYIyFvUvGa9tbc06",
	}, "\n"))}})
	for _, user := range []string{"bea", "six", "five"} {
		got, err := login(user, "sesame").to(c)
		wantUser(t, got, err, "basic", user)
		_, err = login(user, "sesam").to(c)
		wantCode(t, err, core.Unauthenticated)
		_, err = login(user, "sesame").to(c) // from memory
		wantCode(t, err, core.OK)
	}
}

// slowPassword is one whose check takes as long as the test says.
type slowPassword struct {
	release chan struct{}
	checked *atomic.Int32
	now     *atomic.Int32
	most    *atomic.Int32
}

func (p slowPassword) MatchesPassword(password string) bool {
	p.checked.Add(1)
	now := p.now.Add(1)
	defer p.now.Add(-1)
	if now > p.most.Load() {
		p.most.Store(now)
	}
	<-p.release
	return password == "right"
}

// However many try, one password is checked at a time; too many are turned away, and may come back.
func TestPasswordsDoNotEatTheBridge(t *testing.T) {
	c := chain(t, Options{}, config.User{Basic: &config.Basic{Htpasswd: file(t, "htpasswd", "ben:"+fast("pw"))}})
	slow := slowPassword{make(chan struct{}), new(atomic.Int32), new(atomic.Int32), new(atomic.Int32)}
	b := c.entries[0].(*basic)
	b.users, b.other = map[string]line{"ben": {password: slow}}, slow

	var busy atomic.Int32
	var all sync.WaitGroup
	for range maxWaiting + 10 {
		all.Go(func() {
			if _, err := login("ben", "wrong").to(c); core.CodeOf(err) == core.Busy {
				busy.Add(1)
			}
		})
	}
	wait.For(t, "those who are too many to be turned away", func() bool { return busy.Load() == 10 })
	close(slow.release)
	all.Wait()
	if most, n := slow.most.Load(), busy.Load(); most != 1 || n != 10 {
		t.Errorf("%d were checked at a time, and %d turned away", most, n)
	}

	before := slow.checked.Load()
	for range 10 {
		_, err := login("ben", "right").to(c)
		wantCode(t, err, core.OK)
		login("nobody", "right").to(c)
	}
	if n := slow.checked.Load() - before; n != 11 {
		t.Errorf("%d passwords were checked; one was right and is remembered, and users that do not exist take as long", n)
	}
}

// Who has gone does not wait on.
func TestPasswordsOfWhoHasGone(t *testing.T) {
	c := chain(t, Options{}, config.User{Basic: &config.Basic{Htpasswd: file(t, "htpasswd", "ben:"+fast("pw"))}})
	b := c.entries[0].(*basic)
	b.turn <- struct{}{}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.identify(ctx, &presented{basic: true, user: "ben", password: "pw"}); core.CodeOf(err) != core.Busy || len(b.waiting) != 0 {
		t.Errorf("got %v, and %d wait", err, len(b.waiting))
	}
}
