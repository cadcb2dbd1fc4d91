//go:build long

package deploy

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/unused"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
)

// proxy is a program that stands in front of the bridge, with one of the files of this folder.
type proxy struct {
	name     string
	program  string
	file     string
	changes  []string // of what is in the file to what a test needs; PORT, BRIDGE, CERT, KEY, PEM and FOLDER are replaced in both
	args     []string
	told     bool     // it is told the address of a client by the PROXY protocol, as a balancer in front of it would do
	balanced bool     // likewise, in X-Forwarded-For
	idle     []string // changes by which it waits for shorterTimeout only
}

// password is that of alice, at the proxy.
const password = "let me in"

// sha256Crypt and bcrypt are what the proxies know of it.
const (
	sha256Crypt = "$5$zwbexample$1omSkmjn94IBdcTSNjwEl3254nISFR7Tq.YgKgMTiY8"
	bcrypt      = "$2a$14$orW91cU8MGdx5AoGMLPD2OOi9cHLJTIHOe4rD8nIJF7Qh29e80oy."
)

// inNginx is the file that includes nginx.conf.
const inNginx = `daemon off; master_process off; pid FOLDER/pid; error_log stderr warn;
events { worker_connections 256; }
http {
	access_log off;
	client_body_temp_path FOLDER/body; proxy_temp_path FOLDER/proxy; fastcgi_temp_path FOLDER/fastcgi;
	uwsgi_temp_path FOLDER/uwsgi; scgi_temp_path FOLDER/scgi;
	set_real_ip_from 127.0.0.1; real_ip_header proxy_protocol;
	include FOLDER/nginx.conf;
}
`

var proxies = []proxy{
	{
		name: "nginx", program: "/usr/sbin/nginx", file: "nginx.conf", told: true,
		changes: []string{
			"listen 443 ssl;", "listen 127.0.0.1:PORT ssl proxy_protocol;",
			"/etc/ssl/zwb/cert.pem", "CERT", "/etc/ssl/zwb/key.pem", "KEY",
			"/etc/nginx/zwb.htpasswd", "FOLDER/htpasswd",
			"http://127.0.0.1:8000", "http://BRIDGE",
		},
		args: []string{"-p", "FOLDER", "-c", "FOLDER/outer.conf", "-e", "stderr"},
		idle: []string{"proxy_http_version 1.1;", "proxy_http_version 1.1; proxy_read_timeout 20s; proxy_send_timeout 20s;"},
	},
	{
		name: "HAProxy", program: "/usr/sbin/haproxy", file: "haproxy.cfg", told: true,
		changes: []string{
			"bind :443 ssl", "bind 127.0.0.1:PORT accept-proxy ssl", "/etc/haproxy/zwb.pem", "PEM",
			"$5$REPLACE", sha256Crypt,
			"server zwb 127.0.0.1:8000", "server zwb BRIDGE",
		},
		args: []string{"-db", "-q", "-f", "FOLDER/haproxy.cfg"},
		idle: []string{"timeout client 60s", "timeout client 20s", "timeout server 60s", "timeout server 20s"},
	},
	{
		name: "Caddy", program: "/usr/bin/caddy", file: "Caddyfile",
		changes: []string{
			"\nbridge.example.org {", "\n{\n\tadmin off\n\tauto_https off\n}\nhttps://bridge.example.org:PORT {\n\tbind 127.0.0.1\n\ttls CERT KEY",
			"REPLACE", bcrypt,
			"reverse_proxy 127.0.0.1:8000", "reverse_proxy BRIDGE",
		},
		args: []string{"run", "--adapter", "caddyfile", "--config", "FOLDER/Caddyfile"},
	},
}

// site is a proxy that runs, in front of a bridge.
type site struct {
	proxy
	port   int
	trust  *certificate
	bridge *bridge
}

// startSite starts a bridge, and a proxy in front of it, for as long as the test lasts.
func (p proxy) startSite(t *testing.T, more ...string) *site {
	t.Helper()
	if _, err := os.Stat(p.program); err != nil {
		t.Fatalf("%s is not installed: .ci/deps gets it", p.program)
	}
	s := &site{proxy: p, port: unused.Port(t), trust: newCertificate(t), bridge: startBridge(t)}
	folder := t.TempDir()
	fill := strings.NewReplacer("PORT", fmt.Sprint(s.port), "BRIDGE", s.bridge.address, "CERT", s.trust.cert, "KEY", s.trust.key,
		"PEM", s.trust.both, "FOLDER", folder, "ADMIN", s.bridge.admin, "SOCKET", s.bridge.socket)
	text := read(t, p.file)
	for i, all := 0, append(p.changes, more...); i < len(all); i += 2 {
		if !strings.Contains(text, all[i]) {
			t.Fatalf("%s has no %q any more", p.file, all[i])
		}
		text = strings.ReplaceAll(text, all[i], fill.Replace(all[i+1]))
	}
	write(t, filepath.Join(folder, p.file), text)
	write(t, filepath.Join(folder, "outer.conf"), fill.Replace(inNginx))
	write(t, filepath.Join(folder, "htpasswd"), "alice:"+sha256Crypt+"\n")
	var args []string
	for _, arg := range p.args {
		args = append(args, fill.Replace(arg))
	}
	cmd := exec.Command(p.program, args...)
	cmd.Env = append(os.Environ(), "HOME="+folder, "XDG_CONFIG_HOME="+folder, "XDG_DATA_HOME="+folder)
	start(t, cmd)
	awaitListener(t, s.port)
	return s
}

func awaitListener(t *testing.T, port int) {
	t.Helper()
	wait.For(t, fmt.Sprintf("somebody to listen at port %d", port), func() bool {
		conn, err := net.DialTimeout("tcp", fmt.Sprintf("127.0.0.1:%d", port), time.Second)
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
}
