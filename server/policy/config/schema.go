package config

import _ "embed" // for Schema

// Schema is a JSON Schema (draft 2020-12) of the file, with which editors complete keys and mark mistakes. It is made of the
// types of this package, and their comments, by the test that compares the two: go test ./server/policy/config -update.
//
//go:embed schema.json
var Schema string
