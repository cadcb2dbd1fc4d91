package process

import (
	_ "embed"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

//go:embed backend.py
var backendScript string

const python = "/usr/bin/python3" // Debian's Python, which has python3-zmq; another Python may come first in PATH

// Backend is a libzmq peer that is killed and started again at the same address. All its processes write to the same record.
type Backend struct {
	role   string
	args   []string
	port   int
	Record string
	Name   string // what clients call it, where bridges have a name for it
	log    io.Writer

	*process
	Outages []Outage
}

// Outage is a time in which a process was not there.
type Outage struct{ down, up time.Time }

// Excuses tells whether an outage may be the reason why something failed: it began before everybody had noticed the new
// process, and failed after the old one was gone.
func (o Outage) Excuses(start, end time.Time) bool {
	return start.Before(o.up.Add(notice)) && end.After(o.down)
}

// notice is how long it may take until everybody has noticed that a process is there again.
const notice = 5 * time.Second

func StartBackend(dir, name, role string, log io.Writer, args ...string) (*Backend, error) {
	port, err := FreePort()
	if err != nil {
		return nil, err
	}
	b := &Backend{role: role, port: port, Record: filepath.Join(dir, name), log: log}
	b.args = append([]string{"-c", backendScript, role, "--port", strconv.Itoa(port), "--record", b.Record}, args...)
	return b, b.start()
}

func (b *Backend) start() (err error) {
	if b.process, err = startProcess(b.log, python, b.args...); err != nil {
		return err
	}
	_, err = b.await("ready")
	return err
}

// Restart kills the backend and starts it again after a pause.
func (b *Backend) Restart(pause time.Duration) error {
	down := time.Now()
	b.Kill()
	<-time.After(pause)
	err := b.start()
	b.Outages = append(b.Outages, Outage{down, time.Now()})
	return err
}

func (b *Backend) Address() string { return fmt.Sprintf("tcp://127.0.0.1:%d", b.port) }

// Endpoint is where clients connect to it.
func (b *Backend) Endpoint() string {
	if b.Name != "" {
		return b.Name
	}
	return b.Address()
}

// Stop makes a sender stop sending.
func (b *Backend) Stop() error {
	if _, err := io.WriteString(b.stdin, "stop\n"); err != nil {
		return err
	}
	_, err := b.await("stopped")
	return err
}

// Numbers are what the backend has written into its record.
func (b *Backend) Numbers() ([]uint64, error) {
	raw, err := os.ReadFile(b.Record)
	if err != nil {
		return nil, err
	}
	numbers := make([]uint64, len(raw)/8)
	for i := range numbers {
		numbers[i] = binary.LittleEndian.Uint64(raw[8*i:])
	}
	return numbers, nil
}
