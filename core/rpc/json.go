package rpc

import (
	"bytes"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxJSONDepth is how deep arrays and objects may nest. encoding/json accepts 10,000 levels, but Python's json, which is at
// the other end of most calls, raises a RecursionError short of 1,000.
const maxJSONDepth = 512

// jsonScanner reads one JSON text (RFC 8259) from front to back and allocates nothing. It accepts exactly what
// encoding/json accepts, except that maxJSONDepth is lower. Strings may therefore hold invalid UTF-8 and lone surrogates,
// which are read as U+FFFD. With lax it also accepts NaN, Infinity and -Infinity, which Python's json writes.
//
// An array is read with for s.open('['); s.more(']'); { s.value() }, and an object with key and value in the braces. After
// an error nothing more can be read, so that loops end by themselves. The caller checks for errors only once, with end.
type jsonScanner struct {
	text  []byte
	at    int // index of the next byte to read; after an error, where the error was
	depth int
	lax   bool // NaN and Infinity are numbers too
	first bool // an array or object was opened and nothing of it was read yet, so no comma comes next
	bad   bool
	deep  bool // the error was that it nests deeper than maxJSONDepth
}

// fail notes an error, and cuts the text off where it occurred, so that nothing more can be read.
func (s *jsonScanner) fail() { s.text, s.bad = s.text[:s.at], true }

// end tells whether the text is well-formed and has been read to its end.
func (s *jsonScanner) end() bool {
	s.peek()
	if s.at < len(s.text) {
		s.fail()
	}
	return !s.bad
}

// fault says what is wrong with a text for which end is false, which is called what.
func (s *jsonScanner) fault(what string) string {
	at := " at byte " + strconv.Itoa(s.at)
	if s.deep {
		return what + " nests deeper than " + strconv.Itoa(maxJSONDepth) + " levels" + at
	}
	return "malformed " + what + at
}

// byte is the next byte, or 0 at the end. A byte 0 cannot stand anywhere in JSON.
func (s *jsonScanner) byte() byte {
	if s.at < len(s.text) {
		return s.text[s.at]
	}
	return 0
}

// peek skips white space and then returns the next byte, as byte does.
func (s *jsonScanner) peek() byte {
	for {
		switch c := s.byte(); c {
		case ' ', '\t', '\r', '\n':
			s.at++
		default:
			return c
		}
	}
}

// take reads the punctuation c, and tells whether it was there.
func (s *jsonScanner) take(c byte) bool {
	if s.peek() != c {
		s.fail()
		return false
	}
	s.at++
	return true
}

// open enters an array or object.
func (s *jsonScanner) open(bracket byte) {
	if s.depth++; s.depth > maxJSONDepth {
		s.deep = !s.bad // after another error there is nothing to be open
		s.fail()
		return
	}
	s.first = s.take(bracket)
}

// more tells whether another element or member follows, and leaves the array or object if not.
func (s *jsonScanner) more(bracket byte) bool {
	first := s.first
	s.first = false
	if s.peek() == bracket {
		s.at++
		s.depth--
		return false
	}
	return first || s.take(',')
}

// key reads the name of a member and the colon after it.
func (s *jsonScanner) key() jsonString {
	s.peek()
	name := s.string()
	s.take(':')
	return name
}

// member is one that is asked for in an object.
type member struct {
	name  string
	value *[]byte // its JSON text is put there; nil stays: there is none
}

// members reads an object for some of its members, and tells whether it has any at all. Of several with one name the last
// counts.
func (s *jsonScanner) members(wanted ...member) (some bool) {
	for s.open('{'); s.more('}'); some = true {
		name, value := s.key(), s.value()
		for _, m := range wanted {
			if name.is(m.name) {
				*m.value = value
				break
			}
		}
	}
	return some
}

// value reads a value of any kind and returns its text, without the white space around it.
func (s *jsonScanner) value() []byte {
	kind, start := s.peek(), s.at
	switch kind {
	case '{':
		for s.open('{'); s.more('}'); {
			s.key()
			s.value()
		}
	case '[':
		for s.open('['); s.more(']'); {
			s.value()
		}
	case '"':
		s.string()
	case 't':
		s.literal("true")
	case 'f':
		s.literal("false")
	case 'n':
		s.literal("null")
	case 'N':
		s.unwritten("NaN")
	case 'I':
		s.unwritten("Infinity")
	default:
		s.number()
	}
	return s.text[start:s.at:s.at]
}

func (s *jsonScanner) literal(word string) {
	for i := range len(word) {
		if s.byte() != word[i] {
			s.fail()
			return
		}
		s.at++
	}
}

// unwritten reads a number that JSON has no way to write.
func (s *jsonScanner) unwritten(word string) {
	if !s.lax {
		s.fail()
		return
	}
	s.literal(word)
}

func (s *jsonScanner) number() {
	if s.byte() == '-' {
		s.at++
		if s.byte() == 'I' {
			s.unwritten("Infinity")
			return
		}
	}
	if s.byte() == '0' { // ends the integer: 01 is two numbers
		s.at++
	} else {
		s.digits()
	}
	if s.byte() == '.' {
		s.at++
		s.digits()
	}
	if s.byte()|0x20 == 'e' {
		s.at++
		if c := s.byte(); c == '+' || c == '-' {
			s.at++
		}
		s.digits()
	}
}

// digits reads one or more digits.
func (s *jsonScanner) digits() {
	start := s.at
	for c := s.byte(); '0' <= c && c <= '9'; c = s.byte() {
		s.at++
	}
	if s.at == start {
		s.fail()
	}
}

func (s *jsonScanner) string() jsonString {
	if s.byte() != '"' {
		s.fail()
		return nil
	}
	s.at++
	start := s.at
	for {
		s.at += plainLen(s.text[s.at:])
		switch s.byte() {
		case '"':
			s.at++
			return s.text[start : s.at-1 : s.at-1]
		case '\\':
			s.escape()
		default: // a control character, or the end
			s.fail()
			return nil
		}
	}
}

// plainLen counts the bytes up to the next one that has a special meaning in a string. Most of any long text is read here.
func plainLen(text []byte) int {
	for i, c := range text {
		if c == '"' || c == '\\' || c < ' ' {
			return i
		}
	}
	return len(text)
}

func (s *jsonScanner) escape() {
	s.at++
	switch c := s.byte(); {
	case c == 'u':
		s.at++
		for range 4 {
			if hexDigit(s.byte()) < 0 {
				s.fail()
				return
			}
			s.at++
		}
	case strings.IndexByte(escapeLetters, c) >= 0:
		s.at++
	default:
		s.fail()
	}
}

// The escapes of one letter, and what they stand for.
const (
	escapeLetters = `"\/bfnrt`
	escapeMeaning = "\"\\/\b\f\n\r\t"
)

func hexDigit(c byte) rune {
	switch {
	case '0' <= c && c <= '9':
		return rune(c - '0')
	case 'a' <= c|0x20 && c|0x20 <= 'f':
		return rune(c|0x20-'a') + 10
	}
	return -1
}

// jsonString is what stands between the quotes of a well-formed string, with its escapes.
type jsonString []byte

// is compares what the string means with name.
func (raw jsonString) is(name string) bool {
	for _, want := range name {
		var r rune
		if r, raw = raw.next(); r != want {
			return false
		}
	}
	return len(raw) == 0
}

// decode returns what the string means in valid UTF-8: raw itself when there is nothing to replace, or a copy.
func (raw jsonString) decode() []byte {
	if bytes.IndexByte(raw, '\\') < 0 && utf8.Valid(raw) {
		return raw
	}
	text := make([]byte, 0, len(raw))
	for len(raw) > 0 {
		var r rune
		r, raw = raw.next()
		text = utf8.AppendRune(text, r)
	}
	return text
}

// next takes one character off the string, and returns it with the rest. At the end of the string it returns -1.
func (raw jsonString) next() (rune, jsonString) {
	switch {
	case len(raw) == 0:
		return -1, nil
	case raw[0] != '\\':
		r, n := utf8.DecodeRune(raw)
		return r, raw[n:]
	case raw[1] != 'u':
		return rune(escapeMeaning[strings.IndexByte(escapeLetters, raw[1])]), raw[2:]
	}
	r, rest := hexRune(raw), raw[6:]
	if !utf16.IsSurrogate(r) {
		return r, rest
	}
	if len(rest) > 1 && rest[0] == '\\' && rest[1] == 'u' {
		if pair := utf16.DecodeRune(r, hexRune(rest)); pair != utf8.RuneError {
			return pair, rest[6:]
		}
	}
	return utf8.RuneError, rest
}

// hexRune reads the \uXXXX that raw begins with.
func hexRune(raw jsonString) (r rune) {
	for _, c := range raw[2:6] {
		r = r<<4 | hexDigit(c)
	}
	return r
}

// appendJSONString appends s in quotes, escaped as JSON.stringify does; invalid UTF-8 becomes U+FFFD.
func appendJSONString(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for _, r := range s {
		if r >= ' ' && r != '"' && r != '\\' {
			dst = utf8.AppendRune(dst, r)
		} else if i := strings.IndexByte(escapeMeaning, byte(r)); i >= 0 {
			dst = append(dst, '\\', escapeLetters[i])
		} else {
			dst = append(dst, '\\', 'u', '0', '0', hex[r>>4], hex[r&15])
		}
	}
	return append(dst, '"')
}

func stringValue(value []byte) (jsonString, bool) {
	if len(value) == 0 || value[0] != '"' {
		return nil, false
	}
	end := len(value) - 1
	return value[1:end:end], true
}

func absent(value []byte) bool { return value == nil || string(value) == "null" }
