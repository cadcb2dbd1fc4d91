package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// kindOf is what a process is, without the number of its machine.
func kindOf(p *process) string {
	kind, _, _ := strings.Cut(p.name, " ")
	return kind
}

// verbs are what can be done to a process, by name.
var verbs = map[string]func(*process) error{
	"kill":     func(p *process) error { return p.signal(os.Kill, true) },
	"drain":    func(p *process) error { return p.signal(gently, true) },
	"stop":     pause,
	"continue": func(p *process) error { return p.with(proceed) },
	"start":    (*process).start,
}

// with does something to the process, if it runs.
func (p *process) with(do func(*os.Process) error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.running == nil {
		return fmt.Errorf("%s does not run", p.name)
	}
	return do(p.running.Process)
}

// do does what a line says, as in "kill bridge 2", and tells what has come of it.
func (s *scene) do(line string) string {
	words := strings.Fields(strings.ToLower(line))
	if len(words) == 0 {
		return ""
	}
	if words[0] == "list" {
		return s.list()
	}
	act, known := verbs[words[0]]
	name := strings.Join(words[1:], " ")
	at := slices.IndexFunc(s.processes, func(p *process) bool { return p.name == name })
	if !known || at < 0 {
		return "I do not understand that. It is kill, drain, stop, continue or start, and one of those that list shows."
	}
	if err := act(s.processes[at]); err != nil {
		return err.Error()
	}
	return words[0] + " " + name + ": done"
}

// list shows all processes.
func (s *scene) list() string {
	var lines []string
	for _, p := range s.processes {
		state := "does not run"
		if pid := p.pid(); pid != 0 {
			state = fmt.Sprintf("runs as process %d", pid)
		}
		lines = append(lines, fmt.Sprintf("  %-10s %s", p.name, state))
	}
	return strings.Join(lines, "\n")
}

// welcome is what is said when everything runs.
func (s *scene) welcome() string {
	return strings.NewReplacer("PAGE", s.page(), "ADMIN", s.at(1, adminPort), "TOKEN", s.secrets.token, "MONITOR", s.at(1, natsMonitorPort),
		"ZWB", s.zwb, "DIR", s.dir).Replace(`
  PAGE      the page. Open it in two windows
  http://ADMIN/#token=TOKEN      the admin page of bridge 1
  http://MONITOR/jsz      what NATS node 1 keeps
  ZWB top --cluster http://ADMIN/#token=TOKEN
  DIR      has the logs, jobs.log and desks.log among them

Try this, and watch the page and the log of jobs.py:
  kill bridge 2          it is gone, as when a machine burns. Its pages go on at another one
  start bridge 2
  drain bridge 1         SIGTERM, as in an update: it gets no new pages, and those it has finish what they are at, and leave
  start bridge 1
  stop bridge 3          it stands still. continue bridge 3
  kill nats 3            two of three are left. Prices may stop for seconds, until these have agreed on who leads
  kill proxy             start proxy
  list                   all that runs
Ctrl-C ends it all.
`)
}
