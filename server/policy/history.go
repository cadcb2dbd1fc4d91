package policy

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

const (
	historyOption  = "history="
	prefixesOption = "history-prefixes="
)

// cutHistory reads the options of a rule that say which history is kept, and returns the other options.
func cutHistory(options []string) (h access.History, rest []string, err error) {
	bounded := false
	for _, option := range options {
		list, isHistory := strings.CutPrefix(option, historyOption)
		prefixes, isPrefixes := strings.CutPrefix(option, prefixesOption)
		switch {
		case isHistory && bounded, isPrefixes && h.Prefixes != nil:
			return h, nil, badHistory("is said twice")
		case isHistory:
			bounded = true
			if err := parseHistory(&h, list); err != nil {
				return h, nil, err
			}
		case isPrefixes:
			h.Prefixes = strings.Split(prefixes, ",")
		default:
			rest = append(rest, option)
		}
	}
	if h.Prefixes != nil && (!bounded || slices.Contains(h.Prefixes, "")) {
		return h, nil, badHistory("of some prefixes: history=10000 history-prefixes=fx.,time")
	}
	return h, rest, nil
}

// parseHistory reads the limits of a history: a number of messages, an age, a size, or several of these in any order.
func parseHistory(h *access.History, list string) error {
	for _, bound := range strings.Split(list, ",") {
		if n, err := strconv.Atoi(bound); err == nil && n > 0 && h.Messages == 0 {
			h.Messages = n
		} else if age, err := time.ParseDuration(bound); err == nil && age > 0 && h.Age == 0 {
			h.Age = age
		} else if size, ok := ParseSize(bound); ok && h.Bytes == 0 {
			h.Bytes = size
		} else {
			return badHistory("is a number of messages, an age, a size, or several of these: history=10000,60s,16MiB; not " +
				strconv.Quote(list))
		}
	}
	return nil
}

var sizes = []struct {
	unit  string
	bytes int
}{{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"kB", 1e3}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}}

// maxSize is larger than any sensible size in bytes, and small enough that sums of sizes do not overflow an int.
const maxSize = 1 << 40

func ParseSize(text string) (bytes int, ok bool) {
	for _, size := range sizes {
		number, isUnit := strings.CutSuffix(text, size.unit)
		n, err := strconv.Atoi(number)
		if isUnit && err == nil && n > 0 && n <= maxSize/size.bytes {
			return n * size.bytes, true
		}
	}
	return 0, false
}

func badHistory(why string) error { return core.NewError(core.Invalid, "history "+why) }

// History is the hook Config.History of package gateway. The first rule that lets pages subscribe at an endpoint says what
// history is kept there.
func (rules Rules) History(ep core.Endpoint) access.History {
	for _, r := range rules {
		if r.limits() && !r.bind && r.covers(ep) {
			return r.history
		}
	}
	return access.History{}
}
