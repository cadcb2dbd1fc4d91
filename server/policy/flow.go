package policy

import (
	"slices"
	"strconv"
	"strings"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

// parseFlow reads the options that stand after the address of a rule; see ParseRule.
func parseFlow(options []string) (access.Flow, error) {
	var f access.Flow
	seen := map[string]bool{}
	for _, option := range options {
		name, value, _ := strings.Cut(option, "=")
		if seen[name] {
			return f, core.NewError(core.Invalid, name+" is said twice")
		}
		seen[name] = true
		var err error
		switch name {
		case "hwm":
			f.HWM, err = parseHWM(value)
		case "overflow":
			f.Overflow, f.Allow, err = parseOverflow(value)
		case "rate":
			f.MaxRate, err = parseRate(value)
		default:
			err = core.NewError(core.Invalid, strconv.Quote(option)+" is none of history=, hwm=, identity=, overflow= and rate=")
		}
		if err != nil {
			return f, err
		}
	}
	return f, nil
}

func parseHWM(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, core.NewError(core.Invalid, "hwm is a number of messages: hwm=100")
	}
	return n, nil
}

// parseOverflow reads a list of overflow policies. The first is the default, and the list is what subscriptions may choose.
// If * comes last in the list, they may choose any.
func parseOverflow(list string) (first core.Overflow, allow []core.Overflow, err error) {
	names := strings.Split(list, ",")
	last := len(names) - 1
	all := last > 0 && names[last] == "*"
	if all {
		names = names[:last]
	}
	for _, name := range names {
		o, err := core.ParseOverflow(name)
		if err != nil {
			return 0, nil, err
		}
		if o == core.OverflowDefault {
			return 0, nil, core.NewError(core.Invalid, "overflow is a policy or several: overflow=drop-oldest,conflate")
		}
		if !slices.Contains(allow, o) {
			allow = append(allow, o)
		}
	}
	if all {
		return allow[0], nil, nil
	}
	return allow[0], allow, nil
}

func parseRate(text string) (float64, error) {
	rate, err := strconv.ParseFloat(strings.TrimSuffix(text, "/s"), 64)
	if err != nil || !(rate > 0 && rate <= 1000) {
		return 0, core.NewError(core.Invalid, "rate is messages per second, up to 1000: rate=20/s")
	}
	return rate, nil
}

// limits tells whether the rule allows a type of socket that has subscriptions, to which the options apply.
func (r Rule) limits() bool {
	return r.types == nil || slices.Contains(r.types, core.SUB) || slices.Contains(r.types, core.XSUB)
}

// Flow is the hook Config.Flow of package server. The first rule that allows a socket says how messages flow on it.
func (rules Rules) Flow(a access.Access) access.Flow {
	for _, r := range rules {
		if r.allows(a) {
			return r.flow
		}
	}
	return access.Flow{}
}
