package process

import (
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"time"
)

// Bridge is a process of bin/zwb, at one of two addresses.
type Bridge struct {
	binary  string
	args    []string
	ports   [2]int
	present int // index of ports
	log     io.Writer

	*process
	URL       string // of its web site
	Kills     []Outage
	peak      int64    // the most memory that the processes that are gone have used, in bytes
	HandOvers []Outage // times in which there were two
	Replaced  int
}

func StartBridge(binary string, log io.Writer, args ...string) (*Bridge, error) {
	b := &Bridge{binary: binary, args: args, log: log}
	for i := range b.ports {
		port, err := FreePort()
		if err != nil {
			return nil, err
		}
		b.ports[i] = port
	}
	return b, b.start()
}

func (b *Bridge) Address() string { return fmt.Sprintf("127.0.0.1:%d", b.ports[b.present]) }

func (b *Bridge) start() error {
	args := append([]string{"serve", "--listen", b.Address()}, b.args...)
	p, err := startProcess(b.log, b.binary, args...)
	if err != nil {
		return err
	}
	b.process = p
	site, err := p.await("console    ")
	b.URL = strings.TrimSuffix(site, "/")
	return err
}

// Restart kills the bridge and starts it again after a pause.
func (b *Bridge) Restart(pause time.Duration) error {
	down := time.Now()
	b.peak = max(b.peak, b.peakRSS())
	b.Kill()
	<-time.After(pause)
	err := b.start()
	b.Kills = append(b.Kills, Outage{down, time.Now()})
	b.Replaced++
	return err
}

// HandOver starts a second bridge at the other address, calls aim so that new connections go there, and asks the first bridge
// to end.
func (b *Bridge) HandOver(aim func(address string)) error {
	first, down := b.process, time.Now()
	b.peak = max(b.peak, b.peakRSS())
	b.present = 1 - b.present
	if err := b.start(); err != nil {
		return err
	}
	aim(b.Address())
	if err := first.terminate(); err != nil {
		return err
	}
	b.Replaced++
	defer func() { b.HandOvers = append(b.HandOvers, Outage{down, time.Now()}) }()
	select {
	case <-first.ended:
	case <-time.After(Patience):
		return fmt.Errorf("%s did not end in %v after SIGTERM", first, Patience)
	}
	return nil
}

func (b *Bridge) PeakMemory() int64 { return max(b.peak, b.peakRSS()) }

// FreePort finds a port on which nobody listens. It is below those that the kernel gives to outgoing connections, so that a
// process that was killed finds it free again.
func FreePort() (int, error) {
	for range 100 {
		port := 20000 + rand.IntN(12000)
		l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err == nil {
			l.Close()
			return port, nil
		}
	}
	return 0, errors.New("no free port")
}
