package config

import _ "embed" // for Starter

// Starter is a file to begin with, which explains itself.
//
//go:embed starter.yaml
var Starter string
