//go:build js && wasm

// Package main is core's engine for a page: it exports core.Client to JavaScript, and holds no policy.
//
// There are two ways in. Traffic goes through functions exported from the module (a call costs 16 ns): JavaScript lays
// bytes into linear memory, calls, and reads results, a plan of events and bytes to send out of linear memory again.
// Control (clients, sockets, addresses) goes through functions handed to JavaScript once, at boot, by safejs.
//
// No entry point blocks, calls JavaScript back, or keeps what it was given; none throws. Each returns a status, and
// each recovers: a panic costs this instance, never the page.
package main

import (
	"runtime"

	"github.com/hack-pad/safejs"
)

// abi changes whenever JavaScript has to change with it, so that a page that has one half from its cache is told so.
const abi = 6

func main() {
	if err := boot(); err != nil {
		panic(err)
	}
	select {} // the exports go on working; returning would end the instance
}

// boot hands the control functions to the loader, which waits for them under this name.
func boot() error {
	hook, err := safejs.Global().Get("__zmqBoot")
	if err != nil {
		return err
	}
	object, err := safejs.Global().Get("Object")
	if err != nil {
		return err
	}
	api, err := object.New()
	if err != nil {
		return err
	}
	if err := api.Set("abi", abi); err != nil {
		return err
	}
	if err := api.Set("go", runtime.Version()); err != nil {
		return err
	}
	for _, c := range controls {
		fn, err := safejs.FuncOf(c.handle) // never released: they live as long as the instance
		if err != nil {
			return err
		}
		if err := api.Set(c.name, fn.Value()); err != nil {
			return err
		}
	}
	_, err = hook.Invoke(api)
	return err
}
