package main

import (
	"fmt"
	"net"
	"net/http"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// parts are the processes of the cluster, in the order in which they are started.
func (s *scene) parts() (all []*process, err error) {
	for machine := 1; machine <= count; machine++ {
		all = append(all, s.node(machine))
	}
	for _, name := range []string{"prices", "worker", "desks"} {
		all = append(all, s.backend(name))
	}
	for machine := 1; machine <= count; machine++ {
		b, err := s.bridge(machine)
		if err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	proxy, err := s.proxy()
	if err != nil {
		return nil, err
	}
	return append(all, proxy, s.backend("jobs")), nil
}

// node is a NATS server. They keep what they have in a folder of their own.
func (s *scene) node(machine int) *process {
	name := fmt.Sprintf("nats %d", machine)
	env := []string{
		"NATS_NAME=nats-" + strconv.Itoa(machine),
		"NATS_LISTEN=" + s.at(machine, natsPort), "NATS_MONITOR=" + s.at(machine, natsMonitorPort), "NATS_CLUSTER=" + s.at(machine, natsClusterPort),
		"NATS_STORE=" + filepath.Join(s.dir, fmt.Sprintf("nats-%d", machine)),
		"BRIDGES_NKEY=" + s.secrets.bridge.public, "ADMIN_PASSWORD=" + s.secrets.admin, "NODE_PASSWORD=" + s.secrets.node,
	}
	for other := 1; other <= count; other++ {
		env = append(env, fmt.Sprintf("NATS_ROUTE_%d=nats://node:%s@%s", other, s.secrets.node, s.at(other, natsClusterPort)))
	}
	p := s.process(name, s.nats, "-c", filepath.Join(s.dir, "nats.conf"))
	p.env = env
	p.ready = answers("http://" + s.at(machine, natsMonitorPort) + "/healthz") // once it and the others are a cluster
	return p
}

// bridge has a folder with its copy of the file, and the secrets that the file names, as it would have on its machine.
func (s *scene) bridge(machine int) (*process, error) {
	folder := filepath.Join(s.dir, fmt.Sprintf("bridge-%d", machine))
	if err := writeAll(folder, map[string]string{"zwb.yaml": s.of(machine, embedded("zwb.yaml")), "bridge.nk": s.secrets.bridge.seed, "admin.token": s.secrets.token}); err != nil {
		return nil, err
	}
	p := s.process(fmt.Sprintf("bridge %d", machine), s.zwb, "serve", "--config", "zwb.yaml",
		"--listen", s.at(machine, bridgePort), "--admin", s.at(machine, adminPort), "--admin-token-file", "admin.token")
	p.dir = folder
	p.ready = answers("http://" + s.at(machine, bridgePort) + "/readyz")
	return p, nil
}

func (s *scene) proxy() (*process, error) {
	folder := filepath.Join(s.dir, "proxy")
	if err := writeAll(folder, map[string]string{"haproxy.cfg": s.of(1, embedded("haproxy.cfg")), "index.html": embedded("index.html")}); err != nil {
		return nil, err
	}
	p := s.process("proxy", s.haproxy, "-db", "-f", "haproxy.cfg")
	p.dir = folder
	p.ready = answers(s.page())
	return p, nil
}

// backend is a program in Python, which knows nothing of bridges but the addresses at which they listen.
func (s *scene) backend(name string) *process {
	return s.process(name, s.python, filepath.Join(s.dir, name+".py"))
}

func (s *scene) process(name string, command ...string) *process {
	return &process{name: name, command: command, dir: s.dir, log: filepath.Join(s.dir, strings.ReplaceAll(name, " ", "-")+".log"), grace: 5 * time.Second, notice: s.say}
}

// answers tells whether something is served at a URL.
func answers(url string) func() bool {
	client := http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true, DialContext: (&net.Dialer{Timeout: time.Second}).DialContext}}
	return func() bool {
		answer, err := client.Get(url)
		if err != nil {
			return false
		}
		answer.Body.Close()
		return answer.StatusCode == http.StatusOK
	}
}
