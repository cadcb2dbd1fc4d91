package config

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	reflected "github.com/invopop/jsonschema"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"go.yaml.in/yaml/v4"
)

var update = flag.Bool("update", false, "write schema.json anew")

// TestSchema: what editors know of the file is what the reader knows.
func TestSchema(t *testing.T) {
	made := schema(t)
	if *update {
		if err := os.WriteFile("schema.json", []byte(made), 0o644); err != nil {
			t.Fatal(err)
		}
	} else if made != Schema {
		t.Error("schema.json is not made of these types; go test ./server/policy/config -update makes it anew")
	}
}

// schema makes the schema of the types.
func schema(t *testing.T) string {
	t.Helper()
	r := &reflected.Reflector{FieldNameTag: "yaml", RequiredFromJSONSchemaTags: true, Anonymous: true, ExpandedStruct: true, Mapper: shapeOf}
	if err := r.AddGoComments("github.com/zmqwebbridge/zmqwebbridge/server/policy/config", ".", reflected.WithFullComment()); err != nil {
		t.Fatal(err)
	}
	made := r.Reflect(&File{})
	made.Title = "zwb.yaml"
	for name, definition := range made.Definitions {
		complete(definition, structs[name])
	}
	complete(made, reflect.TypeFor[File]())
	atMostOne, name := uint64(1), reflected.Schema{Pattern: `^[A-Za-z][0-9A-Za-z._-]{0,63}$`}
	made.Definitions["User"].MinProperties, made.Definitions["User"].MaxProperties = &atMostOne, &atMostOne
	made.Definitions["Endpoints"].PropertyNames = &name
	text, err := json.MarshalIndent(made, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return strings.NewReplacer(`\u003c`, "<", `\u003e`, ">", `\u0026`, "&").Replace(string(text)) + "\n"
}

// structs are the types that have a definition, by name.
var structs = map[string]reflect.Type{}

func init() { collect(reflect.TypeFor[File]()) }

func collect(t reflect.Type) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Map:
		collect(t.Elem())
	case reflect.Struct:
		structs[t.Name()] = t
		for i := range t.NumField() {
			if t.Field(i).IsExported() {
				collect(t.Field(i).Type)
			}
		}
	}
}

// shapeOf is how the types of single values are written.
func shapeOf(t reflect.Type) *reflected.Schema {
	either := func(text, number string) *reflected.Schema {
		return &reflected.Schema{AnyOf: []*reflected.Schema{{Type: "string", Pattern: text}, {Type: "integer", Maximum: json.Number(number), Minimum: "0"}}}
	}
	switch t {
	case reflect.TypeFor[Strings]():
		one := uint64(1)
		return &reflected.Schema{AnyOf: []*reflected.Schema{{Type: "string"}, {Type: "array", Items: &reflected.Schema{Type: "string"}, MinItems: &one}}}
	case reflect.TypeFor[Duration]():
		return either(`^([0-9]+(\.[0-9]*)?(ns|us|µs|ms|s|m|h))+$`, "0")
	case reflect.TypeFor[Size]():
		return either(`^[0-9]+(B|[KMG]iB|[kKMG]B)$`, "1099511627776")
	case reflect.TypeFor[Rate]():
		return &reflected.Schema{Type: "string", Pattern: `^[0-9]+(\.[0-9]*)?/s$`}
	case reflect.TypeFor[ByteRate]():
		return &reflected.Schema{Type: "string", Pattern: `^[0-9]+(B|[KMG]iB|[kKMG]B)?/s$`}
	}
	return nil
}

// complete adds what the tags of a struct say.
func complete(s *reflected.Schema, t reflect.Type) {
	if t == nil {
		return
	}
	for i := range t.NumField() {
		field := t.Field(i)
		property, found := s.Properties.Get(field.Tag.Get("yaml"))
		if !found {
			continue
		}
		if field.Type == callerType {
			s.Properties.Set("caller", &reflected.Schema{AnyOf: []*reflected.Schema{{Type: "boolean"}, {Ref: property.Ref}}, Description: property.Description})
		}
		words(property, field.Tag)
		if property.Type == "integer" {
			property.Minimum, property.Maximum = json.Number(field.Tag.Get("least")), json.Number(field.Tag.Get("most"))
		}
		if value, ok := field.Tag.Lookup("default"); ok {
			property.Default = value
			if property.Type == "integer" || property.Type == "boolean" {
				property.Default = json.RawMessage(value)
			}
		}
	}
}

// words are those that may stand in a property, or in the list that it is.
func words(property *reflected.Schema, tag reflect.StructTag) {
	var all []any
	for _, word := range strings.Fields(tag.Get("one")) {
		all = append(all, word)
	}
	if property.AnyOf == nil {
		property.Enum = all
		return
	}
	for _, shape := range property.AnyOf {
		if shape.Type == "string" {
			shape.Enum = all
		} else if shape.Items != nil {
			shape.Items.Enum = all
		}
	}
}

// TestSchemaJudgesAsTheReader: the schema accepts the example files, and refuses what is mistyped in them.
func TestSchemaJudgesAsTheReader(t *testing.T) {
	judge := judgeOf(t)
	examples := map[string]string{"everything": everything, "starter": Starter}
	files, err := filepath.Glob("../../../examples/*/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if text, err := os.ReadFile(name); err == nil && strings.HasSuffix(name, "zwb.yaml") {
			examples[name] = string(text)
		}
	}
	for name, text := range examples {
		if err := judge(text); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, wrong := range []string{"adress: x", "listen: []", "listen: 5", "zmq: {hwm: 0}", "zmq: {hwm: many}", "zmq: {retain: 30}", "limits: {memory: 1G}", "limits: {messages: 20}",
		"log: {level: loud}", "users: [{}]", "users: [{anonymous: {}, basic: {htpasswd: a}}]", "endpoints: {a: {type: SUB}}", "endpoints: {a: {type: sub, address: tcp://a:1}}",
		"endpoints: {'tcp://a': {type: SUB, address: tcp://a:1}}", "endpoints: {a: {type: REQ, address: tcp://a:1, caller: maybe}}"} {
		if judge(wrong) == nil {
			t.Errorf("the schema accepts %s", wrong)
		}
		if _, err := Parse("zwb.yaml", []byte(wrong)); err == nil {
			t.Errorf("the reader accepts %s", wrong)
		}
	}
}

// judgeOf returns what says whether a file fits the schema.
func judgeOf(t *testing.T) func(file string) error {
	t.Helper()
	document, err := jsonschema.UnmarshalJSON(strings.NewReader(Schema))
	if err != nil {
		t.Fatal(err)
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource("zwb.json", document); err != nil {
		t.Fatal(err)
	}
	compiled, err := compiler.Compile("zwb.json")
	if err != nil {
		t.Fatal(err)
	}
	return func(file string) error {
		var value any
		if err := yaml.Unmarshal([]byte(file), &value); err != nil {
			return err
		}
		text, err := json.Marshal(value)
		if err != nil {
			return err
		}
		instance, err := jsonschema.UnmarshalJSON(strings.NewReader(string(text)))
		if err != nil {
			return err
		}
		return compiled.Validate(instance)
	}
}
