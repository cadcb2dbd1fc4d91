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

// output is one file of the bundles.
type output struct {
	entry, out string
	format     api.Format
	node       bool              // it is for Node
	comments   bool              // those stay that tell bundlers what they may leave out
	beside     map[string]string // imports that are other files: what the sources import, and the file
}

// outputs are all files. The client is one file, and the classes of zeromq.js and streams are others, which import it: so a page
// that wants none of them need not load them, and there is one client for all.
var outputs = []output{
	{"script.ts", "zmq.js", api.FormatIIFE, false, false, nil},
	{"module.ts", "zmq.mjs", api.FormatESModule, false, false, nil},
	{"worker.ts", "worker.mjs", api.FormatESModule, false, false, nil},
	{"node.ts", "zmq.node.mjs", api.FormatESModule, true, false, nil},
	{"zeromq.ts", "zeromq.mjs", api.FormatESModule, false, false, map[string]string{"../index.js": "./zmq.mjs"}},
	{"zeromq.ts", "zeromq.node.mjs", api.FormatESModule, true, false, map[string]string{"../index.js": "./zmq.node.mjs"}},
	{"streams.ts", "streams.mjs", api.FormatESModule, false, false, map[string]string{"../index.js": "./zmq.mjs"}},
	{"streams.ts", "streams.node.mjs", api.FormatESModule, true, false, map[string]string{"../index.js": "./zmq.node.mjs"}},
	{"numpy.ts", "numpy.mjs", api.FormatESModule, false, false, map[string]string{"../index.js": "./zmq.mjs"}},
	{"numpy.ts", "numpy.node.mjs", api.FormatESModule, true, false, map[string]string{"../index.js": "./zmq.node.mjs"}},
	{"package.ts", "index.mjs", api.FormatESModule, false, true, map[string]string{
		"./module.js": "./zmq.mjs", "./zeromq.js": "./zeromq.mjs", "./streams.js": "./streams.mjs"}},
	{"package.ts", "index.node.mjs", api.FormatESModule, true, true, map[string]string{
		"./module.js": "./zmq.node.mjs", "./zeromq.js": "./zeromq.node.mjs", "./streams.js": "./streams.node.mjs"}},
}

// A module that imports another one whose URL it has found out says to bundlers that they need not look for it. That is said in a
// comment, which a minifier leaves out, so it stands behind the bundles that bundlers read, and in others there is none.
const (
	plainImport  = `export const importModule = (url) => import(url);`
	ignored      = `export const importModule = zmqImport;`
	ignoredBelow = `function zmqImport(u){return import(/*webpackIgnore:true*/u)}`
)

// ownOfWasmExec are properties that wasm_exec.js keeps for itself, which may have shorter names. The Go runtime asks for _pendingEvent and
// _makeFuncWrapper by name.
const ownOfWasmExec = `^_(inst|values|goRefCounts|ids|idPool|scheduledTimeouts|nextCallbackTimeoutID|resume|exitPromise|resolveExitPromise)$`

// bundle writes the bundles of the sources. wasmExec is the text of the module that they import as go:wasm_exec.
func bundle(wasmExec string) error {
	for _, b := range outputs {
		options := api.BuildOptions{
			EntryPoints:       []string{filepath.Join(src, b.entry)},
			Outfile:           filepath.Join(dist, b.out),
			Format:            b.format,
			Bundle:            true,
			MinifyWhitespace:  !b.node && !b.comments, // Node prints the line of an error, which must not be the whole file
			MinifyIdentifiers: !b.node,                // and the names of functions; a browser's tools take both from the source map
			MinifySyntax:      true,
			Sourcemap:         api.SourceMapLinked,
			Charset:           api.CharsetUTF8,
			Engines:           engines,
			LegalComments:     api.LegalCommentsInline,
			LogLevel:          api.LogLevelWarning,
		}
		if !b.node {
			options.MangleProps = ownOfWasmExec
		}
		importer := plainImport
		if b.out == "zmq.mjs" {
			importer = ignored
			options.Footer = map[string]string{"js": ignoredBelow}
		}
		options.Plugins = []api.Plugin{virtual("go:wasm_exec", wasmExec), virtual("build:import", importer), beside(b.beside)}
		if b.node {
			options.External = []string{"node:*"}
		}
		if b.beside == nil {
			options.Banner = map[string]string{"js": notice}
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

// beside leaves imports of other files of the package alone, but for the names of those.
func beside(files map[string]string) api.Plugin {
	return api.Plugin{Name: "beside", Setup: func(build api.PluginBuild) {
		build.OnResolve(api.OnResolveOptions{Filter: `^\.`}, func(args api.OnResolveArgs) (api.OnResolveResult, error) {
			if file, other := files[args.Path]; other {
				return api.OnResolveResult{Path: file, External: true}, nil
			}
			return api.OnResolveResult{}, nil
		})
	}}
}

// virtual makes a module of a text that is not in a file.
func virtual(name, text string) api.Plugin {
	return api.Plugin{Name: name, Setup: func(build api.PluginBuild) {
		build.OnResolve(api.OnResolveOptions{Filter: "^" + name + "$"}, func(api.OnResolveArgs) (api.OnResolveResult, error) {
			return api.OnResolveResult{Path: name, Namespace: "virtual"}, nil
		})
		build.OnLoad(api.OnLoadOptions{Filter: "^" + name + "$", Namespace: "virtual"}, func(api.OnLoadArgs) (api.OnLoadResult, error) {
			return api.OnLoadResult{Contents: &text, Loader: api.LoaderJS}, nil
		})
	}}
}
