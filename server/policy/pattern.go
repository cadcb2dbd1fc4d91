package policy

import (
	"strings"

	"github.com/zmqwebbridge/zmqwebbridge/server/policy/condition"
)

// pattern is an identity that a socket may bear: a template, in which * stands for any text. A * in a value of the user is
// just that character.
type pattern []condition.Template // the pieces between the *

func parsePattern(text string) (p pattern, err error) {
	for _, piece := range strings.Split(text, "*") {
		t, err := condition.ParseTemplate(piece)
		if err != nil {
			return nil, err
		}
		p = append(p, t)
	}
	return p, nil
}

// fits tells whether a name fits the pattern, for this user.
func (p pattern) fits(name string, who condition.Subject) bool {
	budget := maxComparisons
	return p.fitFrom(0, name, who, &budget)
}

// maxComparisons is how many texts a name is compared with, where lists of claims stand for many.
const maxComparisons = 10_000

// fitFrom tells whether what is left of a name fits the pieces from i on. Of a piece in the middle the first place where it
// stands is as good as any.
func (p pattern) fitFrom(i int, rest string, who condition.Subject, budget *int) bool {
	last := len(p) - 1
	for _, text := range p[i].Texts(who) {
		if *budget--; *budget < 0 {
			return false
		}
		switch {
		case i == 0 && last == 0:
			if rest == text {
				return true
			}
		case i == 0:
			if after, ok := strings.CutPrefix(rest, text); ok && p.fitFrom(1, after, who, budget) {
				return true
			}
		case i == last:
			if strings.HasSuffix(rest, text) {
				return true
			}
		default:
			if _, after, found := strings.Cut(rest, text); found && p.fitFrom(i+1, after, who, budget) {
				return true
			}
		}
	}
	return false
}

// open tells whether a value of the user may be followed by any text, so that the pattern of "bob" fits the names of "bobby".
func (p pattern) open() bool {
	for i, piece := range p {
		if piece.OpenEnd() && i < len(p)-1 {
			return true
		}
	}
	return false
}
