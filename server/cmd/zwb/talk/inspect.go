package talk

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/recording"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/tape"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/written"
)

// mostGaps is how many gaps are listed for people.
const mostGaps = 20

func inspect() *cobra.Command {
	s := &session{form: written.Text}
	c := &cobra.Command{
		Use: "inspect FILE [flags]", Short: "say what is in a recording", GroupID: "ask", DisableFlagsInUseLine: true,
		Long: "zwb inspect says what zwb record has written into a FILE: how many messages and bytes, when, of which topics and how often, and what was\n" +
			"missing. It reads the summaries, and decompresses only what these leave open; --verify reads everything.",
		Example: "  zwb inspect day.zwbrec\n" +
			"  zwb inspect day.zwbrec --json | jq 'select(.topic).rate'",
		ValidArgsFunction: recordings,
	}
	verify := c.Flags().Bool("verify", false, "read every message, to find what is damaged")
	c.Flags().BoolVar(&s.lines, "json", false, "one JSON object a line; so it is when piped on")
	c.RunE = func(c *cobra.Command, args []string) error {
		if len(args) != 1 {
			return Mistake("one recording")
		}
		s.out = s.printer(c.OutOrStdout())
		file, err := tape.Read(args[0])
		if err != nil {
			return Failure{err}
		}
		defer file.Close()
		l := &looking{s: s, file: file, stats: recording.Statistics{Most: mostTopics}}
		if err := errors.Join(l.look(*verify), l.told(args[0])); err != nil {
			return Failure{err}
		}
		return nil
	}
	return c
}

// looking is what zwb inspect finds.
type looking struct {
	s            *session
	file         *tape.Reader
	stats        recording.Statistics
	gaps         []gap // the first of them
	damaged, cut int64 // bytes
}

// gap is what was missing, as a line of JSON.
type gap struct {
	Source string    `json:"source"`
	At     time.Time `json:"at"`
	Missed uint64    `json:"missed"`
	Code   string    `json:"code"`
}

func (l *looking) look(everything bool) error {
	for b, err := range l.file.Blocks() {
		if err != nil {
			if err = l.broken(err); err != nil {
				return err
			}
			continue
		}
		l.stats.Block(b)
		if !everything && !b.Incomplete() {
			continue
		}
		for e, err := range l.file.Entries(b) {
			if err != nil {
				if err = l.broken(err); err != nil {
					return err
				}
				continue
			}
			l.stats.Entry(b, e)
			if e.Gap != nil && len(l.gaps) < mostTopics {
				l.gaps = append(l.gaps, gap{b.Sources[e.Source].Name, stamped(e.Time), e.Gap.Missed, e.Gap.Code})
			}
		}
	}
	return nil
}

func (l *looking) broken(err error) error {
	damage := (*recording.Damage)(nil)
	switch {
	case !errors.As(err, &damage):
		return err
	case damage.Tail:
		l.cut += damage.To - damage.From
	default:
		l.damaged += damage.To - damage.From
	}
	return nil
}

// local is a time for people, where they are.
func local(at int64) string { return time.Unix(0, at).Format("2006-01-02 15:04:05.000") }

func stamped(at int64) time.Time { return time.Unix(0, at).UTC() }

// rate is how many of so many messages come in a second of the recording.
func (l *looking) rate(messages uint64) float64 {
	if seconds := time.Duration(l.stats.Last - l.stats.First).Seconds(); seconds > 0 {
		return float64(messages) / seconds
	}
	return 0
}

func (l *looking) told(name string) error {
	if l.s.out.Lines {
		return l.objects(name)
	}
	return l.text(name)
}

func (l *looking) objects(name string) error {
	st := &l.stats
	whole := map[string]any{"file": name, "file_bytes": l.file.Size, "messages": st.Messages, "bytes": st.Bytes, "blocks": st.Blocks, "gaps": st.Gaps,
		"missed": st.Missed, "rate": l.rate(st.Messages), "index": l.file.Indexed(), "damaged_bytes": l.damaged, "cut_bytes": l.cut}
	if st.Blocks > 0 {
		whole["first"], whole["last"] = stamped(st.First), stamped(st.Last)
	}
	err := l.s.out.Object(whole)
	for _, source := range st.Sources {
		err = errors.Join(err, l.s.out.Object(map[string]any{"source": source.Name, "type": source.Type, "messages": source.Messages, "bytes": source.Bytes,
			"rate": l.rate(source.Messages), "topics": len(source.Topics), "others": source.Others}))
		for _, topic := range slices.Sorted(maps.Keys(source.Topics)) {
			t := source.Topics[topic]
			err = errors.Join(err, l.s.out.Object(map[string]any{"source": source.Name, "topic": recording.Name(topic), "messages": t.Messages, "bytes": t.Bytes,
				"rate": l.rate(t.Messages)}))
		}
	}
	for _, g := range l.gaps {
		err = errors.Join(err, l.s.out.Object(g))
	}
	return err
}

func (l *looking) text(name string) error {
	st, out := &l.stats, l.s.out
	w := tabwriter.NewWriter(out.W, 0, 0, 2, ' ', 0)
	fmt.Fprintf(w, "file\t%s, %d bytes\n", out.Line(name), l.file.Size)
	fmt.Fprintf(w, "messages\t%d, %d bytes in %d blocks\n", st.Messages, st.Bytes, st.Blocks)
	if st.Blocks > 0 {
		fmt.Fprintf(w, "time\t%s to %s, %s\n", local(st.First), local(st.Last), time.Duration(st.Last-st.First).Round(time.Millisecond))
	}
	fmt.Fprintf(w, "gaps\t%d, %d messages missing\n", st.Gaps, st.Missed)
	if !l.file.Indexed() {
		fmt.Fprintf(w, "index\tnone: it is being recorded, or the recorder was killed; the last %d bytes are no whole block\n", l.cut)
	}
	if l.damaged > 0 {
		fmt.Fprintf(w, "damaged\t%d bytes\n", l.damaged)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	w = tabwriter.NewWriter(out.W, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "\nmessages\ta second\tbytes\t  topic\n")
	for _, source := range st.Sources {
		fmt.Fprintf(w, "%d\t%.1f\t%d\t  %s %s\n", source.Messages, l.rate(source.Messages), source.Bytes, out.Line(source.Type), out.Line(source.Name))
		for _, topic := range slices.Sorted(maps.Keys(source.Topics)) {
			t := source.Topics[topic]
			fmt.Fprintf(w, "%d\t%.1f\t%d\t    %s\n", t.Messages, l.rate(t.Messages), t.Bytes, out.Line(topic))
		}
		if source.Others > 0 {
			fmt.Fprintf(w, "%d\t%.1f\t\t    of other topics\n", source.Others, l.rate(source.Others))
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, g := range l.gaps[:min(len(l.gaps), mostGaps)] {
		fmt.Fprintf(out.W, "%s  %s  ", local(g.At.UnixNano()), out.Line(g.Source))
		if err := out.MissingFor(g.Missed, g.Code); err != nil {
			return err
		}
	}
	return nil
}
