//go:build long

package e2e

import (
	"runtime"
	"strings"
	"testing"
)

// modernNode is the first Node that has a WebSocket of its own, as npm has it. Where the machine's own is as young, it is taken.
const modernNode = "22.23.5"

// TestNode asks a backend with the package as npm packs it, in a Node that has a WebSocket, and in one where it is switched on. An
// import alone does nothing, as in a server that renders pages: it takes no WebSocket, says nothing, and keeps nothing running.
func TestNode(t *testing.T) {
	t.Parallel()
	rep := startPeer(t, "rep", 0)
	b := startBridge(t, "--allow", "REQ "+rep.address())
	p := newProject(t, pack(t), map[string]string{
		"main.mjs": `import { ask } from './ask.js'; console.log(await ask(process.argv[2], 'node'));`,
		"import.mjs": `import * as zmq from 'zmq-web-bridge';
			const classes = await import('zmq-web-bridge/zeromq');
			const page = await import('./node_modules/zmq-web-bridge/dist/index.mjs'); // what a server gets that prefers a page's files
			console.log(typeof WebSocket, Object.keys(zmq).join() === Object.keys(page).join(), typeof classes.Request);`,
	})
	for name, tt := range map[string]struct {
		node         []string
		script, want string
	}{
		"its own WebSocket":         {young(t), "main.mjs", "node"},
		"a WebSocket switched on":   {[]string{"node", "--experimental-websocket"}, "main.mjs", "node"},
		"an import, no WebSocket":   {[]string{"node", "--no-experimental-websocket"}, "import.mjs", "undefined true function"},
		"an import and a WebSocket": {young(t), "import.mjs", "function true function"},
	} {
		t.Run(name, func(t *testing.T) {
			command := append(tt.node, tt.script, "?"+query(b, rep))
			if got := strings.TrimSpace(runIn(t, p.dir, command[0], command[1:]...)); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// young is the command that runs a Node which has a WebSocket.
func young(t *testing.T) []string {
	t.Helper()
	if strings.TrimSpace(runIn(t, ".", "node", "-p", "typeof WebSocket")) == "function" {
		return []string{"node"}
	}
	cpu := map[string]string{"amd64": "x64", "arm64": "arm64"}[runtime.GOARCH]
	return []string{"npm", "exec", "--yes", "--package=node-" + runtime.GOOS + "-" + cpu + "@" + modernNode, "--", "node"}
}
