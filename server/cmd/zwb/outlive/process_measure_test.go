//go:build long && measure && linux

package outlive

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
)

// use is what processes have used of this machine since they began, as proc(5) tells it.
type use struct {
	cpu     float64 // seconds, user and system
	memory  float64 // MiB that are resident
	written float64 // bytes that were written, to connections and to files
}

// useOf is the sum of processes that run.
func useOf(t *testing.T, pids ...int) (u use) {
	t.Helper()
	for _, pid := range pids {
		_, stat, found := strings.Cut(procFile(t, pid, "stat"), ") ") // the name before may contain anything
		fields := strings.Fields(stat)
		if !found || len(fields) < 22 {
			t.Fatal("/proc is not as it was expected: ", stat)
		}
		const ticksPerSecond = 100
		u.cpu += (number(t, fields[11]) + number(t, fields[12])) / ticksPerSecond
		u.memory += number(t, fields[21]) * float64(os.Getpagesize()) / (1 << 20)
		for line := range strings.Lines(procFile(t, pid, "io")) {
			if written, is := strings.CutPrefix(line, "wchar: "); is {
				u.written += number(t, strings.TrimSpace(written))
			}
		}
	}
	return u
}

// since is what was used after another moment. Memory is that of now.
func (u use) since(before use) use {
	return use{cpu: u.cpu - before.cpu, memory: u.memory, written: u.written - before.written}
}

func procFile(t *testing.T, pid int, name string) string {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", pid, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	n, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
