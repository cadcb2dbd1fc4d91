package e2e

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// webProxy writes the configuration of a proxy and starts it. The configuration finds the port of the proxy, the port of
// the bridge and a folder of its own in %[1]d, %[2]s and FOLDER.
type webProxy struct {
	name, config string
	prefix       bool // the bridge is told the prefix, because the proxy passes it on
	run          func(t *testing.T, config, folder string) *process
}

func runNginx(t *testing.T, config, folder string) *process {
	return start(t, "/usr/sbin/nginx", "-c", config, "-p", folder, "-g", "daemon off; error_log stderr warn; pid "+folder+"/pid;")
}

func runHAProxy(t *testing.T, config, _ string) *process {
	return start(t, "/usr/sbin/haproxy", "-db", "-q", "-f", config)
}

// nginx and HAProxy, each as README.md has it, and as one that passes the prefix on.
var webProxies = []webProxy{
	{"nginx", inNginx(`location /zwb/ {
		proxy_pass http://BRIDGE/;
		proxy_http_version 1.1;
		proxy_set_header Upgrade $http_upgrade;
		proxy_set_header Connection upgrade;
		proxy_set_header Host $http_host;
	}`), false, runNginx},
	{"nginx that passes the prefix on", inNginx(`location /zwb {
		proxy_pass http://BRIDGE;
		proxy_http_version 1.1;
		proxy_set_header Upgrade $http_upgrade;
		proxy_set_header Connection upgrade;
		proxy_set_header Host $http_host;
	}`), true, runNginx},
	{"HAProxy", inHAProxy(`http-request redirect location /zwb/ if { path /zwb }
	http-request replace-path /zwb/(.*) /\1`), false, runHAProxy},
	{"HAProxy that passes the prefix on", inHAProxy(``), true, runHAProxy},
}

func inNginx(location string) string {
	return `worker_processes 1;
events { worker_connections 64; }
http {
	access_log off;
	client_body_temp_path FOLDER/body; proxy_temp_path FOLDER/proxy; fastcgi_temp_path FOLDER/fastcgi;
	uwsgi_temp_path FOLDER/uwsgi; scgi_temp_path FOLDER/scgi;
	server {
		listen 127.0.0.1:PORT;
		` + location + `
	}
}
`
}

func inHAProxy(rules string) string {
	return `defaults
	mode http
	timeout connect 5s
	timeout client 60s
	timeout server 60s
frontend web
	bind 127.0.0.1:PORT
	` + rules + `
	default_backend zwb
backend zwb
	server zwb BRIDGE
`
}

// TestBehindAProxyUnderAPrefix: the console, its scripts, the client and the WebSocket, for a page of the proxy's own
// origin and for one of another.
func TestBehindAProxyUnderAPrefix(t *testing.T) {
	for _, proxy := range webProxies {
		t.Run(proxy.name, func(t *testing.T) {
			demo, port := freePorts(t, 4), freePort(t)
			args := []string{"--demo", "--demo-port", itoa(demo)}
			if proxy.prefix {
				args = append(args, "--prefix", "/zwb/")
			}
			b := startBridge(t, args...)
			startProxy(t, proxy, port, b)
			for _, address := range []string{"/zwb/", "/zwb"} {
				console := openTab(t, fmt.Sprintf("http://127.0.0.1:%d%s", port, address))
				eval[any](console, inConsole+`await click('preset-echo'); const c = await live(await card('REQ'));
					await click('send', c); await until(() => all('reply', c)[0]?.textContent.includes('hello'));`)
				console.nothingThrown()
			}
			elsewhere := openTab(t, fmt.Sprintf("%s/?bridge=http://127.0.0.1:%d/zwb", b.site, port))
			got := eval[string](elsewhere, fmt.Sprintf(`const c = new zmq.Context('ws://127.0.0.1:%d/zwb/data'), req = c.Socket(zmq.REQ);
				await req.connect('tcp://127.0.0.1:%d');
				return String((await req.request('through it'))[0])`, port, demo))
			if got != "through it" {
				t.Errorf("a page of another origin got %q", got)
			}
		})
	}
}

// startProxy starts a proxy in front of a bridge, and waits until it listens.
func startProxy(t *testing.T, proxy webProxy, port int, b *bridge) {
	t.Helper()
	folder := t.TempDir()
	config := filepath.Join(folder, "conf")
	text := strings.NewReplacer("PORT", itoa(port), "BRIDGE", strings.TrimPrefix(b.url, "http://"), "FOLDER", folder).Replace(proxy.config)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	proxy.run(t, config, folder)
	awaitListener(t, port)
}

func awaitListener(t *testing.T, port int) {
	t.Helper()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			conn.Close()
			return
		}
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatal("the proxy does not listen: ", err)
		}
	}
}
