package talk

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/recording"
)

// stretch is the part of a recording that flags say.
type stretch struct {
	from, until     string
	topics, sources []string
}

func (f *stretch) register(c *cobra.Command) {
	c.Flags().StringVar(&f.from, "from", "", "begin at this `time`: 09:30 or 09:30:15.5 on the recording's first day, 2026-12-01T09:30, RFC 3339, or +10m after the beginning")
	c.Flags().StringVar(&f.until, "until", "", "end before this `time`")
	c.Flags().StringArrayVar(&f.topics, "topic", nil, "what the first part begins with, as in `fx.`; repeat for more; default all")
	c.Flags().StringArrayVar(&f.sources, "source", nil, "`name` of the endpoint that was recorded, of several; repeat for more; default all")
}

// of is the selection, of a recording that begins at a time.
func (f *stretch) of(begin time.Time) (choice recording.Selection, err error) {
	choice.Topics, choice.Sources = f.topics, f.sources
	if choice.From, err = moment("--from", f.from, begin); err == nil {
		choice.Until, err = moment("--until", f.until, begin)
	}
	return choice, err
}

// moment is a time in nanoseconds since 1970, 0 for "".
func moment(flag, text string, begin time.Time) (int64, error) {
	if text == "" {
		return 0, nil
	}
	if after, is := strings.CutPrefix(text, "+"); is {
		if d, err := time.ParseDuration(after); err == nil {
			return begin.Add(d).UnixNano(), nil
		}
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", "2006-01-02T15:04", "2006-01-02 15:04:05", "2006-01-02 15:04", time.DateOnly} {
		if at, err := time.ParseInLocation(layout, text, begin.Location()); err == nil {
			return at.UnixNano(), nil
		}
	}
	for _, layout := range []string{"15:04:05", "15:04"} {
		if at, err := time.Parse(layout, text); err == nil {
			return time.Date(begin.Year(), begin.Month(), begin.Day(), at.Hour(), at.Minute(), at.Second(), at.Nanosecond(), begin.Location()).UnixNano(), nil
		}
	}
	return 0, Mistake(fmt.Sprintf("%s %q: write it as 09:30, 2026-12-01T09:30, 2026-12-01T09:30:00Z or +10m", flag, text))
}
