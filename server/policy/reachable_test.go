package policy

import (
	"fmt"
	"net/http/httptest"
	"testing"
)

func TestReachable(t *testing.T) {
	p := newPolicy(t, example())
	const always = "[{asked [DEALER] false} {calc [REQ] false} {chat [PUB SUB] false} {jobs [PULL] true} {mixed [REQ SUB] false} {plain [REQ] false}"
	const rest = " {room [DEALER] false} {streams [REQ DEALER] false} {told [PUSH DEALER] false}]"
	for _, test := range []struct {
		name string
		user any
		want string
	}{
		{"nobody", nil, always + rest},
		{"a user whose claims forbid", visitor, always + rest},
		{"a user whose claims allow", bob, always + " {prices [SUB] false}" + rest},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := fmt.Sprint(p.Reachable(httptest.NewRequest("GET", "/endpoints", nil), test.user)); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}
