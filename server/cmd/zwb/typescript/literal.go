package typescript

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
)

// plain is a name that needs no quotes as the key of a type.
var plain = regexp.MustCompile(`^[A-Za-z_$][A-Za-z0-9_$]*$`)

// key is a name as the key of a type. A method that is called new is quoted: without quotes it would be what makes an object.
func key(name string) string {
	if plain.MatchString(name) && name != "new" {
		return name
	}
	return quote(name)
}

// oneOf is a type whose values are these texts.
func oneOf(texts []string) string {
	quoted := make([]string, 0, len(texts))
	for _, text := range texts {
		quoted = append(quoted, quote(text))
	}
	return strings.Join(quoted, " | ")
}

// quote is a text as a literal. What does not show, or turns the direction of what follows, is written as an escape.
func quote(text string) string {
	var b strings.Builder
	b.WriteByte('\'')
	for _, r := range text {
		switch {
		case r == '\'' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case unicode.IsPrint(r):
			b.WriteRune(r)
		default:
			fmt.Fprintf(&b, `\u{%x}`, r)
		}
	}
	b.WriteByte('\'')
	return b.String()
}
