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

// withoutConsole are the embedded files that pages of others load.
type withoutConsole struct{ fs.FS }

// ReadFile is part of fs.ReadFileFS.
func (f withoutConsole) ReadFile(name string) ([]byte, error) {
	if name == "index.html" || strings.HasPrefix(name, "js/dist/console.") {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	return fs.ReadFile(f.FS, name)
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
