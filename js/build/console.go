package main

import (
	"errors"
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"
)

// bundleConsole writes what index.html loads beside the client: its script and its style.
func bundleConsole() error {
	result := api.Build(consoleOptions())
	if len(result.Errors) > 0 {
		return errors.New("bundle the console")
	}
	for _, file := range result.OutputFiles {
		if err := write(file.Path, file.Contents); err != nil {
			return err
		}
	}
	return nil
}

func consoleOptions() api.BuildOptions {
	return api.BuildOptions{
		EntryPoints:       []string{filepath.Join(console, "console.ts"), filepath.Join(console, "console.css")},
		Outdir:            dist,
		Format:            api.FormatIIFE,
		Bundle:            true,
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		Charset:           api.CharsetUTF8,
		Engines:           engines,
		LogLevel:          api.LogLevelWarning,
	}
}
