package revoked

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server/policy/users"
)

// TestMerge: lists that have each other's acts are the same, whichever came first; the later act holds.
func TestMerge(t *testing.T) {
	bob, later := users.User{Issuer: "tokens", Name: "bob"}, time.Now().Add(time.Hour)
	a, b := list(t, ""), list(t, filepath.Join(t.TempDir(), "revoked.json"))
	add(t, a, Entry{User: "bob", Until: later})
	add(t, b, Entry{User: "ann", Until: later, Reason: "has left"})
	exchange := func() {
		for _, from := range []*List{a, b} {
			for _, to := range []*List{a, b} {
				if _, unfit, err := to.Merge(from.Acts()); unfit != 0 || err != nil {
					t.Fatal(unfit, err)
				}
			}
		}
	}
	exchange()
	if a.Check(bob) == nil || b.Check(bob) == nil || len(a.All()) != 2 || len(b.All()) != 2 {
		t.Errorf("%v, %v", a.All(), b.All())
	}
	old := a.Acts()
	if lifted, err := b.Lift("bob", ""); !lifted || err != nil {
		t.Fatal(lifted, err)
	}
	if taken, _, _ := b.Merge(old); len(taken) != 0 {
		t.Errorf("who was lifted is brought back: %v", taken)
	}
	exchange()
	if a.Check(bob) != nil || b.Check(bob) != nil {
		t.Errorf("%v, %v", a.Acts(), b.Acts())
	}
	again := list(t, b.file)
	if taken, _, _ := again.Merge(old); len(taken) != 0 || len(again.All()) != 1 {
		t.Errorf("after a restart who was lifted is brought back: %v", taken)
	}
	add(t, a, Entry{User: "bob", Until: later})
	exchange()
	if a.Check(bob) == nil || b.Check(bob) == nil {
		t.Error("who was revoked again is not")
	}
}

// TestMergeIsCareful: what is no entry is passed over, an act of which somebody knows never wins over what he does then, whatever its time, and
// nobody is forgotten to make room.
func TestMergeIsCareful(t *testing.T) {
	l, later := list(t, ""), time.Now().Add(time.Hour)
	taken, unfit, err := l.Merge([]Entry{{Until: later}, {User: "a", Token: "b", Until: later}, {User: "a", Until: time.Now().Add(-time.Second)}, {Token: "zwb_of-somebody", Until: later},
		{User: strings.Repeat("a", 513), Until: later}, {User: "a", Until: later, Reason: strings.Repeat("a", 81)}})
	if len(taken) != 0 || unfit != 0 || err != nil || len(l.Acts()) != 0 {
		t.Errorf("%v, %d, %v", taken, unfit, err)
	}
	future := time.Now().Add(time.Minute)
	if taken, _, _ = l.Merge([]Entry{{User: "bob", Until: later, Since: future}}); len(taken) != 1 {
		t.Fatal("a clock that is ahead is not believed at all")
	}
	if lifted, _ := l.Lift("bob", ""); !lifted || !l.Acts()[0].Since.After(future) {
		t.Errorf("%v", l.Acts())
	}
	var many []Entry
	for i := range Most + 10 {
		many = append(many, Entry{User: strconv.Itoa(i), Until: later, Since: time.Now()})
	}
	if taken, unfit, _ = l.Merge(many); len(taken) != Most || unfit != 10 {
		t.Errorf("%d of more than there is room for, %d did not fit", len(taken), unfit)
	}
	for i := range many {
		many[i].Lifted, many[i].Since = true, time.Now()
	}
	if taken, unfit, _ = l.Merge(many); len(taken) != Most+10 || unfit != 0 || len(l.All()) != 0 || len(l.Acts()) != Most {
		t.Errorf("%d were lifted, and %d are kept", len(taken), len(l.Acts()))
	}
}
