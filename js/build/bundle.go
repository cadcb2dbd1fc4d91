package main

import (
	"errors"
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"
)

// notice stands at the top of every bundle.
const notice = `/*! Zmq Web Bridge. Contains wasm_exec.js, Copyright The Go Authors, BSD-3-Clause (https://go.dev/LICENSE). */`

// engines are the oldest browsers for which the bundles are made. They have everything that the sources use and that bundling
// cannot replace, which is mainly signal.reason.
var engines = []api.Engine{
	{Name: api.EngineChrome, Version: "98"},
	{Name: api.EngineFirefox, Version: "97"},
	{Name: api.EngineSafari, Version: "15.4"},
}

// bundle writes the three bundles of the sources. wasmExec is the text of the module that they import as go:wasm_exec.
func bundle(wasmExec string) error {
	for _, b := range []struct {
		entry, out string
		format     api.Format
		external   []string
	}{
		{"script.ts", "zmq.js", api.FormatIIFE, nil},
		{"module.ts", "zmq.mjs", api.FormatESModule, nil},
		{"node.ts", "zmq.node.mjs", api.FormatESModule, []string{"node:*"}},
	} {
		options := api.BuildOptions{
			EntryPoints:      []string{filepath.Join(src, b.entry)},
			Outfile:          filepath.Join(dist, b.out),
			Format:           b.format,
			External:         b.external,
			Bundle:           true,
			MinifyWhitespace: b.external == nil, // Node prints the line of an error, which must not be the whole file
			MinifySyntax:     true,
			Sourcemap:        api.SourceMapLinked,
			Charset:          api.CharsetUTF8,
			Engines:          engines,
			Banner:           map[string]string{"js": notice},
			LegalComments:    api.LegalCommentsInline,
			LogLevel:         api.LogLevelWarning,
			Plugins:          []api.Plugin{virtual("go:wasm_exec", wasmExec)},
		}
		if b.format == api.FormatIIFE {
			options.GlobalName = "zmq"
		}
		result := api.Build(options)
		if len(result.Errors) > 0 {
			return errors.New("bundle " + b.entry)
		}
		for _, file := range result.OutputFiles {
			if err := write(file.Path, file.Contents); err != nil {
				return err
			}
		}
	}
	return nil
}

// virtual makes a module of a text that is not in a file.
func virtual(name, text string) api.Plugin {
	return api.Plugin{Name: name, Setup: func(build api.PluginBuild) {
		build.OnResolve(api.OnResolveOptions{Filter: "^" + name + "$"}, func(api.OnResolveArgs) (api.OnResolveResult, error) {
			return api.OnResolveResult{Path: name, Namespace: "virtual"}, nil
		})
		build.OnLoad(api.OnLoadOptions{Filter: ".*", Namespace: "virtual"}, func(api.OnLoadArgs) (api.OnLoadResult, error) {
			return api.OnLoadResult{Contents: &text, Loader: api.LoaderJS}, nil
		})
	}}
}
