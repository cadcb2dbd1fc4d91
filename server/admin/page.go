package admin

import (
	"embed"
	"io/fs"
	"net/http"
)

//go:embed page
var embedded embed.FS

// page is the live page. Its files are the same for everybody; what it shows it asks /api/ for, with the token that its user has.
func (a *admin) page(mux *http.ServeMux) {
	files, _ := fs.Sub(embedded, "page") // the folder is there, or this would not have been built
	serve := http.FileServerFS(files)
	mux.Handle("GET /{$}", serve)
	mux.Handle("GET /admin.js", serve)
	mux.Handle("GET /admin.css", serve)
}
