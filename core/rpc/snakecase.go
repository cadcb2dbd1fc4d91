package rpc

import "unicode"

// SnakeCase is the name by which an RPC client calls an exported Go method: AddUser is add_user, and HTTPGet is http_get. A
// word begins at an upper-case letter that follows another character, and at the last upper-case letter of a run if a
// lower-case letter follows the run.
func SnakeCase(method string) string {
	runes := []rune(method)
	name := make([]rune, 0, len(runes)+4)
	for i, r := range runes {
		if i > 0 && unicode.IsUpper(r) && runes[i-1] != '_' {
			inRun := unicode.IsUpper(runes[i-1])
			last := i+1 < len(runes) && unicode.IsLower(runes[i+1])
			if !inRun || last {
				name = append(name, '_')
			}
		}
		name = append(name, unicode.ToLower(r))
	}
	return string(name)
}
