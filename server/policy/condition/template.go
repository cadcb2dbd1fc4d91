package condition

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Subject is whom a template is about.
type Subject struct {
	User   string
	Claims map[string]any
}

// A Template is a text with values of the user in it: "user.{user}.", or "{claims.desks}.". A claim that is a list stands for
// as many texts; a value that is missing or empty, for none.
//
// A value that holds the character which follows it in the template fits nothing either: a user named "a.b" would have
// "user.a.b." stand for what belongs to the user "a".
type Template struct {
	text   string
	pieces []piece
}

// piece is a literal, or a value and the character that follows it.
type piece struct {
	literal string
	path    []string // of a value: {"user"}, or {"claims", "desks"}
	next    byte     // 0: the template ends here
}

// maxTexts is how many texts one template stands for at most.
const maxTexts = 1000

// ParseTemplate reads a template. Braces that are meant literally are written twice.
func ParseTemplate(text string) (Template, error) {
	t := Template{text: text}
	var literal strings.Builder
	for i := 0; i < len(text); i++ {
		c := text[i]
		doubled := i+1 < len(text) && text[i+1] == c
		switch {
		case (c == '{' || c == '}') && doubled:
			literal.WriteByte(c)
			i++
		case c == '}':
			return Template{}, errors.New("a } without a {; write }} for the character")
		case c != '{':
			literal.WriteByte(c)
		default:
			length := strings.IndexByte(text[i:], '}')
			if length < 0 {
				return Template{}, errors.New("a { without a }; write {{ for the character")
			}
			value, err := parseValue(text[i+1 : i+length])
			if err != nil {
				return Template{}, err
			}
			t.add(literal.String())
			literal.Reset()
			if n := len(t.pieces); n > 0 && t.pieces[n-1].path != nil {
				return Template{}, errors.New("two values need a text between them, so that nobody can shift it")
			}
			t.pieces = append(t.pieces, value)
			i += length
		}
	}
	t.add(literal.String())
	for i := range t.pieces[:max(0, len(t.pieces)-1)] {
		if t.pieces[i].path != nil {
			t.pieces[i].next = t.pieces[i+1].literal[0]
		}
	}
	return t, nil
}

func (t *Template) add(literal string) {
	if literal != "" {
		t.pieces = append(t.pieces, piece{literal: literal})
	}
}

func parseValue(name string) (piece, error) {
	path := strings.Split(name, ".")
	switch {
	case name == "user", path[0] == "claims" && len(path) > 1 && !slices.Contains(path, ""):
		return piece{path: path}, nil
	}
	return piece{}, fmt.Errorf("{%s} is neither {user} nor a claim, as in {claims.desk}", name)
}

// OpenEnd tells whether the template ends in a value, so that as a prefix it stands for what begins with another value, too:
// "user.{user}" of "bob" also covers "user.bobby".
func (t Template) OpenEnd() bool {
	return len(t.pieces) > 0 && t.pieces[len(t.pieces)-1].path != nil
}

// Followed tells whether a value of the template is followed by a character.
func (t Template) Followed(by byte) bool {
	return slices.ContainsFunc(t.pieces, func(p piece) bool { return p.path != nil && p.next == by })
}

// Literal is the text that the template stands for, if that is the same for everybody.
func (t Template) Literal() (text string, same bool) {
	switch {
	case len(t.pieces) == 0:
		return "", true
	case len(t.pieces) == 1 && t.pieces[0].path == nil:
		return t.pieces[0].literal, true
	}
	return "", false
}

// Texts are what the template stands for, of this user.
func (t Template) Texts(who Subject) []string {
	texts := []string{""}
	for _, p := range t.pieces {
		values := []string{p.literal}
		if p.path != nil {
			values = p.values(who)
		}
		if len(texts)*len(values) > maxTexts {
			return nil
		}
		longer := make([]string, 0, len(texts)*len(values))
		for _, text := range texts {
			for _, value := range values {
				longer = append(longer, text+value)
			}
		}
		texts = longer
	}
	return texts
}

// values of the user that fit.
func (p piece) values(who Subject) (fit []string) {
	for _, value := range lookUp(who, p.path) {
		if value != "" && (p.next == 0 || strings.IndexByte(value, p.next) < 0) {
			fit = append(fit, value)
		}
	}
	return fit
}

func lookUp(who Subject, path []string) []string {
	if path[0] == "user" {
		return []string{who.User}
	}
	var value any = who.Claims
	for _, name := range path[1:] {
		object, ok := value.(map[string]any)
		if !ok {
			return nil
		}
		value = object[name]
	}
	list, ok := value.([]any)
	if !ok {
		list = []any{value}
		if texts, ok := value.([]string); ok {
			return texts
		}
	}
	var texts []string
	for _, element := range list {
		texts = append(texts, textOf(element))
	}
	return texts
}

// textOf is the text of a claim: of a string, or of a whole number. Anything else has none.
func textOf(value any) string {
	switch v := value.(type) {
	case string:
		return v
	case int:
		return strconv.Itoa(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		if v == float64(int64(v)) {
			return strconv.FormatInt(int64(v), 10)
		}
	}
	return ""
}

// String is the text of the template.
func (t Template) String() string { return t.text }
