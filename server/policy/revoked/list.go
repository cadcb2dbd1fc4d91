package revoked

import (
	"cmp"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/users"
)

// Entry is a user or a token that is not accepted. Exactly one of the two is set.
type Entry struct {
	User   string    `json:"user,omitempty"`  // as the bridge shows it, users.Key; or the name alone, whoever vouches for it
	Token  string    `json:"token,omitempty"` // TokenID of a users.User: the jti of a JWT, the hash of another token
	Until  time.Time `json:"until"`
	Since  time.Time `json:"since"`
	Reason string    `json:"reason,omitempty"` // is told to the client
	Lifted bool      `json:"lifted,omitempty"` // since then nobody is revoked by it any more; kept so that no other list brings it back
}

// subject is what an entry is about.
type subject struct{ user, token string }

func (e Entry) subject() subject { return subject{e.User, e.Token} }

// What a list and an entry have at most.
const (
	Most     = 10_000 // entries, and as many that were lifted
	mostText = 512    // bytes of a user or a token
	mostWhy  = 80     // bytes of a reason, of which a WebSocket tells so many
)

// List is who is revoked. It is safe for concurrent use.
type List struct {
	file string        // "": it ends with the process
	turn chan struct{} // capacity 1: held by whoever writes the file

	changed chan struct{} // capacity 1: there is something new

	mu      sync.Mutex
	entries map[subject]Entry // with those that were lifted
}

// New makes a List that is kept in a file, which need not be there yet; with "" it ends with the process.
func New(file string) (*List, error) {
	l := &List{file: file, turn: make(chan struct{}, 1), changed: make(chan struct{}, 1), entries: map[subject]Entry{}}
	if file == "" {
		return l, nil
	}
	entries, err := read(file)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		l.entries[e.subject()] = e
	}
	return l, nil
}

// Add revokes. An entry about the same user or token takes the place of the one before. The error is Invalid for the entry,
// and Busy when the list is full; any other one says that the file could not be written: the entry holds, and a restart
// forgets it.
func (l *List) Add(e Entry) error {
	e.Since, e.Lifted = time.Now().UTC(), false
	if err := e.check(); err != nil {
		return err
	}
	if !l.put(e) {
		return core.NewError(core.Busy, "so many are revoked that no other fits in the list; lift some")
	}
	l.rouse()
	return l.save()
}

func (l *List) put(e Entry) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	revoked, _ := l.forgetOld()
	before, known := l.entries[e.subject()]
	if (!known || before.Lifted) && revoked >= Most {
		return false
	}
	e.Since = later(e.Since, before.Since)
	l.entries[e.subject()] = e
	return true
}

// later is the time of what somebody does now who knows of what was done before, whatever the clock says that did that.
func later(now, before time.Time) time.Time {
	if now.After(before) {
		return now
	}
	return before.Add(1)
}

func (e Entry) check() error {
	wrong := func(text string) error { return core.NewError(core.Invalid, text) }
	switch {
	case (e.User == "") == (e.Token == ""):
		return wrong("a user is revoked, or a token")
	case users.IsToken(e.Token) || users.IsToken(e.User):
		return wrong("this is a token itself, which only its user should have; it is named by its ID")
	case len(e.User) > mostText || len(e.Token) > mostText:
		return wrong("no user and no token has such a long name")
	case len(e.Reason) > mostWhy:
		return wrong("a reason has up to 80 bytes")
	case !e.Until.After(e.Since):
		return wrong("until is a time that is to come")
	}
	return nil
}

// Lift takes an entry about a user or a token back. lifted says that there was one; the error is that of the file.
func (l *List) Lift(user, token string) (lifted bool, err error) {
	if !l.lift(subject{user, token}) {
		return false, nil
	}
	l.rouse()
	return true, l.save()
}

func (l *List) lift(about subject) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, lifted := l.forgetOld()
	e, known := l.entries[about]
	if !known || e.Lifted {
		return false
	}
	if lifted >= Most {
		l.forgetLift()
	}
	e.Since, e.Lifted = later(time.Now().UTC(), e.Since), true
	l.entries[about] = e
	return true
}

// All are those that hold, the latest first.
func (l *List) All() []Entry {
	return slices.DeleteFunc(l.Acts(), func(e Entry) bool { return e.Lifted })
}

// Acts are all that were done and are not over: those that hold, and those that were lifted. The latest is first.
func (l *List) Acts() []Entry {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.forgetOld()
	all := make([]Entry, 0, len(l.entries))
	for _, e := range l.entries {
		all = append(all, e)
	}
	slices.SortFunc(all, func(a, b Entry) int {
		return cmp.Or(b.Since.Compare(a.Since), cmp.Compare(a.User, b.User), cmp.Compare(a.Token, b.Token))
	})
	return all
}

// forgetOld forgets what is over, and counts what is left. The lock is held.
func (l *List) forgetOld() (revoked, lifted int) {
	now := time.Now()
	for about, e := range l.entries {
		if !now.Before(e.Until) {
			delete(l.entries, about)
			continue
		}
		count(e, &revoked, &lifted, 1)
	}
	return revoked, lifted
}

// forgetLift forgets the one that was lifted first. The lock is held.
func (l *List) forgetLift() {
	var oldest *Entry
	for _, e := range l.entries {
		if e.Lifted && (oldest == nil || e.Since.Before(oldest.Since)) {
			oldest = &e
		}
	}
	if oldest != nil {
		delete(l.entries, oldest.subject())
	}
}

// Check says why a user is not to be let in; nil: the list has nothing against it. For a revoked user that is Unauthenticated,
// for a token a *core.CloseError with CloseExpired, so that a client that can fetch another one does.
func (l *List) Check(user any) error {
	u := users.Of(user)
	if u.Name == "" {
		return nil
	}
	if e, found := l.find(subject{user: users.Key(u)}, subject{user: u.Name}); found {
		return core.NewError(core.Unauthenticated, e.why())
	}
	if u.TokenID == "" {
		return nil
	}
	if e, found := l.find(subject{token: u.TokenID}); found {
		return core.NewCloseError(core.CloseExpired, e.why())
	}
	return nil
}

func (l *List) find(any ...subject) (Entry, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, about := range any {
		if e, found := l.entries[about]; found && !e.Lifted && time.Now().Before(e.Until) {
			return e, true
		}
	}
	return Entry{}, false
}

func (e Entry) why() string {
	text := "revoked until " + e.Until.UTC().Format(time.RFC3339)
	if e.Reason != "" {
		text += ": " + e.Reason
	}
	return text
}

// save writes the file, if there is one. Whoever writes it does it alone, with what the list is by then.
func (l *List) save() error {
	if l.file == "" {
		return nil
	}
	l.turn <- struct{}{}
	defer func() { <-l.turn }()
	if err := write(l.file, l.Acts()); err != nil {
		return errors.Join(ErrUnkept, err)
	}
	return nil
}

// ErrUnkept says that the file of a List could not be written.
var ErrUnkept = errors.New("this holds, but a restart forgets it")
