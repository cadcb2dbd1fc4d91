package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"
	"time"
)

//go:embed zwb.yaml nats.conf haproxy.cfg index.html *.py
var files embed.FS

// embedded is a file of this folder.
func embedded(name string) string {
	text, err := files.ReadFile(name)
	if err != nil {
		panic(err) // it was there when this was compiled
	}
	return string(text)
}

// scene is the whole cluster.
type scene struct {
	machines
	dir                        string // everything is in here: files, what is stored, logs
	zwb, nats, haproxy, python string // programs
	secrets                    secrets
	out                        io.Writer

	mu        sync.Mutex // of out
	processes []*process
}

// patience is how long a part may take until it is ready.
const patience = time.Minute

// open starts all parts, one after the other where one needs the other. If one does not start, those that were are ended.
func (s *scene) open(ctx context.Context) (err error) {
	if err := s.check(); err != nil {
		return err
	}
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	if s.secrets, err = makeSecrets(s.dir); err != nil {
		return err
	}
	shared := map[string]string{"nats.conf": embedded("nats.conf")}
	for _, name := range []string{"prices.py", "worker.py", "jobs.py", "desks.py"} {
		shared[name] = s.of(1, embedded(name))
	}
	if err := writeAll(s.dir, shared); err != nil {
		return err
	}
	all, err := s.parts()
	if err != nil {
		return err
	}
	if err := s.startAll(ctx, all); err != nil {
		s.close()
		return err
	}
	return nil
}

// startAll starts the NATS nodes, then what bridges connect to, then bridges, then what connects to them.
func (s *scene) startAll(ctx context.Context, all []*process) error {
	for len(all) > 0 {
		kind := kindOf(all[0])
		var same []*process
		for len(all) > 0 && kindOf(all[0]) == kind {
			same, all = append(same, all[0]), all[1:]
		}
		for _, p := range same {
			if err := p.start(); err != nil {
				return err
			}
			s.processes = append(s.processes, p)
		}
		for _, p := range same {
			if err := p.awaitReady(ctx, patience); err != nil {
				return err
			}
		}
	}
	return nil
}

// close ends all parts, and waits until they have ended: clients first, and what keeps anything last.
func (s *scene) close() {
	for i := len(s.processes) - 1; i >= 0; i-- {
		p := s.processes[i]
		how := os.Signal(gently)
		if kindOf(p) != "nats" {
			how = os.Interrupt // a bridge does not wait for its clients then
		}
		p.end(how)
	}
}

// say tells something, also while a command is typed.
func (s *scene) say(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	fmt.Fprintln(s.out, text)
}

// writeAll writes files that nobody else may read.
func writeAll(folder string, texts map[string]string) error {
	err := os.MkdirAll(folder, 0o700)
	for name, text := range texts {
		err = errors.Join(err, os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600))
	}
	return err
}
