// Package zmqwebbridge holds the files a bridge serves to pages: the console's page, and what is built: the client, and
// the console's script and style.
package zmqwebbridge

import "embed"

// Files are index.html and js/dist. js/dist is made by `make build`; without it only its README is there, and
// server.Assets and the page say that the client was not built.
//
//go:embed index.html js/dist
var Files embed.FS
