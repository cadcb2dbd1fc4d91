package talk

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/screen"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/topictree"
)

// mostTopics is how many topics zwb topics tells apart.
const mostTopics = 10_000

func topics() *cobra.Command {
	s, t := new(session), new(topicsFlags)
	c := newCommand("topics NAME [PREFIX…] [flags]", "show which topics there are",
		"zwb topics shows the topics of the endpoint NAME as a tree that fills as they come: how often, how large, and what came last. On a\n"+
			"terminal it is drawn anew every second until Ctrl-C; elsewhere it says once what came within --for.",
		"  zwb topics prices\n"+
			"  zwb topics --direct tcp://127.0.0.1:10002 fx. --for 3s --json",
		s, func(ctx context.Context, s *session, name string, args []string) error {
			return t.run(ctx, s, name, args)
		})
	c.Flags().DurationVar(&t.within, "for", 0, "how long to look; default 5s, on a terminal until it is interrupted")
	return c
}

type topicsFlags struct {
	within time.Duration
	missed uint64
}

func (t *topicsFlags) run(ctx context.Context, s *session, name string, args []string) error {
	socket, err := s.subscribed(name, args, new(terms))
	if err != nil {
		return err
	}
	live := s.out.Tidy && !s.out.Lines
	if t.within == 0 && !live {
		t.within = 5 * time.Second
	}
	if t.within > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, t.within)
		defer cancel()
	}
	tree := &topictree.Tree{Most: mostTopics}
	drawn := time.Now()
	for {
		m, err := next(ctx, socket, drawn.Add(time.Second))
		switch gap := (*zmq.GapError)(nil); {
		case ctx.Err() != nil:
			return t.print(s, tree)
		case errors.As(err, &gap):
			t.missed += gap.Missed
		case err != nil && !errors.Is(err, context.DeadlineExceeded):
			return err
		case err == nil:
			tree.Add(m, time.Now())
		}
		if now := time.Now(); now.Sub(drawn) >= time.Second {
			drawn = now
			if live {
				screen.Draw(s.out.W, t.text(s, tree, now))
			}
		}
	}
}

// next is the next message until a time.
func next(ctx context.Context, socket *zmq.Socket, until time.Time) (core.Message, error) {
	ctx, cancel := context.WithDeadline(ctx, until)
	defer cancel()
	m, err := socket.Recv(ctx)
	if err != nil && ctx.Err() != nil {
		err = ctx.Err()
	}
	return m, err
}

// print says once what there is.
func (t *topicsFlags) print(s *session, tree *topictree.Tree) error {
	now := time.Now()
	if !s.out.Lines {
		_, err := io.WriteString(s.out.W, strings.Join(t.text(s, tree, now), "\n")+"\n")
		return err
	}
	for _, row := range tree.Rows() {
		if row.Topic == nil {
			continue
		}
		err := s.out.Object(map[string]any{"topic": row.Topic.Name, "messages": row.Topic.Messages, "bytes": row.Topic.Bytes,
			"rate": row.Topic.Rate(now), "last": s.out.Values(row.Topic.Last)[1:]})
		if err != nil {
			return err
		}
	}
	return nil
}

// text is the tree as lines.
func (t *topicsFlags) text(s *session, tree *topictree.Tree, now time.Time) []string {
	lines := []string{fmt.Sprintf("%-40s %9s %10s %9s  %s", "topic", "messages", "a second", "bytes", "last")}
	for _, row := range tree.Rows() {
		name := strings.Repeat("  ", row.Depth) + s.out.Line(row.Text)
		if row.Topic == nil {
			lines = append(lines, fmt.Sprintf("%-40s %d topics", name, row.Below))
			continue
		}
		var last strings.Builder
		shown := *s.out
		shown.W = &last
		shown.Message(row.Topic.Last[1:], time.Time{})
		lines = append(lines, fmt.Sprintf("%-40s %9d %10.1f %9d  %s", name, row.Topic.Messages, row.Topic.Rate(now),
			row.Topic.Last.Size(), strings.TrimSuffix(last.String(), "\n")))
	}
	if t.missed > 0 || tree.Others > 0 {
		lines = append(lines, fmt.Sprintf("-- %d missing, %d of more topics than %d", t.missed, tree.Others, mostTopics))
	}
	return lines
}
