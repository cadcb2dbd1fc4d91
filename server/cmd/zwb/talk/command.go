package talk

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/reach"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/screen"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/written"
)

// Commands are all that open sockets.
func Commands() []*cobra.Command {
	return []*cobra.Command{request(), subscribe(), pull(), push(), publish(), call(), last(), topics(), record(), replay(), inspect(), contexts()}
}

// Failure is an error with a code, which is the exit status, too.
type Failure struct{ error }

// Status is the exit status of a code, which zwb help codes lists: 10 and the number of the code.
func Status(code core.Code) int { return 10 + int(code) }

// ExitStatus is the exit status of a program that fails with this. What this end calls invalid is a mistake on the command line.
func (f Failure) ExitStatus() int {
	switch e, ok := core.AsError(f.error); {
	case !ok:
		return 1 // a file that cannot be read
	case e.Code == core.Invalid && !e.Remote:
		return 2
	default:
		return Status(core.CodeOf(f.error))
	}
}

// Mistake is a mistake on the command line.
func Mistake(text string) error { return Failure{core.NewError(core.Invalid, text)} }

// Unwrap is part of what errors.As looks for.
func (f Failure) Unwrap() error { return f.error }

// session is what one command works with.
type session struct {
	reach.Flags
	form    written.Form
	lines   bool
	formed  bool // --as was said
	timeout time.Duration
	count   int
	every   time.Duration

	place *reach.Place
	in    io.Reader
	out   *written.Printer
}

// new makes a command. With --direct there is no NAME, which args begins with otherwise.
func newCommand(use, short, long, example string, s *session, run func(ctx context.Context, s *session, name string, args []string) error) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Long: long, Example: example, DisableFlagsInUseLine: true, GroupID: "sockets"}
	s.Register(c.Flags())
	s.form = written.Text
	c.Flags().Var(&s.form, "as", "how parts are written, here and there: text, hex, json or msgpack")
	c.Flags().BoolVar(&s.lines, "json", false, "one JSON object a line, in and out; so is what is piped on, unless --as says how")
	c.Flags().DurationVar(&s.timeout, "timeout", s.timeout, "how long one message may take, or what there is to wait for; 0: for ever")
	c.RunE = func(c *cobra.Command, args []string) error {
		ctx := c.Context()
		name := ""
		if s.Direct == "" {
			if len(args) == 0 {
				return Mistake("which endpoint? A name, or an address that the bridge allows; see " + c.CommandPath() + " --help")
			}
			name, args = args[0], args[1:]
		}
		s.formed = c.Flags().Changed("as")
		s.in = written.Until(ctx, c.InOrStdin())
		s.out = s.printer(c.OutOrStdout())
		return s.do(ctx, func() error { return run(ctx, s, name, args) })
	}
	return c
}

// command makes a command whose messages are in a file, so that it has no form to write them.
func (s *session) command(use, short, long, example string) *cobra.Command {
	c := &cobra.Command{Use: use, Short: short, Long: long, Example: example, DisableFlagsInUseLine: true, GroupID: "sockets"}
	s.form = written.Text
	s.Register(c.Flags())
	c.Flags().BoolVar(&s.lines, "json", false, "say what there is to say as one JSON object a line; so it is when piped on")
	return c
}

// do opens the place, runs the command, and closes it. That somebody has pressed Ctrl-C is no error.
func (s *session) do(ctx context.Context, run func() error) (err error) {
	if s.place, err = s.Open(ctx); err == nil {
		defer s.place.Close(ctx)
		err = run()
	}
	if err == nil || ctx.Err() != nil {
		return nil
	}
	return Failure{err}
}

func (s *session) printer(out io.Writer) *written.Printer {
	terminal := screen.Is(out)
	return &written.Printer{W: out, Form: s.form, Lines: s.lines || !terminal && !s.formed, Tidy: terminal}
}

// within bounds one step.
func (s *session) within(ctx context.Context) (context.Context, context.CancelFunc) {
	if s.timeout <= 0 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, s.timeout)
}

// messages are what to send: the one of the arguments, as often as it was said, or else those of the lines of the input. send is
// called with one after the other.
func (s *session) messages(ctx context.Context, args []string, send func(core.Message) error) error {
	if len(args) == 0 {
		return s.lined(ctx, send)
	}
	m, err := written.Arguments(args, s.form, s.in)
	if err != nil {
		return err
	}
	for n := 0; s.count <= 0 || n < s.count; n++ {
		if n > 0 && !s.pause(ctx) {
			return ctx.Err()
		}
		if err := send(m); err != nil {
			return err
		}
	}
	return nil
}

func (s *session) lined(ctx context.Context, send func(core.Message) error) error {
	lines := written.NewReader(s.in, s.form, s.lines)
	for n := 0; ; n++ {
		m, err := lines.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if n > 0 && !s.pause(ctx) {
			return ctx.Err()
		}
		if err := send(m); err != nil {
			return err
		}
	}
}

// pause waits for the time between two messages. It is false when the command is to end.
func (s *session) pause(ctx context.Context) bool {
	if s.every <= 0 {
		return ctx.Err() == nil
	}
	select {
	case <-time.After(s.every):
		return true
	case <-ctx.Done():
		return false
	}
}

// repeating adds the flags of a command that sends.
func (s *session) repeating(c *cobra.Command) *cobra.Command {
	c.Flags().IntVar(&s.count, "count", 1, "how often the message is sent that was typed; 0: until it is interrupted")
	c.Flags().DurationVar(&s.every, "interval", 0, "time between two messages")
	return c
}
