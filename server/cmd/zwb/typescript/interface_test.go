package typescript

import (
	"encoding/json"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/zmqwebbridge/zmqwebbridge/server/access"
)

var update = flag.Bool("update", false, "write the golden files anew")

// hostile is what a bridge may name that means no good. The compiler of js/test reads the interface that comes of it.
func hostile() (list []access.Reachable) {
	names := []string{"", "new", "constructor", "__proto__", "get", "set", "readonly", "static", "async", "export", "default", "type", "0", "1.5", "-", "fx.eur",
		"a'b", `a\`, "a\nb", "a\r\tb", "a\u2028b\u2029c", "*/", "/* ", "// x", "${x}", "`", `"`, "}; }", "'; }\ndeclare const any: any; interface X { y: '",
		"größe", "日本", "\u202ea", "\ufeff", "\x00\x1b[2J", "😀", "\U000e0041"}
	for _, name := range names {
		list = append(list, access.Reachable{Name: name, Types: []string{"SUB", "REQ"}, Topics: []string{name, "x"}, Functions: []string{name, "x"}})
	}
	return append(list,
		access.Reachable{Name: "without types"},
		access.Reachable{Name: "of other types", Types: []string{"sub", "STREAM", "any", ""}},
		access.Reachable{Name: "twice", Types: []string{"SUB", "DISH", "SUB"}, Topics: []string{"a", "a"}, Functions: []string{"f", "f"}},
		access.Reachable{Name: "twice", Types: []string{"PUB"}},
	)
}

// TestInterface compares with what the TypeScript compiler is given in js/test.
func TestInterface(t *testing.T) {
	const golden = "testdata/hostile.ts"
	got := Interface("Hostile", hostile())
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("go test ./server/cmd/zwb/typescript -update writes %s anew, if it is to be\n%s", golden, got)
	}
}

func TestIsName(t *testing.T) {
	for text, want := range map[string]bool{"Endpoints": true, "X_1": true, "E": true, "": false, "endpoints": false, "any": false, "_E": false, "1E": false, "A B": false,
		"A\n": false, "A{}": false, "Größe": false} {
		if IsName(text) != want {
			t.Errorf("%q: %v", text, !want)
		}
	}
}

// FuzzInterface: whatever a bridge answers, the text is one interface and no more, and has what was answered.
func FuzzInterface(f *testing.F) {
	all, err := json.Marshal(map[string]any{"endpoints": hostile()})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(all)
	for _, e := range hostile() {
		one, _ := json.Marshal(map[string]any{"endpoints": []access.Reachable{e}})
		f.Add(one)
	}
	f.Fuzz(func(t *testing.T, answer []byte) {
		list, err := read(answer)
		if err != nil {
			return
		}
		text := Interface("Endpoints", list)
		p := &parser{t: t, rest: text}
		got := p.file()
		want := tidy(list)
		if !slices.EqualFunc(got, want, same) {
			t.Fatalf("%q is read as\n%+v, and not as\n%+v", text, got, want)
		}
	})
}

func same(a, b access.Reachable) bool {
	return a.Name == b.Name && slices.Equal(a.Types, b.Types) && slices.Equal(a.Topics, b.Topics) && slices.Equal(a.Functions, b.Functions)
}

// parser reads what Interface writes, and nothing else of the language.
type parser struct {
	t    *testing.T
	rest string
}

func (p *parser) file() (list []access.Reachable) {
	p.take(head + "export interface Endpoints {\n")
	for !p.takes("}\n") {
		e := access.Reachable{}
		p.take("  ")
		e.Name = p.key()
		p.take(": {\n    types: ")
		e.Types = p.texts()
		if p.takes("    topics: ") {
			e.Topics = p.texts()
		}
		if p.takes("    functions: {\n") {
			for !p.takes("    };\n") {
				p.take("      ")
				e.Functions = append(e.Functions, p.key())
				p.take("(...args: unknown[]): unknown;\n")
			}
		}
		p.take("  };\n")
		list = append(list, e)
	}
	if p.rest != "" {
		p.t.Fatalf("%q follows", p.rest)
	}
	return list
}

func (p *parser) takes(text string) (found bool) {
	p.rest, found = strings.CutPrefix(p.rest, text)
	return found
}

func (p *parser) take(text string) {
	p.t.Helper()
	if !p.takes(text) {
		p.t.Fatalf("%q is there, and not %q", p.rest, text)
	}
}

func (p *parser) key() string {
	if strings.HasPrefix(p.rest, "'") {
		return p.text()
	}
	const letters = "_$abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	rest := strings.TrimLeft(p.rest, letters+"0123456789")
	name := strings.TrimSuffix(p.rest, rest)
	if name == "" || !strings.ContainsAny(name[:1], letters) {
		p.t.Fatalf("no name begins at %q", p.rest)
	}
	p.rest = rest
	return name
}

func (p *parser) texts() (texts []string) {
	for {
		texts = append(texts, p.text())
		if !p.takes(" | ") {
			p.take(";\n")
			return texts
		}
	}
}

// text reads a literal, in which there is no end of a line as JavaScript knows them.
func (p *parser) text() string {
	p.take("'")
	var b strings.Builder
	for !p.takes("'") {
		switch {
		case p.takes(`\'`):
			b.WriteByte('\'')
		case p.takes(`\\`):
			b.WriteByte('\\')
		case p.takes(`\u{`):
			b.WriteRune(p.number())
		default:
			r, _ := utf8.DecodeRuneInString(p.rest)
			if r < ' ' || r == '\\' || r == 0x7f || r == '\u2028' || r == '\u2029' || r == '\u202e' {
				p.t.Fatalf("%q is in a literal", r)
			}
			p.take(string(r))
			b.WriteRune(r)
		}
	}
	return b.String()
}

func (p *parser) number() (n rune) {
	for !p.takes("}") {
		digit := strings.IndexByte("0123456789abcdef", (p.rest + "\n")[0])
		if digit < 0 {
			p.t.Fatalf("no number is at %q", p.rest)
		}
		n, p.rest = n*16+rune(digit), p.rest[1:]
	}
	return n
}
