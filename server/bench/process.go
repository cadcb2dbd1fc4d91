package bench

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// usage is what a process has used of this machine. Where that cannot be seen it is not known.
type usage struct {
	known     bool
	cpu       float64 // seconds
	rss, peak float64 // MiB
}

// ticksPerSecond is Linux's USER_HZ, which is 100 on every architecture that Go knows.
const ticksPerSecond = 100

// usageOf looks at a process, where there is Linux's /proc.
func usageOf(pid int) usage {
	if pid == 0 {
		return usage{}
	}
	return usageAt(fmt.Sprintf("/proc/%d", pid))
}

func ownUsage() usage { return usageAt("/proc/self") }

func usageAt(folder string) usage {
	stat, err := os.ReadFile(folder + "/stat")
	if err != nil {
		return usage{}
	}
	status, err := os.ReadFile(folder + "/status")
	if err != nil {
		return usage{}
	}
	return parseUsage(stat, status)
}

// parseUsage reads proc(5)'s stat and status.
func parseUsage(stat, status []byte) usage {
	_, rest, found := bytes.Cut(stat[bytes.LastIndexByte(stat, ')')+1:], []byte(" "))
	fields := strings.Fields(string(rest)) // from the third of all, behind the name, which may contain anything
	if !found || len(fields) < 13 {
		return usage{}
	}
	user, err := strconv.ParseFloat(fields[11], 64)
	if err != nil {
		return usage{}
	}
	system, err := strconv.ParseFloat(fields[12], 64)
	if err != nil {
		return usage{}
	}
	return usage{known: true, cpu: (user + system) / ticksPerSecond, rss: kilobytes(status, "VmRSS:") / 1024, peak: kilobytes(status, "VmHWM:") / 1024}
}

// kilobytes is a line of status; 0: it is not there.
func kilobytes(status []byte, name string) float64 {
	for line := range strings.Lines(string(status)) {
		if fields := strings.Fields(line); len(fields) >= 2 && fields[0] == name {
			kb, _ := strconv.ParseFloat(fields[1], 64)
			return kb
		}
	}
	return 0
}

// until is what happened between two moments, of which u was before; nil: it is not known.
func (u usage) until(from, to usage, n uint64, clients int, seconds float64) *Server {
	if !u.known || !from.known || !to.known {
		return nil
	}
	s := &Server{
		Cores:       (to.cpu - from.cpu) / seconds,
		RSS:         to.rss,
		Peak:        to.peak,
		KBPerClient: (to.rss - u.rss) * 1024 / float64(clients),
	}
	if n > 0 {
		s.CPUPerMillion = (to.cpu - from.cpu) * 1e6 / float64(n)
	}
	return s
}
