package fleettest

import (
	"net/http"
	"syscall"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/unused"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/wait"
	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/natstest"
)

// Fleet is bridges, and NATS servers that are a cluster.
type Fleet struct {
	NATS    *natstest.Servers
	Bridges []*Member
}

// Member is a bridge at an address that stays, whichever process is there.
type Member struct {
	*Bridge
	Address string
	program Program
	text    string
	roads   []*natstest.Relay // to the NATS servers
}

// Launch starts three NATS servers, which can be parted, and so many bridges. configuration is that of a bridge, which reaches NATS at these URLs.
func Launch(t testing.TB, p Program, bridges int, configuration func(nats string) string) *Fleet {
	t.Helper()
	f := &Fleet{NATS: natstest.StartApart(t, 3)}
	for range bridges {
		roads, urls := f.NATS.Relays(t)
		m := p.Join(t, configuration(urls))
		m.roads = roads
		f.Bridges = append(f.Bridges, m)
	}
	return f
}

// Join starts a bridge that may be started again.
func (p Program) Join(t testing.TB, configuration string) *Member {
	t.Helper()
	m := &Member{Address: unused.Address(t), program: p, text: configuration}
	m.Restart(t)
	return m
}

// Restart starts a process, after the one before has ended, and waits until it is ready.
func (m *Member) Restart(t testing.TB) {
	t.Helper()
	m.Bridge = m.program.Start(t, m.Address, m.text)
	wait.For(t, "the bridge to be ready", leadsToBridge(m.Address))
}

// signal is for the process, which goes on to exist.
func (m *Member) signal(s syscall.Signal) { m.command.Process.Signal(s) }

// part has it hear nothing of NATS, and cut has its connections there end, and no other ones come about. reunite ends both.
func (m *Member) part() {
	for _, r := range m.roads {
		r.Stall()
	}
}

func (m *Member) cut() {
	for _, r := range m.roads {
		r.Cut()
	}
}

func (m *Member) reunite() {
	for _, r := range m.roads {
		r.Heal()
	}
}

// leadsToBridge tells whether a bridge that is ready answers at an address.
func leadsToBridge(address string) func() bool {
	return func() bool {
		response, err := http.Get("http://" + address + "/readyz")
		if err != nil {
			return false
		}
		response.Body.Close()
		return response.StatusCode == http.StatusOK
	}
}
