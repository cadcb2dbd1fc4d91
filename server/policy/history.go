package policy

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
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

// ParseSize reads a number of bytes, as in 16MiB.
func ParseSize(text string) (bytes int, ok bool) {
	var size config.Size
	if err := size.UnmarshalText([]byte(text)); err != nil || size == 0 || text[len(text)-1] != 'B' {
		return 0, false
	}
	return int(size), true
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
