package main

import (
	"bytes"
	"fmt"
	"io/fs"
	"strings"

	"github.com/zmqwebbridge/zmqwebbridge"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/settings"
)

// consoleFiles are the embedded files, but for index.html, which says where this bridge has its demo.
type consoleFiles struct {
	fs.FS
	index []byte
}

// ReadFile is part of fs.ReadFileFS.
func (f consoleFiles) ReadFile(name string) ([]byte, error) {
	if name == "index.html" {
		return f.index, nil
	}
	return fs.ReadFile(f.FS, name)
}

// Open is part of fs.FS.
func (f consoleFiles) Open(name string) (fs.File, error) {
	if name == "index.html" {
		return nil, notExist(name) // it is read as a whole
	}
	return f.FS.Open(name)
}

func notExist(name string) error { return &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist} }

// withoutConsole are the embedded files that pages of others load.
type withoutConsole struct{ fs.FS }

// ReadFile is part of fs.ReadFileFS.
func (f withoutConsole) ReadFile(name string) ([]byte, error) {
	if ofConsole(name) {
		return nil, notExist(name)
	}
	return fs.ReadFile(f.FS, name)
}

// Open is part of fs.FS.
func (f withoutConsole) Open(name string) (fs.File, error) {
	if ofConsole(name) {
		return nil, notExist(name)
	}
	return f.FS.Open(name)
}

func ofConsole(name string) bool {
	return name == "index.html" || strings.HasPrefix(name, "js/dist/console.")
}

// pageFiles are what pages load. Without index.html it is what there is.
func pageFiles(console bool, at settings.DemoAt) fs.FS {
	if !console {
		return withoutConsole{zmqwebbridge.Files}
	}
	page, err := fs.ReadFile(zmqwebbridge.Files, "index.html")
	if err != nil {
		return zmqwebbridge.Files
	}
	said := []byte(`<meta name="demo-port" content="10001">`)
	return consoleFiles{zmqwebbridge.Files, bytes.Replace(page, said, fmt.Appendf(nil, `<meta name="demo-port" content="%d">`, int(at)), 1)}
}
