package main

import (
	"runtime"
	"runtime/debug"

	"github.com/zmqwebbridge/zmqwebbridge/server"
)

// commit is the one that this was built of, where the linker was told (make release). Otherwise it is what go build noticed.
var commit string

// version is the first line of zwb version: what it is, of which commit, for what, and by which Go.
func version() string {
	return server.Agent + " " + builtOf() + " " + runtime.GOOS + "/" + runtime.GOARCH + " " + runtime.Version()
}

func builtOf() string {
	if commit != "" {
		return commit
	}
	info, _ := debug.ReadBuildInfo()
	if info == nil {
		return "unknown"
	}
	of, changed := "unknown", ""
	for _, setting := range info.Settings {
		switch {
		case setting.Key == "vcs.revision":
			of = setting.Value
		case setting.Key == "vcs.modified" && setting.Value == "true":
			changed = "+changes"
		}
	}
	return of + changed
}
