package core

import (
	"encoding/hex"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// PROTOCOL.md is normative, and these tests compare the code with it. Every table that names something of the code has to
// say the same as the code: nothing is missing, neither there nor here.

func protocolText(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("PROTOCOL.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// section is the text of the section with this number, from its heading up to the next one.
func section(t *testing.T, number int) string {
	t.Helper()
	_, text, found := strings.Cut(protocolText(t), "\n## "+strconv.Itoa(number)+". ")
	if !found {
		t.Fatalf("PROTOCOL.md has no section %d", number)
	}
	text, _, _ = strings.Cut(text, "\n## ")
	return text
}

// table reads the rows of the section's table with that heading.
func table(t *testing.T, number int, heading ...string) (rows [][]string) {
	t.Helper()
	inside := false
	for line := range strings.Lines(section(t, number)) {
		if !strings.HasPrefix(line, "|") {
			if inside {
				break
			}
			continue
		}
		var cells []string
		for cell := range strings.SplitSeq(strings.Trim(strings.TrimSpace(line), "|"), "|") {
			cells = append(cells, strings.TrimSpace(cell))
		}
		switch {
		case inside && !strings.HasPrefix(cells[0], "-"):
			if len(cells) != len(heading) {
				t.Fatalf("section %d: a row of %d cells under %d headings: %s", number, len(cells), len(heading), line)
			}
			rows = append(rows, cells)
		case slices.Equal(cells, heading):
			inside = true
		}
	}
	if len(rows) == 0 {
		t.Fatalf("section %d has no table %v", number, heading)
	}
	return rows
}

var fieldNames = map[string]field{
	"version": fVersion, "flags": fFlags, "limit": fLimit, "millis": fMillis, "retain": fRetain, "seq": fSeq, "offset": fOffset, "socket": fSocket,
	"id": fID, "type": fType, "code": fCode, "messages": fMessages, "bytes": fBytes, "name": fName, "text": fText,
	"params": fParams, "body": fBody,
}

var quoted = regexp.MustCompile("`([^`]+)`")

// optionalIn is the number of fields in a cell that are in square brackets.
func optionalIn(cell string) int { return strings.Count(cell, "[`") }

// fieldsIn reads the names of fields in a cell. The words in brackets beside them are for people.
func fieldsIn(t *testing.T, cell string) (fields []field) {
	t.Helper()
	for _, m := range quoted.FindAllStringSubmatch(cell, -1) {
		fd, known := fieldNames[m[1]]
		if !known {
			t.Errorf("no field is called %q", m[1])
		}
		fields = append(fields, fd)
	}
	return fields
}

func TestProtocolKinds(t *testing.T) {
	seen := map[Kind]bool{}
	for _, row := range table(t, 4, "Kind", "Name", "From", "Fields") {
		number, err := strconv.ParseUint(row[0], 0, 8)
		if err != nil {
			t.Fatal(err)
		}
		kind := Kind(number)
		if !kind.Known() || kind.String() != row[1] {
			t.Errorf("kind %s %s is %v in the code", row[0], row[1], kind)
			continue
		}
		seen[kind] = true
		from := map[string]side{"client": fromClient, "bridge": fromBridge, "both": fromBoth}[row[2]]
		if l := layouts[kind]; from != l.sender || !slices.Equal(fieldsIn(t, row[3]), l.fields) || optionalIn(row[3]) != optionalFields[kind] {
			t.Errorf("%v comes from %s with %s; in the code it is %v with %v", kind, row[2], row[3], l.sender, l.fields)
		}
	}
	for kind := range kinds {
		if !seen[kind] {
			t.Errorf("%v is missing in section 4", kind)
		}
	}
}

func TestProtocolFields(t *testing.T) {
	seen := map[string]bool{}
	for _, row := range table(t, 3, "Field", "Encoding", "Range, limit", "Meaning") {
		name := strings.Trim(row[0], "`")
		fd, known := fieldNames[name]
		if !known {
			t.Errorf("no field is called %q", name)
		}
		seen[name] = true
		want := map[string]string{"limit": "at least " + itoa(minLimit)}[name]
		if row[1] == "bytes" {
			want = "at most " + strconv.FormatUint(fieldLimit(fd), 10)
		}
		if !strings.Contains(row[2], want) {
			t.Errorf("%s: %q, in the code it is %q", name, row[2], want)
		}
	}
	if len(seen) != len(fieldNames) {
		t.Errorf("%d fields in section 3, %d in the code", len(seen), len(fieldNames))
	}
	for _, limit := range []struct {
		section int
		text    string
	}{
		{2, "1 to " + itoa(MaxParts)}, {3, "`limit` - " + itoa(frameOverhead)}, {8, "above " + itoa(MaxCredit)}, {12, "at most " + itoa(maxCloseReason) + " bytes"},
	} {
		if !strings.Contains(section(t, limit.section), limit.text) {
			t.Errorf("section %d does not say %q", limit.section, limit.text)
		}
	}
}

func TestProtocolSocketTypes(t *testing.T) {
	rows := table(t, 6, "Number", "Type", "From the client", "From the bridge")
	if len(rows) != len(socketTypeNames) {
		t.Errorf("%d types, %d in the code", len(rows), len(socketTypeNames))
	}
	for i, row := range rows {
		if row[0] != itoa(i) || row[1] != SocketType(i).String() {
			t.Errorf("type %s is called %s, in the code %v", row[0], row[1], SocketType(i))
		}
		for from, cell := range map[side]string{fromClient: row[2], fromBridge: row[3]} {
			for name := range strings.FieldsSeq(cell) {
				if !slices.ContainsFunc(layouts[:], func(l layout) bool { return l.name == name && l.sender&from != 0 }) {
					t.Errorf("%s: no %s comes from there", row[1], name)
				}
			}
		}
	}
}

func TestProtocolCapabilities(t *testing.T) {
	known := Capability(0)
	for _, row := range table(t, 16, "Bit", "Name", "Meaning") {
		bit, err := strconv.ParseUint(row[0], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		known |= Capability(bit)
	}
	if known != everyCapability {
		t.Errorf("section 16 has the bits %b, in the code they are %b", known, everyCapability)
	}
	code := constants(t, "capability.go", "Can")
	if len(code) != len(table(t, 16, "Bit", "Name", "Meaning")) {
		t.Errorf("%d capabilities in the code", len(code))
	}
	for i, row := range table(t, 16, "Bit", "Name", "Meaning") {
		if strings.ToLower(code[i].name) != row[1] {
			t.Errorf("capability %s is called %s in the code", row[1], code[i].name)
		}
	}
}

func TestProtocolErrorCodes(t *testing.T) {
	rows := table(t, 13, "Number", "Name", "Meaning")
	if len(rows) != int(codeCount) {
		t.Errorf("%d codes, %d in the code", len(rows), codeCount)
	}
	for i, row := range rows {
		if row[0] != itoa(i) || row[1] != Code(i).String() {
			t.Errorf("code %s is called %s, in the code %v", row[0], row[1], Code(i))
		}
	}
	if got := codeCount.String(); got != "internal" {
		t.Errorf("a code from the future reads %q", got)
	}
	meanings := constants(t, "error.go", "")
	for i, row := range rows {
		if got := meanings[i].comment; got != row[2] {
			t.Errorf("%s: %q, in the code %q", row[1], row[2], got)
		}
	}
}

func TestProtocolCloseCodes(t *testing.T) {
	rows := table(t, 12, "Code", "Name", "Meaning", "Error code")
	code := constants(t, "close.go", "Close")
	if len(rows) != len(code) {
		t.Errorf("%d close codes, %d in the code", len(rows), len(code))
	}
	for i, row := range rows[:min(len(rows), len(code))] {
		if row[0] != code[i].value || row[1] != code[i].name {
			t.Errorf("%s %s is %s %s in the code", row[0], row[1], code[i].value, code[i].name)
		}
		number, err := strconv.Atoi(row[0])
		if got := CloseCode(number).Code().String(); err != nil || got != row[3] {
			t.Errorf("%s has the error code %s, in the code %s", row[1], row[3], got)
		}
	}
}

type constant struct{ name, value, comment string }

// constants reads the exported constants of a file, in order, without the prefix.
func constants(t *testing.T, file, prefix string) (all []constant) {
	t.Helper()
	tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	for _, decl := range tree.Decls {
		group, ok := decl.(*ast.GenDecl)
		if !ok || group.Tok != token.CONST {
			continue
		}
		for _, spec := range group.Specs {
			v := spec.(*ast.ValueSpec)
			if !v.Names[0].IsExported() {
				continue
			}
			c := constant{name: strings.TrimPrefix(v.Names[0].Name, prefix), comment: strings.TrimSpace(v.Comment.Text())}
			if len(v.Values) == 1 {
				if literal, ok := v.Values[0].(*ast.BasicLit); ok {
					c.value = literal.Value
				}
			}
			all = append(all, c)
		}
	}
	return all
}

// The bytes of section 15 are those of coretest/vectors/frames.json, and TestConversation checks that the engine sends
// these.
func TestProtocolConversation(t *testing.T) {
	text, err := os.ReadFile("coretest/vectors/frames.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct {
		Conversation []struct {
			From, Hex string
			Frames    []string
		}
	}
	if err := json.Unmarshal(text, &golden); err != nil {
		t.Fatal(err)
	}
	type batch struct {
		from, hex string
		frames    int
	}
	var got, want []batch
	for _, e := range golden.Conversation {
		want = append(want, batch{e.From, e.Hex, len(e.Frames)})
	}
	for line := range strings.Lines(section(t, 15)) {
		words := strings.Fields(line)
		if len(words) < 2 {
			continue
		}
		b := strings.Join(words[1:], "")
		switch words[0] {
		case "client", "bridge":
			got = append(got, batch{words[0], b, 1})
		case "+":
			got[len(got)-1].hex += b
			got[len(got)-1].frames++
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("section 15:\n%v\ngolden vectors:\n%v", got, want)
	}
	for _, b := range got {
		wire, err := hex.DecodeString(b.hex)
		if err != nil {
			t.Fatal(err)
		}
		frames := 0
		for ; len(wire) > 0; frames++ {
			if wire, err = ParseFrame(wire, new(Frame)); err != nil {
				t.Fatal(err)
			}
		}
		if frames != b.frames {
			t.Errorf("%s: %d frames in %d lines", b.hex, frames, b.frames)
		}
	}
}
