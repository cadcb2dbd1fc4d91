package zmqwebbridge

import "embed"

// Files are index.html and js/dist. js/dist is made by `make build`; without it only its README is there, and
// server.Assets and the page say that the client was not built.
//
//go:embed index.html js/dist
var Files embed.FS
