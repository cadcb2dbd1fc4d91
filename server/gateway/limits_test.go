package gateway

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	. "github.com/zmqwebbridge/zmqwebbridge/server/gateway/gatewaytest"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// TestReqLimits: what is too much is refused at once, and what was accepted is not lost for it.
func TestReqLimits(t *testing.T) {
	tests := []struct {
		name     string
		config   Config
		accepted int
		size     int
		want     core.Code
	}{
		// One more than the limit each: a message being written no longer counts once its successor is begun.
		{"bytes queued", Config{MaxQueued: 1000}, 10, 100, core.Busy},
		{"pending", Config{MaxPending: 10}, 10, 1, core.Busy},
		{"one message", Config{Limits: zmtp.Limits{MaxMessage: 1000}}, 0, 1001, core.TooLarge},
		{"larger than the queue, alone", Config{MaxQueued: 1000}, 1, 2000, core.Busy},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				backend := make(Pipes)
				test.config.Dial = backend.Dial
				g := newReq(t, newTestFactory(t, test.config), Somewhere)
				m := core.Message{make([]byte, test.size)}
				var accepted []<-chan outcome
				for range test.accepted {
					_, c := ask(g, m, time.Hour)
					accepted = append(accepted, c)
				}
				_, c := ask(g, m, time.Hour)
				WantCode(t, (<-c).err, test.want)

				// Queued while the first dial was under way, all go out once it is done.
				p := backend.Accept(t)
				p.Meet(1, "REP")
				for range accepted {
					go p.Say(Echo(p.Message()))
				}
				for _, c := range accepted {
					WantCode(t, (<-c).err, core.OK)
				}
			})
		})
	}
}

// TestReqBurst: requests have a bound of their own, beside which the high-water mark of messages does not count.
func TestReqBurst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		backend := make(Pipes)
		g := newReq(t, newTestFactory(t, Config{HWM: 10, Dial: backend.Dial}), Somewhere)
		var answers []<-chan outcome
		for range 500 * 16 {
			_, c := ask(g, core.Message{[]byte("a")}, time.Hour)
			answers = append(answers, c)
		}
		p := backend.Accept(t)
		p.Meet(1, "REP")
		for range answers {
			p.Say(Echo(p.Message()))
		}
		for _, c := range answers {
			WantCode(t, (<-c).err, core.OK)
		}
	})
}

func TestReqRefusesWhatIsNoMessage(t *testing.T) {
	g := newReq(t, newTestFactory(t, Config{Dial: make(Pipes).Dial}), Somewhere)
	for _, m := range []core.Message{nil, {}} {
		_, c := ask(g, m, time.Hour)
		WantCode(t, (<-c).err, core.Invalid)
	}
	_, c := ask(g, make(core.Message, core.MaxParts+1), time.Hour)
	WantCode(t, (<-c).err, core.TooLarge)
}
