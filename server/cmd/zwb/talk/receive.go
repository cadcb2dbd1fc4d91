package talk

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
)

func subscribe() *cobra.Command {
	s, terms := new(session), new(terms)
	c := newCommand("sub NAME [PREFIX…] [flags]", "print what is published",
		"zwb sub prints the messages of the endpoint NAME whose topic begins with a PREFIX; without one, all of them. What is missing is\n"+
			"said where it is missing.",
		"  zwb sub prices fx.\n"+
			"  zwb sub --direct tcp://127.0.0.1:10002 --count 10 --as json\n"+
			"  zwb sub prices --json | jq .parts[1]",
		s, func(ctx context.Context, s *session, name string, args []string) error {
			socket, err := s.subscribed(name, args, terms)
			if err != nil {
				return err
			}
			return s.receive(ctx, socket)
		})
	terms.register(c)
	return s.counting(c)
}

func pull() *cobra.Command {
	s := new(session)
	return s.counting(newCommand("pull NAME [flags]", "take work, and print it",
		"zwb pull takes messages from the endpoint NAME and prints them. What it has taken nobody else gets.",
		"  zwb pull jobs --count 1\n"+
			"  zwb pull --direct tcp://127.0.0.1:5557 --bind",
		s, func(ctx context.Context, s *session, name string, args []string) error {
			if len(args) > 0 {
				return Mistake("a PULL has no prefixes")
			}
			socket, err := s.place.Socket(zmq.PULL, name)
			if err != nil {
				return err
			}
			return s.receive(ctx, socket)
		}))
}

func last() *cobra.Command {
	s := &session{timeout: 30 * time.Second, count: 1}
	return newCommand("last NAME [PREFIX] [flags]", "print the last message of a topic",
		"zwb last prints the last message whose topic begins with PREFIX, where the bridge keeps last values (zmq.last_values); elsewhere\n"+
			"it is the next one.",
		"  zwb last prices fx.EURUSD",
		s, func(ctx context.Context, s *session, name string, args []string) error {
			if len(args) > 1 {
				return Mistake("one prefix")
			}
			socket, err := s.subscribed(name, args, new(terms))
			if err != nil {
				return err
			}
			return s.receive(ctx, socket)
		})
}

// terms are how subscriptions are to be served.
type terms struct {
	overflow string
	rate     float64
}

func (t *terms) register(c *cobra.Command) {
	c.Flags().StringVar(&t.overflow, "overflow", "", "what goes when this reads too slowly: drop-newest, drop-oldest, conflate or close")
	c.Flags().Float64Var(&t.rate, "rate", 0, "at most so many `messages` a second; the last one of each topic always comes")
}

func (s *session) counting(c *cobra.Command) *cobra.Command {
	c.Flags().IntVar(&s.count, "count", 0, "end after so many messages; 0: when it is interrupted")
	return c
}

// subscribed is a SUB with all prefixes.
func (s *session) subscribed(name string, prefixes []string, t *terms) (*zmq.Socket, error) {
	opts := zmq.SubscribeOptions{Rate: t.rate}
	if t.overflow != "" {
		var err error
		if opts.Overflow, err = core.ParseOverflow(t.overflow); err != nil {
			return nil, err
		}
	}
	socket, err := s.place.Socket(zmq.SUB, name)
	if err != nil {
		return nil, err
	}
	if len(prefixes) == 0 {
		prefixes = []string{""}
	}
	for _, prefix := range prefixes {
		if err := socket.SubscribeWith(prefix, opts); err != nil {
			return nil, err
		}
	}
	return socket, nil
}

// receive prints what comes.
func (s *session) receive(ctx context.Context, socket *zmq.Socket) error {
	for n := 0; s.count <= 0 || n < s.count; {
		m, err := s.next(ctx, socket)
		if gap := (*zmq.GapError)(nil); errors.As(err, &gap) {
			if err := s.out.Missing(gap.Missed, gap.Code); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		n++
		if err := s.out.Message(m, time.Now()); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) next(ctx context.Context, socket *zmq.Socket) (core.Message, error) {
	ctx, cancel := s.within(ctx)
	defer cancel()
	return socket.Recv(ctx)
}
