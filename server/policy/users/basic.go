package users

import (
	"bufio"
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/tg123/go-htpasswd"

	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

// basic checks passwords against a file of htpasswd.
//
// That is meant to take long, so it could keep a bridge from everything else. Only one password is checked at a time, few
// may wait for that, and one that was right is remembered for a while, by a hash with a key that nobody knows.
type basic struct {
	users map[string]line
	other password // checked for users that do not exist, so that it takes as long

	turn    chan struct{} // capacity 1: held by whoever checks
	waiting chan struct{} // holds one for each that waits or checks
	key     []byte
	right   cache[struct{}]
}

// line is one of the file: a user's.
type line struct {
	password
	proof proof
}

// password is what a line says of it.
type password interface{ MatchesPassword(string) bool }

const (
	maxWaiting   = 32
	rememberFor  = time.Minute
	rememberMany = 1000
)

func newBasic(c config.Basic) (entry, error) {
	users, other, err := readPasswords(c.Htpasswd)
	if err != nil {
		return nil, fmt.Errorf("basic: %w", err)
	}
	b := &basic{users: users, other: other, turn: make(chan struct{}, 1), waiting: make(chan struct{}, maxWaiting),
		key: make([]byte, 32), right: newCache[struct{}](rememberMany)}
	rand.Read(b.key) // never fails
	return b, nil
}

// Hashes that take long enough, and not too long.
var (
	bcryptLine = regexp.MustCompile(`^\$2[aby]\$([0-9]{2})\$[./A-Za-z0-9]{53}$`)
	shaLine    = regexp.MustCompile(`^\$[56]\$(?:rounds=([0-9]{1,9})\$)?[./A-Za-z0-9]{1,16}\$(?:[./A-Za-z0-9]{43}|[./A-Za-z0-9]{86})$`)
)

// readPasswords reads the file. A mistake says its line and no hash.
func readPasswords(name string) (users map[string]line, other password, err error) {
	text, err := readFile(name)
	if err != nil {
		return nil, nil, fmt.Errorf("htpasswd: %w", err)
	}
	users = map[string]line{}
	lines := bufio.NewScanner(bytes.NewReader(text))
	for number := 1; lines.Scan(); number++ {
		text := strings.TrimSpace(lines.Text())
		if text == "" || strings.HasPrefix(text, "#") {
			continue
		}
		user, hash, _ := strings.Cut(text, ":")
		if !validName(user) {
			return nil, nil, fmt.Errorf("htpasswd: %s:%d: this is no line of user:hash", name, number)
		}
		if _, twice := users[user]; twice {
			return nil, nil, fmt.Errorf("htpasswd: %s:%d: the user %q is here twice", name, number, user)
		}
		parsed, err := parsePassword(hash)
		if err != nil {
			return nil, nil, fmt.Errorf("htpasswd: %s:%d: the password of %q: %w", name, number, user, err)
		}
		users[user] = line{parsed, proofOf(user, hash)}
		if other == nil {
			other = parsed
		}
	}
	if len(users) == 0 {
		return nil, nil, fmt.Errorf("htpasswd: there is no user in %s", name)
	}
	return users, other, lines.Err()
}

func parsePassword(hash string) (password, error) {
	if m := bcryptLine.FindStringSubmatch(hash); m != nil {
		if cost, _ := strconv.Atoi(m[1]); cost < 5 || cost > 14 {
			return nil, errors.New("the cost of bcrypt is 5 to 14")
		}
		return htpasswd.AcceptBcrypt(hash)
	}
	if m := shaLine.FindStringSubmatch(hash); m != nil {
		if rounds, _ := strconv.Atoi(m[1]); m[1] != "" && (rounds < 1000 || rounds > 500_000) {
			return nil, errors.New("SHA-crypt has 1000 to 500000 rounds")
		}
		return htpasswd.AcceptCryptSha(hash)
	}
	return nil, errors.New("only bcrypt (htpasswd -B) and SHA-crypt (openssl passwd -6) are taken: other hashes are found out too fast")
}

func (b *basic) identify(ctx context.Context, p *presented) (any, error) {
	if !p.basic {
		return nil, errAbsent
	}
	remembered := b.remembered(p)
	if _, right := b.right.get(remembered); !right {
		if err := b.check(ctx, p); err != nil {
			return nil, err
		}
		b.right.put(remembered, struct{}{}, rememberFor)
	}
	return b.user(p.user), nil
}

func (b *basic) user(name string) User {
	return User{Issuer: "basic", Name: name, Claims: map[string]any{}, grounds: grounds{by: "basic", proof: b.users[name].proof}}
}

func (b *basic) still(_ *http.Request, u User) (User, error) {
	if u.grounds.by != "basic" {
		return User{}, errAbsent
	}
	if now, known := b.users[u.Name]; !known || now.proof != u.grounds.proof {
		return User{}, errChanged
	}
	return b.user(u.Name), nil
}

func (b *basic) remembered(p *presented) cacheKey {
	mac := hmac.New(sha256.New, b.key)
	fmt.Fprintf(mac, "%d:%s%s", len(p.user), p.user, p.password)
	return cacheKey(mac.Sum(nil))
}

// check checks one password when it is its turn.
func (b *basic) check(ctx context.Context, p *presented) error {
	select {
	case b.waiting <- struct{}{}:
		defer func() { <-b.waiting }()
	default:
		return errBusy
	}
	select {
	case b.turn <- struct{}{}:
		defer func() { <-b.turn }()
	case <-ctx.Done():
		return errBusy
	}
	right := b.other
	user, known := b.users[p.user]
	if known {
		right = user
	}
	if matches := right.MatchesPassword(p.password); !matches || !known {
		return errPassword
	}
	return nil
}

func (*basic) close() {}
