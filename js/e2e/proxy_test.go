package e2e

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
)

// webProxy writes the configuration of a proxy and starts it. The configuration has PORT for the port of the proxy, BRIDGE for
// the address of the bridge, CERT, KEY and PEM (both) for files, and FOLDER for a folder of its own.
type webProxy struct {
	name   string
	config func(t *testing.T) string
	scheme string // of the page
	prefix bool   // the bridge is told the prefix, because the proxy passes it on
	run    func(t *testing.T, config, folder string) *process
}

func runNginx(t *testing.T, config, folder string) *process {
	return start(t, "/usr/sbin/nginx", "-c", config, "-p", folder, "-g", "daemon off; error_log stderr warn; pid "+folder+"/pid;")
}

func runHAProxy(t *testing.T, config, _ string) *process {
	return start(t, "/usr/sbin/haproxy", "-db", "-q", "-f", config)
}

// nginx and HAProxy, each as examples/deploy has it, and as one that passes the prefix on.
var webProxies = []webProxy{
	{"nginx", func(t *testing.T) string {
		return inNginx(deployed(t, "nginx.conf", "listen 443 ssl;", "listen 127.0.0.1:PORT ssl;",
			"/etc/ssl/zwb/cert.pem", "CERT", "/etc/ssl/zwb/key.pem", "KEY", "http://127.0.0.1:8000", "http://BRIDGE"))
	}, "https", false, runNginx},
	{"nginx that passes the prefix on", func(*testing.T) string {
		return inNginx(`server {
		listen 127.0.0.1:PORT;
		location /zwb {
			proxy_pass http://BRIDGE;
			proxy_http_version 1.1;
			proxy_set_header Upgrade $http_upgrade;
			proxy_set_header Connection upgrade;
			proxy_set_header Host $http_host;
		}
	}`)
	}, "http", true, runNginx},
	{"HAProxy", func(t *testing.T) string {
		return deployed(t, "haproxy.cfg", "bind :443 ssl", "bind 127.0.0.1:PORT ssl", "/etc/haproxy/zwb.pem", "PEM",
			"server zwb 127.0.0.1:8000", "server zwb BRIDGE")
	}, "https", false, runHAProxy},
	{"HAProxy that passes the prefix on", func(*testing.T) string {
		return `defaults
	mode http
	timeout connect 5s
	timeout client 60s
	timeout server 60s
frontend web
	bind 127.0.0.1:PORT
	default_backend zwb
backend zwb
	server zwb BRIDGE
`
	}, "http", true, runHAProxy},
}

// deployed is a file of examples/deploy with changes, which are pairs of what is there and what a test needs.
func deployed(t *testing.T, name string, changes ...string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../../examples/deploy", name))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(changes); i += 2 {
		if !strings.Contains(string(text), changes[i]) {
			t.Fatalf("%s has no %q any more", name, changes[i])
		}
	}
	return strings.NewReplacer(changes...).Replace(string(text))
}

func inNginx(site string) string {
	return `master_process off; # one process, which the test ends
events { worker_connections 64; }
http {
	access_log off;
	client_body_temp_path FOLDER/body; proxy_temp_path FOLDER/proxy; fastcgi_temp_path FOLDER/fastcgi;
	uwsgi_temp_path FOLDER/uwsgi; scgi_temp_path FOLDER/scgi;
	` + site + `
}
`
}

// startProxy starts a proxy in front of a bridge, and waits until it listens.
func startProxy(t *testing.T, proxy webProxy, port int, b *bridge) {
	t.Helper()
	folder := t.TempDir()
	config := filepath.Join(folder, "conf")
	cert, key := selfSigned(t)
	both := filepath.Join(folder, "both.pem")
	join(t, both, cert, key)
	text := strings.NewReplacer("PORT", itoa(port), "BRIDGE", strings.TrimPrefix(b.url, "http://"), "FOLDER", folder, "CERT", cert, "KEY", key, "PEM", both).
		Replace(proxy.config(t))
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	proxy.run(t, config, folder)
	awaitListener(t, port)
}

func awaitListener(t *testing.T, port int) {
	t.Helper()
	wait.For(t, fmt.Sprintf("somebody to listen at port %d", port), func() bool {
		conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
}

// join writes files into one.
func join(t *testing.T, to string, from ...string) {
	t.Helper()
	var all []byte
	for _, name := range from {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, text...)
	}
	if err := os.WriteFile(to, all, 0o600); err != nil {
		t.Fatal(err)
	}
}
