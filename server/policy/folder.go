package policy

import (
	"strings"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// folder is what all addresses begin with that an ipc address ending in /* stands for: those below that folder. It is "" for
// any other address. Nothing leads out of a folder again, because core.ParseAddress refuses paths with "." or ".." in them.
func folder(ep core.Endpoint) string {
	name, isFolder := strings.CutSuffix(ep.Path, "*")
	if ep.Transport != "ipc" || !isFolder || !strings.HasSuffix(name, "/") {
		return ""
	}
	return name
}

// below tells whether an address is in a folder, or deeper.
func below(folder string, ep core.Endpoint) bool {
	return ep.Transport == "ipc" && strings.HasPrefix(ep.Path, folder) && len(ep.Path) > len(folder)
}
