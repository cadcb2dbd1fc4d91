package talk

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"github.com/spf13/cobra"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/recording"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/tape"
)

// replayFlags are what zwb replay has besides.
type replayFlags struct {
	stretch
	to               string
	push, loop, wait bool
	speed            float64
}

func replay() *cobra.Command {
	s, f := &session{}, new(replayFlags)
	s.HWM = 100_000 // a subscriber may be so much behind
	c := s.command("replay FILE [NAME | --to bind|connect ADDRESS] [flags]", "send a recording again, with its timing",
		"zwb replay sends the messages of a recording as they came: the same parts, with the same time between them. It publishes them, or with --push\n"+
			"hands them out. With --to bind it listens at an ADDRESS to which bridges and any ZeroMQ programs connect; with --to connect it connects\n"+
			"there; with a NAME it sends to that endpoint of the bridge. Where something was missing, it says so.",
		"  zwb replay day.zwbrec --to bind tcp://127.0.0.1:5556\n"+
			"  zwb replay day.zwbrec --to bind tcp://127.0.0.1:5556 --from 09:30 --topic fx. --speed 10 --loop\n"+
			"  zwb replay jobs.zwbrec --to connect tcp://127.0.0.1:5557 --push --speed 0\n"+
			"  zwb replay day.zwbrec chat")
	c.Flags().StringVar(&f.to, "to", "", "`bind` or connect: the ADDRESS is one of ZeroMQ, for which no bridge is needed; short for --direct ADDRESS, with --bind or without")
	c.Flags().BoolVar(&f.push, "push", false, "as a PUSH: each message goes to one of those that are connected, and waits for them; default as a PUB")
	c.Flags().Float64Var(&f.speed, "speed", 1, "so many times as fast; 0: as fast as it is taken, where a PUB leaves out what a subscriber is too slow for")
	c.Flags().BoolVar(&f.loop, "loop", false, "begin again at the end, until it is interrupted")
	c.Flags().BoolVar(&f.wait, "wait", false, "begin when somebody has subscribed, as an XPUB")
	f.register(c)
	c.ValidArgsFunction = recordings
	c.RegisterFlagCompletionFunc("to", cobra.FixedCompletions([]string{"bind", "connect"}, cobra.ShellCompDirectiveNoFileComp))
	c.RunE = func(c *cobra.Command, args []string) error {
		s.out = s.printer(c.OutOrStdout())
		name, err := f.check(s, args)
		if err != nil {
			return err
		}
		file, err := tape.Read(args[0])
		if err != nil {
			return Failure{err}
		}
		defer file.Close()
		return s.do(c.Context(), func() error { return f.run(c.Context(), s, file, name) })
	}
	return c
}

// recordings completes the name of a file.
func recordings(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return []string{"zwbrec"}, cobra.ShellCompDirectiveFilterFileExt
}

// check says what is wrong with the flags, or where to send to.
func (f *replayFlags) check(s *session, args []string) (name string, err error) {
	if len(args) == 0 {
		return "", Mistake("which recording? See zwb replay --help")
	}
	targets := args[1:]
	switch {
	case f.to != "" && f.to != "bind" && f.to != "connect":
		return "", Mistake("--to is bind or connect, and an address comes after it")
	case f.to != "" && s.Direct != "":
		return "", Mistake("--to and --direct are two ways to say the same")
	case f.to != "" && len(targets) == 1:
		s.Direct, s.Bind = targets[0], f.to == "bind"
	case f.to != "":
		return "", Mistake("--to " + f.to + " takes one address, as in tcp://127.0.0.1:5556")
	case s.Direct != "" && len(targets) > 0, s.Direct == "" && len(targets) != 1:
		return "", Mistake("where to? --to bind ADDRESS, --to connect ADDRESS, or the name of one endpoint")
	case s.Direct == "":
		name = targets[0]
	}
	switch {
	case f.speed < 0 || math.IsNaN(f.speed) || math.IsInf(f.speed, 0):
		return "", Mistake("--speed is a number, as in 10, 0.5, or 0 for as fast as it is taken")
	case f.push && f.wait:
		return "", Mistake("a PUSH waits for who takes work without --wait")
	}
	return name, nil
}

func (f *replayFlags) run(ctx context.Context, s *session, file *tape.Reader, name string) error {
	p := &playing{s: s, speed: f.speed, file: file}
	begin, err := p.begin()
	if err != nil {
		return err
	}
	if p.choice, err = f.of(begin); err != nil {
		return err
	}
	if p.socket, err = f.open(ctx, s, name); err != nil {
		return err
	}
	for {
		before := p.Messages
		if err := p.once(ctx); err != nil {
			return err
		}
		if !f.loop || p.Messages == before {
			break
		}
	}
	return errors.Join(s.leave(ctx, p.socket), p.told())
}

// open opens the socket, and waits for who is to hear.
func (f *replayFlags) open(ctx context.Context, s *session, name string) (*zmq.Socket, error) {
	kind := zmq.PUB
	if f.push {
		kind = zmq.PUSH
	}
	if f.wait {
		kind = zmq.XPUB
	}
	socket, err := s.place.Socket(kind, name)
	if err == nil {
		err = socket.Ready(ctx)
	}
	for err == nil && f.wait {
		var m core.Message
		if m, err = socket.Recv(ctx); err == nil && len(m[0]) > 0 && m[0][0] == 1 {
			break
		}
	}
	return socket, err
}

// playing is a replay that is under way.
type playing struct {
	s      *session
	file   *tape.Reader
	choice recording.Selection
	socket *zmq.Socket
	speed  float64
	pace   pace

	Messages uint64 `json:"messages"`
	Bytes    uint64 `json:"bytes"`
	Gaps     uint64 `json:"gaps"`
	Damaged  int64  `json:"damaged_bytes"`
	TooSlow  uint64 `json:"too_slow"` // messages that a subscriber missed
}

// begin is the time of the first block, in the time zone of this machine.
func (p *playing) begin() (time.Time, error) {
	for b, err := range p.file.Blocks() {
		if damage := (*recording.Damage)(nil); errors.As(err, &damage) {
			continue
		}
		if err != nil {
			return time.Time{}, err
		}
		return time.Unix(0, b.First), nil
	}
	return time.Time{}, nil
}

// told says in the end what was sent. What could not be read is an error.
func (p *playing) told() error {
	text := fmt.Sprintf("%d messages, %d bytes", p.Messages, p.Bytes)
	if p.Gaps > 0 {
		text += fmt.Sprintf("; there were %d gaps", p.Gaps)
	}
	if p.TooSlow = p.s.place.TooSlow(); p.TooSlow > 0 {
		text += fmt.Sprintf("; subscribers were too slow for %d", p.TooSlow)
	}
	err := p.s.out.Note(text, p)
	if err == nil && p.Damaged > 0 {
		err = core.NewError(core.Lost, fmt.Sprintf("%d bytes of the recording cannot be read", p.Damaged))
	}
	return err
}
