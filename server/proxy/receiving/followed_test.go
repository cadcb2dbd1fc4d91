package receiving

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/history"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/pubsub"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// nothing is a history.Archive that does not answer.
type nothing struct{}

func (nothing) Oldest(context.Context, string) (uint64, error) { return 0, context.Canceled }
func (nothing) Read(context.Context, string, uint64, *history.Piece) (history.Piece, error) {
	return history.Piece{}, context.Canceled
}

// TestPlaceInWhatIsFollowed: a client is told a place only in a history that has a name, and stands in that which its messages are of:
// a place that nobody can come back to, or one of another history, would lose it messages which it is not told of.
func TestPlaceInWhatIsFollowed(t *testing.T) {
	for _, test := range []struct{ name, script, want string }{
		{"not begun yet", "reached::0", ""},
		{"begins after it was told nothing", "reached::0 adopt:e:0 feed::2", "e@0 #1 #2"},
		{"begins in the middle", "adopt:e:7 reached:e:7 feed::1", "e@7 #8"},
		{"quiet for long", "adopt:e:0 reached:e:0 reached:e:40 adopt:e:40 feed::1", "e@0 e@40 #41"},
		{"another one", "adopt:e:0 feed::2 adopt:f:0 feed::3", "e@0 #1 #2 f@0 #1 #2 #3"},
		{"another one while it is told of the former", "adopt:e:0 feed::2 adopt:f:0 reached:e:2 feed::3", "e@0 #1 #2 f@0 #1 #2 #3"},
		{"another one, told before it speaks", "adopt:e:0 feed::2 adopt:f:0 reached:f:0 feed::3", "e@0 #1 #2 f@0 #1 #2 #3"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newScene(t)
			d := s.inflow(false)
			f := newFeed(pubsub.Options{Log: history.NewCache(access.History{Bytes: 1 << 20}, nothing{}, nil, new(history.Counters))})
			x := f.Attach(d)
			d.source = x
			d.remember(x)
			if err := x.Subscribe(nil, d.Proven); err != nil {
				t.Fatal(err)
			}
			var got []string
			hear := func() (publications uint64) {
				for _, frame := range s.ping(1) {
					switch frame.Kind {
					case core.KindPosition:
						got = append(got, fmt.Sprintf("%s@%d", frame.Name, frame.Offset))
					case core.KindPublication:
						got = append(got, fmt.Sprintf("#%d", frame.Offset))
						publications++
					}
				}
				return publications
			}
			for step := range strings.FieldsSeq(test.script) {
				var n uint64
				words := strings.Split(step, ":")
				fmt.Sscan(words[2], &n)
				switch words[0] {
				case "reached":
					d.Reached(words[1], 1, n)
				case "adopt":
					f.Adopt(words[1], n, 0)
				case "feed":
					f.Feed(bodies(n), 0)
					f.Flush()
					wait.For(t, "what was fed", func() bool { n -= hear(); return n == 0 })
				}
				hear()
			}
			if text := strings.Join(got, " "); text != test.want {
				t.Errorf("it is told %s, want %s", text, test.want)
			}
		})
	}
}

func newFeed(o pubsub.Options) *pubsub.Feed {
	c := zmtp.Config{}.WithDefaults()
	return pubsub.NewFeed(&c, o)
}

func bodies(n uint64) (all []core.Body) {
	for range n {
		all = append(all, core.EncodeBody(core.Message{[]byte("a")}))
	}
	return all
}
