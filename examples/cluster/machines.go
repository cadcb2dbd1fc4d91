package main

import (
	"fmt"
	"net"
	"regexp"
	"strconv"
)

// machines are addresses of loopback that stand for machines.
type machines struct{ network string } // of which machine 1 is network + ".1"; the files say 127.0.0

// count is how many machines have a bridge and a NATS node.
const count = 3

// Ports, which are the same on every machine.
const (
	bridgePort      = 8000
	adminPort       = 8001
	proxyPort       = 8080
	natsPort        = 4222
	natsClusterPort = 6222
	natsMonitorPort = 8222
)

// at is an address of a machine, as in 127.0.0.1:8000.
func (m machines) at(machine, port int) string {
	return net.JoinHostPort(m.host(machine), strconv.Itoa(port))
}

// page is where the page is.
func (m machines) page() string { return "http://" + m.at(1, proxyPort) + "/prices" }

func (m machines) host(machine int) string { return fmt.Sprintf("%s.%d", m.network, machine) }

var (
	machineInFile  = regexp.MustCompile(`\b127\.0\.0\.([1-9])\b`)
	allInterfaces  = regexp.MustCompile(`\b0\.0\.0\.0:`)
	networkPattern = regexp.MustCompile(`^127\.\d{1,3}\.\d{1,3}$`)
)

// of is a file for one machine, in which "all interfaces" are its own, so that nobody else reaches them.
func (m machines) of(machine int, text string) string {
	text = machineInFile.ReplaceAllString(text, m.network+".$1")
	return allInterfaces.ReplaceAllString(text, m.host(machine)+":")
}

// check tells whether the addresses are there, and whether somebody listens at one of them already.
func (m machines) check() error {
	if !networkPattern.MatchString(m.network) {
		return fmt.Errorf("-net is the beginning of addresses of loopback, as in 127.0.0, not %q", m.network)
	}
	for machine := 1; machine <= count; machine++ {
		for _, port := range []int{bridgePort, adminPort, proxyPort, natsPort, natsClusterPort, natsMonitorPort} {
			listener, err := net.Listen("tcp", m.at(machine, port))
			if err != nil {
				return fmt.Errorf("%w: something else runs there? -net 127.0.1 takes other addresses", err)
			}
			listener.Close()
		}
	}
	return nil
}
