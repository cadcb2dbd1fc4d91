package config

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"
)

// FuzzParse: no file and no flag can make reading panic or take long, and what is accepted is printed as what reads the same.
func FuzzParse(f *testing.F) {
	f.Add([]byte(everything), "#: x")
	f.Add([]byte("hosts: &a [x]\norigins: *a\nlog: {level: loud}\nlimits:\n  memory: 5\n"), "#: x")
	f.Add([]byte("a: &a [x, x]\nb: &b [*a, *a]\nusers: &c [*b, *b]\nendpoints: {a.b: {type: SUB, address: 'tcp://[::1]:1'}}"), "#: x")
	f.Add([]byte("endpoints:\n  'yes': {type: [PUB], publish: ['#', ': ', ' ', \"\\n\"], address: ipc:///a}\n---\n- x\n"), "#: x")
	f.Fuzz(func(t *testing.T, text []byte, flag string) {
		file, err := Parse("zwb.yaml", text, Setting{"origins", flag, "--origin"}, Setting{"audit", flag, "--audit"})
		if file == nil {
			t.Fatal("there is no File")
		}
		file.WithDefaults()
		if err != nil {
			return
		}
		again := reprinted(t, file)
		whole := reprinted(t, file.WithDefaults())
		if file.reading, again.reading = nil, nil; !reflect.DeepEqual(file, again) {
			t.Errorf("read again it is\n%+v\nnot\n%+v", again, file)
		}
		if whole.reading = nil; !reflect.DeepEqual(file.WithDefaults(), whole) {
			t.Errorf("with defaults it is\n%+v\nnot\n%+v", whole, file.WithDefaults())
		}
	})
}

// reprinted is what is read of a printed File.
func reprinted(t *testing.T, f *File) *File {
	t.Helper()
	var printed bytes.Buffer
	if err := f.print(&printed, false); err != nil {
		t.Fatal(err)
	}
	again, err := Parse("printed.yaml", printed.Bytes())
	if err != nil {
		t.Fatalf("what it prints is wrong: %v\n%s", err, &printed)
	}
	return again
}

// TestHostileFiles: a file that is made to take long does not.
func TestHostileFiles(t *testing.T) {
	laughs := "a: &a [x, x, x, x, x, x, x, x, x, x]\n"
	for letter := 'b'; letter < 'p'; letter++ {
		laughs += strings.ReplaceAll("L: &L [*p, *p, *p, *p, *p, *p, *p, *p, *p, *p]\n", "p", string(letter-1))
		laughs = strings.ReplaceAll(laughs, "L", string(letter))
	}
	for name, file := range map[string]string{
		"laughs that nobody reads": laughs,
		"laughs in a list":         strings.Replace(laughs, "\nb:", "\nhosts: *a\nb:", 1) + "users: *o\nendpoints: *o\n",
		"laughs in entries":        "users:\n" + strings.Repeat("- &x {jwt: {algorithms: &y [HS256, HS256, HS256]}}\n- *x\n", 10_000),
		"one line of many":         "hosts: [" + strings.Repeat("a,", 500_000) + "a]",
		"many unknown keys":        manyKeys("k"),
		"many long keys":           strings.Repeat("'"+strings.Repeat("a.", 5000)+"': 1\n", 100),
		"many endpoints":           "endpoints:\n" + strings.ReplaceAll(manyKeys("  e"), ": 1", ": {}"),
		"many wrong entries":       "users: [" + strings.Repeat("{a: b},", 100_000) + "]",
		"many brackets":            strings.Repeat("[", 1_000_000),
		"many anchors":             strings.Repeat("- &a x\n", 100_000),
		"one long text":            "audit: '" + strings.Repeat("x", 1_000_000) + "'",
		"too long":                 strings.Repeat("# x\n", 300_000),
	} {
		t.Run(name, func(t *testing.T) {
			begun := time.Now()
			_, err := Parse("zwb.yaml", []byte(file))
			took := time.Since(begun)
			if took > 20*time.Second { // without bounds it is hours, and the tests run on busy machines
				t.Errorf("it takes %v", took)
			}
			if err != nil && (strings.Count(err.Error(), "\n") > maxMistakes || len(err.Error()) > 1<<20) {
				t.Errorf("%d bytes of mistakes", len(err.Error()))
			}
			t.Log(took, strings.SplitN(errText(err), "\n", 2)[0])
		})
	}
}

func errText(err error) string {
	if err == nil {
		return "no mistake"
	}
	return err.Error()
}

func manyKeys(prefix string) string {
	var keys strings.Builder
	for i := range 40_000 {
		keys.WriteString(prefix + strings.Repeat("x", i%3) + string(rune('a'+i%26)) + time.Duration(i).String() + ": 1\n")
	}
	return keys.String()
}
