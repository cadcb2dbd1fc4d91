package talk

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/tape"
)

// recordFlags are what zwb record has besides.
type recordFlags struct {
	output string
	kind   string
	topics []string
	within time.Duration
}

// recordable are the types that receive what nobody has to answer.
var recordable = []string{"sub", "pull", "pair"}

func record() *cobra.Command {
	s, f := &session{}, new(recordFlags)
	s.HWM = 10_000 // bursts wait here rather than be missed
	c := s.command("record NAME… -o FILE [flags]", "write into a file what sockets receive",
		"zwb record writes what the endpoints NAME send into a FILE, with the time at which it came, until it is interrupted: what is published, or with\n"+
			"--type pull the work that is handed out, which nobody else gets then. Where something is missing, the recording says so. A FILE that is\n"+
			"there goes on. One whose recorder was killed has everything up to a second before. With --type pull, work that had come and was not yet\n"+
			"written when the recorder ends is lost. zwb replay sends a FILE again.",
		"  zwb record prices -o day.zwbrec\n"+
			"  zwb record prices trades --topic fx. --for 8h -o day.zwbrec\n"+
			"  zwb record --direct tcp://127.0.0.1:10002 --count 1000 -o day.zwbrec\n"+
			"  zwb record jobs --type pull -o jobs.zwbrec")
	c.Flags().StringVarP(&f.output, "output", "o", "", "the `file`, which goes on if it is there")
	c.Flags().StringVar(&f.kind, "type", "sub", "`type` of the sockets: "+strings.Join(recordable, ", "))
	c.Flags().StringArrayVar(&f.topics, "topic", nil, "what topics begin with, as in `fx.`; repeat for more; default all")
	c.Flags().DurationVar(&f.within, "for", 0, "end after this time; 0: when it is interrupted")
	c.MarkFlagFilename("output", "zwbrec")
	c.RegisterFlagCompletionFunc("type", cobra.FixedCompletions(recordable, cobra.ShellCompDirectiveNoFileComp))
	c.RunE = func(c *cobra.Command, args []string) error {
		s.out = s.printer(c.OutOrStdout())
		kind, err := f.check(s, args)
		if err != nil {
			return err
		}
		if s.Direct != "" {
			args = []string{s.Direct}
		}
		t := &taking{s: s, f: f, kind: kind}
		err = s.do(c.Context(), func() error { return t.run(c.Context(), args) })
		if t.err != nil { // it is one, whoever has pressed Ctrl-C
			return Failure{t.err}
		}
		return err
	}
	return s.counting(c)
}

func (f *recordFlags) check(s *session, names []string) (zmq.SocketType, error) {
	kind, err := core.ParseSocketType(strings.ToUpper(f.kind))
	switch {
	case err != nil || kind != zmq.SUB && kind != zmq.PULL && kind != zmq.PAIR:
		return 0, Mistake("--type is " + strings.Join(recordable, ", "))
	case f.output == "":
		return 0, Mistake("into which file? Say it with -o, as in -o day.zwbrec")
	case s.Direct != "" && len(names) > 0:
		return 0, Mistake("with --direct there is no NAME; topics are said with --topic")
	case s.Direct == "" && len(names) == 0:
		return 0, Mistake("which endpoint? A name, or an address that the bridge allows; see zwb record --help")
	case kind != zmq.SUB && len(f.topics) > 0:
		return 0, Mistake("only a SUB has topics")
	}
	return kind, nil
}

// taking is a recording that is under way.
type taking struct {
	s    *session
	f    *recordFlags
	kind zmq.SocketType
	file *tape.Recorder
	err  error // of the file

	Messages uint64 `json:"messages"`
	Bytes    uint64 `json:"bytes"`
	Gaps     uint64 `json:"gaps"`
	Missed   uint64 `json:"missed"`
	File     string `json:"file"`
}

func (t *taking) run(ctx context.Context, names []string) error {
	var sockets []*zmq.Socket
	for _, name := range names {
		socket, err := t.open(name)
		if err != nil {
			return err
		}
		sockets = append(sockets, socket)
	}
	file, err := tape.Record(t.f.output)
	if err != nil {
		return err
	}
	t.file, t.File = file, t.f.output
	if file.Cut > 0 {
		t.s.out.Note(fmt.Sprintf("%s: the last %d bytes were no whole block, and are removed", t.File, file.Cut), map[string]any{"cut_bytes": file.Cut})
	}
	err = t.receive(ctx, sockets, names)
	t.err = errors.Join(t.err, file.Close())
	return errors.Join(err, t.err, t.told())
}

func (t *taking) open(name string) (*zmq.Socket, error) {
	if t.kind == zmq.SUB {
		return t.s.subscribed(name, t.f.topics, new(terms))
	}
	return t.s.place.Socket(t.kind, name)
}

// told says in the end what there is.
func (t *taking) told() error {
	text := fmt.Sprintf("%d messages, %d bytes, are in %s", t.Messages, t.Bytes, t.File)
	if t.Gaps > 0 {
		text += fmt.Sprintf(", and %d gaps", t.Gaps)
	}
	return t.s.out.Note(text, t)
}
