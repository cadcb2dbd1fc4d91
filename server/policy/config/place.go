package config

import (
	"strconv"
	"unicode/utf8"
)

// Place is where a value was said.
type Place struct {
	File   string // its name, or a flag or a variable of the environment; "" for a File that was not read
	Line   int    // from 1; 0: of the whole
	Column int    // from 1, in characters
}

// String reads "zwb.yaml:14:5".
func (p Place) String() string {
	if p.Line == 0 {
		return p.File
	}
	return p.File + ":" + strconv.Itoa(p.Line) + ":" + strconv.Itoa(p.Column)
}

// reading is what is known of where the values of a File come from.
type reading struct {
	name     string
	places   map[string]spot // by path
	mistakes Mistakes        // that were found while it was read
	broken   map[string]bool // the paths of these, and of what they are in
}

// maxFound is how many mistakes are looked for. More than are told, as several may be at one place.
const maxFound = 1000

func (r *reading) mistake(at Place, text string) {
	if len(r.mistakes) < maxFound {
		r.mistakes = append(r.mistakes, Mistake{at, text})
	}
}

func (r *reading) broke(path string) {
	for !r.broken[path] && len(r.broken) < 10*maxFound {
		r.broken[path] = true
		path, _, _ = cutLast(path)
	}
}

// spot is a place, and where the text of a value is on its line.
type spot struct {
	Place
	text int // the column where the value itself begins, if it stands there letter by letter; 0: it does not
}

// Paths name values: "endpoints.prices.allow", "users.0.jwt.issuer", "limits.memory". An entry of a list that is written as
// one value, as in "topics: fx.", has the place of that value.

// Place is where the value at a path was said, or else what it is in. It has no File if nothing of that was said at all.
func (f *File) Place(path string) Place { return f.spot(path).Place }

// Said tells whether the very value at a path was said, by whatever means.
func (f *File) Said(path string) bool {
	if f.reading == nil {
		return false
	}
	_, said := f.reading.places[path]
	return said
}

func (f *File) spot(path string) spot {
	if f.reading == nil {
		return spot{}
	}
	for {
		if s, said := f.reading.places[path]; said {
			return s
		}
		within, _, found := cutLast(path)
		if !found {
			return spot{Place: Place{File: f.reading.name}}
		}
		path = within
	}
}

// MistakeAt is a mistake at the value that a path names. The text begins with a small letter, as in "prefix is a path, as in
// /zwb/". Of a File that was not read the mistake names the path.
func (f *File) MistakeAt(path, text string) Mistake {
	if f.reading == nil {
		return Mistake{Place{File: path}, text}
	}
	return Mistake{f.Place(path), text}
}

// MistakeWithin is a mistake at a byte of a text, such as a condition.
func (f *File) MistakeWithin(path string, value string, offset int, text string) Mistake {
	m := f.MistakeAt(path, text)
	if s := f.spot(path); s.text > 0 && offset > 0 && offset <= len(value) {
		m.Column = s.text + utf8.RuneCountInString(value[:offset])
	}
	return m
}

// isBroken tells whether reading has found a mistake at a path, or in what is there.
func (f *File) isBroken(path string) bool { return f.reading != nil && f.reading.broken[path] }
