package config

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
)

// keys are those of a mapping that is read into a type.
func keys(t reflect.Type) (names []string) {
	for i := range t.NumField() {
		if name := t.Field(i).Tag.Get("yaml"); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// fieldOf is the field for a key.
func fieldOf(t reflect.Type, key string) (reflect.StructField, bool) {
	for i := range t.NumField() {
		if name := t.Field(i).Tag.Get("yaml"); name == key && name != "" {
			return t.Field(i), true
		}
	}
	return reflect.StructField{}, false
}

// unknown says that a mapping has no such key, and which one it might be.
func (r *reader) unknown(t reflect.Type, path, key string) string {
	text := "unknown key " + strconv.Quote(clip(key))
	known := keys(t)
	if near := Nearest(key, known); near != "" {
		return text + "; did you mean " + strconv.Quote(near) + "?"
	}
	if place := elsewhere(key); place != "" && !strings.Contains(path, ".") {
		return text + "; did you mean " + place + "?"
	}
	if len(known) == 0 {
		return text + "; there are none here"
	}
	return text + "; there are " + strings.Join(known, ", ")
}

// elsewhere is the path of a section's key; "" if no section has it.
func elsewhere(key string) string {
	file := reflect.TypeFor[File]()
	if _, known := fieldOf(file, key); known {
		return key + ", which stands at the beginning of a line"
	}
	for i := range file.NumField() {
		section := file.Field(i)
		t := section.Type
		if t.Kind() == reflect.Pointer {
			t = t.Elem()
		}
		if t.Kind() != reflect.Struct || section.Tag.Get("yaml") == "" {
			continue
		}
		if _, known := fieldOf(t, key); known {
			return join(section.Tag.Get("yaml"), key)
		}
	}
	return ""
}

// Nearest is the word that somebody may have meant who wrote text; "" if it is none of them.
func Nearest(text string, words []string) string {
	best, least := "", 0
	for _, word := range words {
		if len(text) > 2 && strings.HasPrefix(word, text) {
			return word
		}
		d := distance(fold(text), fold(word))
		if d <= max(1, min(len(text), len(word))/3) && (best == "" || d < least) {
			best, least = word, d
		}
	}
	return best
}

func fold(text string) string { return strings.ToLower(strings.ReplaceAll(clip(text), "-", "_")) }

// distance is how many letters have to be put in, taken out, changed, or swapped with the next one, to come from a to b.
func distance(a, b string) int {
	before, row := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		next := make([]int, len(b)+1)
		next[0] = i + 1
		for j := range len(b) {
			next[j+1] = min(row[j+1]+1, next[j]+1, row[j]+cost(a[i] != b[j]))
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row = row, next
	}
	return row[len(b)]
}

func cost(differs bool) int {
	if differs {
		return 1
	}
	return 0
}

// join is the path of a key in what has a path.
func join(path, key string) string {
	if path == "" {
		return clip(key)
	}
	return path + "." + clip(key)
}

// at is the path of an entry of a list.
func at(path string, i int) string { return path + "." + strconv.Itoa(i) }

// cutLast parts a path from the key, or the number, that it ends in.
func cutLast(path string) (within, name string, found bool) {
	cut := strings.LastIndexByte(path, '.')
	return path[:max(0, cut)], path[cut+1:], cut >= 0
}

const entryOf = "an entry of "

// last is the name of a value in a text for people: its key, also for an entry of a list.
func last(path string) string {
	within, name, found := cutLast(path)
	if _, err := strconv.Atoi(name); err == nil && found {
		_, list, _ := cutLast(within)
		return entryOf + list
	}
	return name
}

func firstThree(words []string) []string { return slices.Clip(words[:min(3, len(words))]) }

// clip shortens what a file says before it is told in a message.
func clip(text string) string {
	const most = 80
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "…"
	}
	return text
}
