package ticket

import (
	"errors"
	"net/http"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// room is an account that ends somewhere.
type room struct{ left, most int }

func newRoom(bytes int) *room { return &room{bytes, bytes} }

func (r *room) Take(bytes int) bool {
	if bytes > r.left {
		return false
	}
	r.left -= bytes
	return true
}

func (r *room) Give(bytes int) { r.left += bytes }

func TestTicketIsForOneEndpointAndOneMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		room, refused := newRoom(1<<20), 0
		b := NewBook(room, func() { refused++ })
		maker := &http.Request{}
		text, err := b.Make("alice", "camera", maker, 1000)
		if err != nil || len(text) < 26 {
			t.Fatalf("%q, %v", text, err)
		}
		time.Sleep(Life - time.Millisecond)
		later, err := b.Make("alice", "camera", maker, 1000)
		if err != nil || later == text {
			t.Fatal(later, err)
		}
		for time := range 2 {
			if b.Maker(text, "camera") != maker {
				t.Error("it is not there, time", time)
			}
		}
		for _, other := range []struct{ text, endpoint string }{{text, "door"}, {text, ""}, {"", "camera"}, {text + "A", "camera"}, {text[1:], "camera"}} {
			if b.Maker(other.text, other.endpoint) != nil {
				t.Errorf("%q opens %q", other.text, other.endpoint)
			}
		}
		time.Sleep(time.Millisecond)
		if b.Maker(text, "camera") != nil {
			t.Error("it is there after its time")
		}
		if b.Maker(later, "camera") != maker {
			t.Error("a later one has ended with it")
		}
		time.Sleep(Life)
		synctest.Wait()
		if room.left != room.most || len(b.byHash)+len(b.oldest)+len(b.owned) != 0 || b.timer != nil {
			t.Errorf("%d bytes are still taken, of %d tickets", room.most-room.left, len(b.byHash))
		}
	})
}

func TestTicketsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		room, refused := newRoom(1<<30), 0
		b := NewBook(room, func() { refused++ })
		make := func(owner string) error {
			_, err := b.Make(owner, "camera", &http.Request{}, 0)
			return err
		}
		for range MostPerOwner {
			if err := make("alice"); err != nil {
				t.Fatal(err)
			}
		}
		if err := make("alice"); core.CodeOf(err) != core.Busy {
			t.Errorf("one user has more: %v", err)
		}
		for n := range Most - MostPerOwner {
			if err := make(strconv.Itoa(n)); err != nil {
				t.Fatal(n, err)
			}
		}
		if err := make("bob"); !errors.Is(err, errFull) {
			t.Errorf("there are more: %v", err)
		}
		time.Sleep(Life)
		if err := make("alice"); err != nil {
			t.Errorf("after their time: %v", err)
		}
		room.left = 0
		if err := make("alice"); !errors.Is(err, errFull) {
			t.Errorf("without room: %v", err)
		}
		b.Close()
		if err := make("alice"); !errors.Is(err, errClosed) {
			t.Errorf("after Close: %v", err)
		}
		if len(b.byHash)+len(b.owned) != 0 || b.timer != nil || refused != 3 {
			t.Error("something is left, or refusals are not counted: ", refused)
		}
	})
}
