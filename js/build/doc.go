// Command build makes what a page loads, in js/dist: zmq.wasm, the engine; zmq.js for a script tag; zmq.mjs for import;
// zmq.node.mjs for Node; worker.mjs, for contexts that a worker holds; zeromq.mjs, the classes of zeromq.js; streams.mjs, streams of remote calls; numpy.mjs, arrays of NumPy; index.mjs,
// which joins zmq.mjs with zeromq.mjs and streams.mjs; and console.js and console.css, which index.html loads. What is for the web is also
// written in compressed form. It needs only Go, not Node:
//
//	go run .
//
// `make js` runs it in this folder, which is a module of its own, so that the bundler does not become a dependency of the
// bridge. wasm.go compiles core and wasm, segments.go makes the result smaller, bundle.go bundles js/src, console.go bundles
// js/console, and compress.go compresses the results.
package main
