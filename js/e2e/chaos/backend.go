package main

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

// backend is a libzmq peer that is killed and started again at the same address. All its processes write to the same record.
type backend struct {
	role   string
	args   []string
	port   int
	record string
	log    io.Writer

	*process
	outages []outage
}

// outage is a time in which a process was not there.
type outage struct{ down, up time.Time }

// excuses tells whether an outage may be the reason for a failure: the request was sent before everybody had noticed the new
// process, and failed after the old one was gone.
func (o outage) excuses(f failure) bool {
	return f.start.Before(o.up.Add(notice)) && f.end.After(o.down)
}

// notice is how long it may take until everybody has noticed that a process is there again.
const notice = 5 * time.Second

func startBackend(dir, name, role string, log io.Writer, args ...string) (*backend, error) {
	port, err := freePort()
	if err != nil {
		return nil, err
	}
	b := &backend{role: role, port: port, record: filepath.Join(dir, name), log: log}
	b.args = append([]string{"-c", backendScript, role, "--port", strconv.Itoa(port), "--record", b.record}, args...)
	return b, b.start()
}

func (b *backend) start() (err error) {
	if b.process, err = startProcess(b.log, python, b.args...); err != nil {
		return err
	}
	_, err = b.await("ready")
	return err
}

// restart kills the backend and starts it again after a pause.
func (b *backend) restart(pause time.Duration) error {
	down := time.Now()
	b.kill()
	<-time.After(pause)
	err := b.start()
	b.outages = append(b.outages, outage{down, time.Now()})
	return err
}

func (b *backend) address() string { return fmt.Sprintf("tcp://127.0.0.1:%d", b.port) }

// stop makes a sender stop sending.
func (b *backend) stop() error {
	if _, err := io.WriteString(b.stdin, "stop\n"); err != nil {
		return err
	}
	_, err := b.await("stopped")
	return err
}

// numbers are what the backend has written into its record.
func (b *backend) numbers() ([]uint64, error) {
	raw, err := os.ReadFile(b.record)
	if err != nil {
		return nil, err
	}
	numbers := make([]uint64, len(raw)/8)
	for i := range numbers {
		numbers[i] = binary.LittleEndian.Uint64(raw[8*i:])
	}
	return numbers, nil
}
