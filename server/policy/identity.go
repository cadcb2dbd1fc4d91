package policy

import (
	"strings"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// identities are the names that sockets may bear under a rule: patterns, in which * stands for any text. nil: any name, or
// none.
type identities []string

var errIdentityTwice = core.NewError(core.Invalid, "identity is said twice")

// cutIdentity takes the option identity= out of those that stand after the address of a rule.
func cutIdentity(options []string) (names identities, rest []string, err error) {
	for _, option := range options {
		list, ok := strings.CutPrefix(option, "identity=")
		switch {
		case !ok:
			rest = append(rest, option)
		case names != nil:
			return nil, nil, errIdentityTwice
		default:
			names = strings.Split(list, ",")
		}
	}
	return names, rest, nil
}

func (n identities) allow(name string) bool {
	if n == nil {
		return true
	}
	for _, pattern := range n {
		if matches(pattern, name) {
			return true
		}
	}
	return false
}

// matches tells whether a name fits a pattern. It takes no longer than the one times the other, whatever they are.
func matches(pattern, name string) bool {
	pieces := strings.Split(pattern, "*")
	last := len(pieces) - 1
	rest, ok := strings.CutPrefix(name, pieces[0])
	if last == 0 || !ok {
		return ok && rest == ""
	}
	for _, piece := range pieces[1:last] {
		_, after, found := strings.Cut(rest, piece)
		if !found {
			return false
		}
		rest = after
	}
	return strings.HasSuffix(rest, pieces[last])
}
