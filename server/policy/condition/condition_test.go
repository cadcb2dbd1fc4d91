package condition

import (
	"slices"
	"strings"
	"testing"
)

var trader = map[string]any{"groups": []any{"trader", "staff"}, "level": 3.0, "desk": map[string]any{"name": "fx"}}

func TestConditions(t *testing.T) {
	tests := []struct {
		text string
		want bool
	}{
		{"true", true},
		{"'trader' in claims.groups", true},
		{"'admin' in claims.groups", false},
		{"'x' in claims.nothing", false},
		{"claims.level >= 3 && user == 'bob'", true},
		{"claims.desk.name == 'fx'", true},
		{"claims.groups > 3", false}, // of another kind
		{"claims.nothing.at.all == 1", false},
		{"topic startsWith 'fx.' || type == 'REQ'", true},
		{"address.port in 5000..5999 && address.host == '10.0.0.5'", true},
		{"params.password == 'secret'", true},
		{"any(claims.groups, # startsWith 'tra')", true},
		{"ip == '127.0.0.1' and origin endsWith '.example.org'", true},
	}
	facts := Facts{User: "bob", Claims: trader, Params: map[string]any{"password": "secret"}, Type: "SUB", Topic: "fx.eur",
		Address: Address{"10.0.0.5", 5001}, IP: "127.0.0.1", Origin: "https://app.example.org"}
	for _, test := range tests {
		c, err := Compile(test.text)
		if err != nil {
			t.Errorf("%s: %v", test.text, err)
			continue
		}
		if got, err := c.Holds(&facts); got != test.want {
			t.Errorf("%s is %v (%v)", test.text, got, err)
		}
	}
	if c, _ := Compile("topic startsWith 'fx.'"); !c.SpeaksOf("topic") || c.SpeaksOf("function") || (Condition{}).SpeaksOf("topic") {
		t.Error("what a condition speaks of is not known")
	}
	if holds, _ := (Condition{}).Holds(&Facts{}); !holds {
		t.Error("no condition does not hold")
	}
}

func TestMistakesInConditions(t *testing.T) {
	for text, want := range map[string]string{
		"":                                       "unexpected",
		"user ==":                                "unexpected",
		"usr == 'bob'":                           "unknown name usr",
		"user":                                   "bool",
		"user + 1":                               "invalid operation",
		"now() > 1":                              "now",
		strings.Repeat("1+", 3000):               "at most 4096",
		strings.Repeat("true && ", 500) + "true": "maximum",
	} {
		_, err := Compile(text)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.40q: %v", text, err)
		}
	}
}

// TestConditionsAreBounded: a condition that would take for ever does not hold.
func TestConditionsAreBounded(t *testing.T) {
	c, err := Compile("len(map(1..1000000, map(1..1000000, #))) > 0")
	if err != nil {
		return // refused at once, which is as good
	}
	if holds, err := c.Holds(&Facts{}); holds || err == nil {
		t.Errorf("it holds: %v, %v", holds, err)
	}
}

func TestTemplates(t *testing.T) {
	desks := map[string]any{"desks": []any{"fx", "eq.us", "", "rates"}, "id": 7.0, "half": 0.5, "deep": map[string]any{"er": "x"}, "go": []string{"a", "b"}}
	tests := []struct {
		template, user string
		want           []string
	}{
		{"fx.", "bob", []string{"fx."}},
		{"", "bob", []string{""}},
		{"user.{user}.", "bob", []string{"user.bob."}},
		{"user.{user}.", "", nil},
		{"user.{user}.", "bob.x", nil},
		{"user.{user}/", "bob.x", []string{"user.bob.x/"}},
		{"{claims.desks}.", "bob", []string{"fx.", "rates."}},
		{"{user}.{claims.desks}.", "bob", []string{"bob.fx.", "bob.rates."}},
		{"{claims.id}.", "bob", []string{"7."}},
		{"{claims.half}.", "bob", nil},
		{"{claims.deep.er}.", "bob", []string{"x."}},
		{"{claims.go}.", "bob", []string{"a.", "b."}},
		{"{claims.none}.", "bob", nil},
		{"{claims.desks.x}.", "bob", nil},
		{"{{literal}}.{user}.", "bob", []string{"{literal}.bob."}},
	}
	for _, test := range tests {
		template, err := ParseTemplate(test.template)
		if err != nil {
			t.Errorf("%s: %v", test.template, err)
			continue
		}
		if got := template.Texts(Subject{test.user, desks}); !slices.Equal(got, test.want) {
			t.Errorf("%s of %q is %q, want %q", test.template, test.user, got, test.want)
		}
	}
	for text, want := range map[string]string{"fx.": "fx.", "": "", "{{literal}}.": "{literal}.", "user.{user}": "-", "{user}": "-", "{user}.": "-"} {
		template, _ := ParseTemplate(text)
		if got, same := template.Literal(); same != (want != "-") || same && got != want {
			t.Errorf("%s is %q for everybody: %v", text, got, same)
		}
	}
	open, _ := ParseTemplate("user.{user}")
	closed, _ := ParseTemplate("user.{user}.")
	if !open.OpenEnd() || closed.OpenEnd() {
		t.Error("which template ends in a value is not known")
	}
}

func TestMistakesInTemplates(t *testing.T) {
	for text, want := range map[string]string{
		"{user":            "without a }",
		"user}":            "without a {",
		"{usr}":            "neither",
		"{params.x}":       "neither",
		"{claims}":         "neither",
		"{claims.}":        "neither",
		"{user}{claims.a}": "between them",
		"x.{claims..a}.":   "neither",
	} {
		if _, err := ParseTemplate(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestManyTexts: lists multiply, but not without end.
func TestManyTexts(t *testing.T) {
	many := make([]any, 100)
	for i := range many {
		many[i] = i + 1
	}
	template, err := ParseTemplate("{claims.a}.{claims.a}.")
	if err != nil {
		t.Fatal(err)
	}
	if got := template.Texts(Subject{Claims: map[string]any{"a": many}}); got != nil {
		t.Errorf("%d texts", len(got))
	}
}

// FuzzTemplate: whatever the template and the user, a text of it holds no value with the character that follows it.
func FuzzTemplate(f *testing.F) {
	f.Add("user.{user}.", "bob")
	f.Add("{user}/{user}{{", "a/b")
	f.Add("{{{user}}}", "}")
	f.Fuzz(func(t *testing.T, text, user string) {
		template, err := ParseTemplate(text)
		if err != nil {
			return
		}
		for _, p := range template.pieces {
			if p.path != nil && p.next != 0 && strings.IndexByte(user, p.next) >= 0 && p.path[0] == "user" && len(template.Texts(Subject{User: user})) > 0 {
				t.Fatalf("%q of %q", text, user)
			}
		}
	})
}

// FuzzCondition: whatever the text, it is read and evaluated in bounds.
func FuzzCondition(f *testing.F) {
	f.Add("'trader' in claims.groups", "bob")
	f.Add("user matches '^b.*'", "bob")
	f.Fuzz(func(t *testing.T, text, user string) {
		if c, err := Compile(text); err == nil {
			c.Holds(&Facts{User: user, Claims: trader})
		}
	})
}
