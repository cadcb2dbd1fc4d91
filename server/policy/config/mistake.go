package config

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Mistake is something that is wrong in a file, at a place.
type Mistake struct {
	Place
	Text string
}

// Error is part of error: "zwb.yaml:14:5: unknown key …".
func (m Mistake) Error() string {
	if m.File == "" {
		return m.Text
	}
	return m.Place.String() + ": " + m.Text
}

// Mistakes are all that is wrong with a file, from its beginning to its end. As an error it has a line for each.
type Mistakes []Mistake

// Error is part of error.
func (m Mistakes) Error() string {
	lines := make([]string, len(m))
	for i, mistake := range m {
		lines[i] = mistake.Error()
	}
	return strings.Join(lines, "\n")
}

// Err is m as an error, which is nil when there are none.
func (m Mistakes) Err() error {
	if len(m) == 0 {
		return nil
	}
	return m
}

// Join puts the mistakes in order that several stages have found. Of several at one place the one of the first stage is
// kept: what comes later follows from it. An error that is no mistake comes before them all, and then it is not a Mistakes.
// Without any the result is nil.
func Join(errs ...error) error {
	var all Mistakes
	var others []error
	for _, err := range errs {
		var some Mistakes
		var one Mistake
		switch {
		case err == nil:
		case errors.As(err, &some):
			all = append(all, some...)
		case errors.As(err, &one):
			all = append(all, one)
		default:
			others = append(others, err)
		}
	}
	if all = all.sorted(); len(others) > 0 {
		return errors.Join(append(others, all.Err())...)
	}
	return all.Err()
}

// maxMistakes is how many are told. A file with more is another kind of file.
const maxMistakes = 100

// sorted is m in order, with one mistake a place.
func (m Mistakes) sorted() Mistakes {
	slices.SortStableFunc(m, func(a, b Mistake) int { return comparePlaces(a.Place, b.Place) })
	m = slices.CompactFunc(m, func(a, b Mistake) bool { return a.Place == b.Place && (a.Line > 0 || a.Text == b.Text) })
	if more := len(m) - maxMistakes; more > 0 {
		last := m[maxMistakes]
		m = append(m[:maxMistakes:maxMistakes], Mistake{last.Place, fmt.Sprintf("and %d more", more)})
	}
	return m
}

func comparePlaces(a, b Place) int {
	return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}
