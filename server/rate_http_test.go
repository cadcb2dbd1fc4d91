package server

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
)

// TestStreamAtARate: a stream comes as fast as its query says, or as the rule if that is slower. What is between is left out, and told
// and counted exactly; the last message always comes.
func TestStreamAtARate(t *testing.T) {
	t.Parallel()
	const all = 20
	for name, test := range map[string]struct {
		query string
		rule  float64
	}{"of the query": {"&rate=1/s", 0}, "of the rule": {"", 1}, "of the rule, which is slower": {"&rate=1000/s", 1}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pub := startPeer(t, "pub", 0)
			cfg := names{"feed": {pub.address()}}.config()
			cfg.Flow = func(Access) Flow { return Flow{MaxRate: test.rule} }
			b, url := startHTTP(t, cfg)
			l := listen(t, url+"/sub/feed?as=text"+test.query)
			for n := range all {
				pub.write([]string{"topic", strconv.Itoa(n + 1)})
			}
			heard, missed := 0, 0
			for last := ""; last != fmt.Sprint(all); {
				_, data, _ := strings.Cut(l.line(), "data: ")
				var gap struct{ Missed int }
				switch {
				case strings.HasPrefix(data, "{") && json.Unmarshal([]byte(data), &gap) == nil:
					missed += gap.Missed
				case data != "":
					heard, last = heard+1, data
				}
			}
			if heard > 5 || heard+missed != all || b.Stats().Conflated != uint64(missed) {
				t.Errorf("%d messages came and %d were said to be missing, of %d; %d are counted", heard, missed, all, b.Stats().Conflated)
			}
		})
	}
}
