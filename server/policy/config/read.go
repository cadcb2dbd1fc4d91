package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"
)

// What a file may be at most.
const (
	maxFile  = 1 << 20 // bytes
	maxDepth = 20      // of mappings and lists in each other
	maxNodes = 100_000 // values, with those that aliases repeat
)

// Setting is a value that is said elsewhere than in the file: a flag, or a variable of the environment.
type Setting struct {
	Path string // which value, as in "limits.memory"; one of a list, or not in a list at all
	Text string // as it stands in a file
	From string // the name of the flag or the variable, as in "--memory"
}

// Read reads a file, and what is said elsewhere: a single value of settings comes in place of what was said before it, in
// the file or in settings; a value of a list is added to the list. With the name "" there is no file.
//
// The error is a Mistakes if the file could be read but has some, and the File is then what is right of it, so that later
// stages can look for more. Relative paths of files in it were made absolute: from where the file is, and in settings from
// the working directory.
func Read(name string, settings ...Setting) (*File, error) {
	if name == "" {
		return Parse("", nil, settings...)
	}
	opened, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer opened.Close()
	text, err := io.ReadAll(io.LimitReader(opened, maxFile+1))
	if err != nil {
		return nil, err
	}
	return Parse(name, text, settings...)
}

// Parse is Read for a file whose text is there already. Its name serves for mistakes and for relative paths.
func Parse(name string, text []byte, settings ...Setting) (*File, error) {
	f := &File{reading: &reading{name: name, places: map[string]spot{}, broken: map[string]bool{}}}
	r := &reader{file: f, lines: bytes.Split(text, []byte("\n")), folder: filepath.Dir(name), within: map[*yaml.Node]bool{}}
	if root := r.load(text); root != nil {
		r.top(root)
	}
	for _, s := range settings {
		r.set(s)
	}
	return f, Join(f.reading.mistakes, f.Check())
}

// load makes a tree of the text; nil if that cannot be, which was reported, or if there is nothing.
func (r *reader) load(text []byte) *yaml.Node {
	if len(text) > maxFile {
		r.wrongAt(1, 1, fmt.Sprintf("a file may have at most %d bytes", maxFile))
		return nil
	}
	depth := loaderlimits.New(loaderlimits.DepthValue(maxDepth))
	loader, err := yaml.NewLoader(bytes.NewReader(text), yaml.WithPlugin(depth))
	if err != nil {
		r.wrongAt(1, 1, err.Error())
		return nil
	}
	var document, another yaml.Node
	switch err := loader.Load(&document); {
	case errors.Is(err, io.EOF) || err == nil && len(document.Content) == 0:
		return nil
	case err != nil:
		r.noYAML(err)
		return nil
	}
	if err := loader.Load(&another); err == nil {
		r.wrongAt(another.Line, another.Column, "a file has one document; there is another one behind ---")
	} else if !errors.Is(err, io.EOF) {
		r.noYAML(err)
	}
	return document.Content[0]
}

// noYAML reports what the library says.
func (r *reader) noYAML(err error) {
	var e *yaml.LoadError
	if !errors.As(err, &e) {
		r.wrongAt(1, 1, "this is no YAML: "+err.Error())
		return
	}
	text := "this is no YAML: " + strings.TrimSpace(e.Message)
	if e.ContextMsg != "" {
		text += " " + e.ContextMsg
		if e.ContextMark.Line > 0 && e.ContextMark.Line != e.Mark.Line {
			text += fmt.Sprintf(" that begins in line %d", e.ContextMark.Line)
		}
	}
	if r.stands(e.Mark.Line, e.Mark.Column, "\t") {
		text += "; YAML is indented with spaces, not with tabs"
	}
	r.wrongAt(max(1, e.Mark.Line), max(1, e.Mark.Column), text)
}

// stands tells whether a text stands at a place, letter by letter.
func (r *reader) stands(line, column int, text string) bool {
	if line < 1 || line > len(r.lines) {
		return false
	}
	if r.number != line {
		r.line, r.number = []rune(string(r.lines[line-1])), line
	}
	for _, letter := range text {
		if column < 1 || column > len(r.line) || r.line[column-1] != letter {
			return false
		}
		column++
	}
	return true
}
