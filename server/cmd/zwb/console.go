package main

import (
	"bytes"
	"fmt"
	"io/fs"

	"github.com/zmqwebbridge/zmqwebbridge"
)

// consoleFiles are the embedded files, but for index.html, which says where this bridge has its demo.
type consoleFiles struct {
	fs.FS
	index []byte
}

// ReadFile is part of fs.ReadFileFS.
func (f consoleFiles) ReadFile(name string) ([]byte, error) {
	if name == "index.html" && f.index != nil {
		return f.index, nil
	}
	return fs.ReadFile(f.FS, name)
}

// console is what pages load. Without index.html it is what there is.
func console(at demoAt) fs.FS {
	page, err := fs.ReadFile(zmqwebbridge.Files, "index.html")
	if err != nil {
		return zmqwebbridge.Files
	}
	said := []byte(`<meta name="demo-port" content="10001">`)
	return consoleFiles{zmqwebbridge.Files, bytes.Replace(page, said, fmt.Appendf(nil, `<meta name="demo-port" content="%d">`, int(at)), 1)}
}
