//go:build long && linux

package deploy

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// unit is what a file of systemd says, by key.
type unit map[string][]string

func readUnit(t *testing.T, name string) unit {
	t.Helper()
	u := unit{}
	for line := range strings.Lines(read(t, name)) {
		if key, value, found := strings.Cut(strings.TrimSpace(line), "="); found && !strings.HasPrefix(key, "#") {
			u[key] = append(u[key], value)
		}
	}
	return u
}

// manager does what systemd does for a process: it opens its sockets, and hears how it is.
type manager struct {
	t    *testing.T
	told net.PacketConn
	path string
}

func newManager(t *testing.T) *manager {
	t.Helper()
	path := filepath.Join(t.TempDir(), "notify")
	told, err := net.ListenPacket("unixgram", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { told.Close() })
	return &manager{t, told, path}
}

// watchdog is how long the manager waits to hear of a process.
const watchdog = 200 * time.Millisecond

// start starts the command of zwb.service, with the sockets, by name, and its environment.
func (m *manager) start(b *bridge, variables []string, names string, sockets ...net.Listener) (process *exec.Cmd, said *bytes.Buffer) {
	m.t.Helper()
	command := strings.NewReplacer("/usr/local/bin/zwb", zwb, "/etc/zwb/zwb.yaml", b.config).Replace(readUnit(m.t, "zwb.service")["ExecStart"][0])
	cmd := exec.Command("sh", "-c", "LISTEN_PID=$$ exec "+command) // only a process itself knows its number before it begins
	for _, socket := range sockets {
		file, err := socket.(*net.TCPListener).File()
		if err != nil {
			m.t.Fatal(err)
		}
		defer file.Close()
		cmd.ExtraFiles = append(cmd.ExtraFiles, file)
	}
	cmd.Env = append(append(os.Environ(), variables...), "NOTIFY_SOCKET="+m.path, fmt.Sprint("WATCHDOG_USEC=", watchdog.Microseconds()),
		fmt.Sprint("LISTEN_FDS=", len(sockets)), "LISTEN_FDNAMES="+names)
	said = new(bytes.Buffer)
	cmd.Stdout, cmd.Stderr = said, said
	if err := cmd.Start(); err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() { cmd.Process.Kill(); cmd.Wait() })
	return cmd, said
}

// await waits until a message is heard that begins like this.
func (m *manager) await(begin string) string {
	m.t.Helper()
	m.told.SetReadDeadline(time.Now().Add(patience))
	message := make([]byte, 4096)
	for {
		n, _, err := m.told.ReadFrom(message)
		if err != nil {
			m.t.Fatalf("it never says %q: %v", begin, err)
		}
		if strings.HasPrefix(string(message[:n]), begin) {
			return string(message[:n])
		}
	}
}

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// TestService: the process of zwb.service serves at the socket of zwb.socket, says how it is, and whoever comes while it is
// started again waits for a moment.
func TestService(t *testing.T) {
	m, b := newManager(t), newBridge(t)
	service, socket := readUnit(t, "zwb.service"), listen(t)
	name := readUnit(t, "zwb.socket")["FileDescriptorName"][0]
	url := "http://" + socket.Addr().String() + "/readyz"
	for range 2 {
		early := make(chan int, 1)
		go func() { early <- status(t, url) }() // nobody accepts this connection yet
		process, _ := m.start(b, service["Environment"], name, socket)
		m.await("READY=1")
		if got := <-early; got != 200 {
			t.Errorf("who came before the bridge gets %d", got)
		}
		m.await("WATCHDOG=1")
		m.await("WATCHDOG=1")
		reload := exec.Command("sh", "-c", service["ExecReload"][0])
		reload.Env = append(os.Environ(), fmt.Sprint("MAINPID=", process.Process.Pid))
		if err := reload.Run(); err != nil {
			t.Fatal(err)
		}
		if said := m.await("RELOADING=1"); !strings.Contains(said, "\nMONOTONIC_USEC=") {
			t.Errorf("it says %q", said)
		}
		m.await("READY=1")
		process.Process.Signal(syscall.SIGTERM)
		if said := m.await("STOPPING=1"); !strings.Contains(said, "\nEXTEND_TIMEOUT_USEC=40000000") {
			t.Errorf("it says %q", said)
		}
		if err := process.Wait(); err != nil {
			t.Error(err)
		}
	}
}

// TestWatchdog: a process that hangs is heard no more, for longer than the watchdog waits. One that is stopped hangs in all of its parts.
func TestWatchdog(t *testing.T) {
	m, b := newManager(t), newBridge(t)
	process, _ := m.start(b, readUnit(t, "zwb.service")["Environment"], readUnit(t, "zwb.socket")["FileDescriptorName"][0], listen(t))
	m.await("READY=1")
	m.await("WATCHDOG=1")
	process.Process.Signal(syscall.SIGSTOP)
	message := make([]byte, 4096)
	for range 100 { // what was said before it hung, which is not much
		m.told.SetReadDeadline(time.Now().Add(3 * watchdog))
		if _, _, err := m.told.ReadFrom(message); err != nil {
			process.Process.Signal(syscall.SIGCONT)
			m.await("WATCHDOG=1")
			return
		}
	}
	t.Error("it hangs, and says that it lives")
}

// TestSocketsByName: sockets go where the settings say, and one that nobody takes is a mistake.
func TestSocketsByName(t *testing.T) {
	m, b := newManager(t), newBridge(t)
	pages, admin := listen(t), listen(t)
	process, _ := m.start(b, []string{"ZWB_LISTEN=systemd", "ZWB_ADMIN=systemd:admin"}, "web:admin", pages, admin)
	m.await("READY=1")
	if got := status(t, "http://"+admin.Addr().String()+"/metrics"); got != 200 {
		t.Errorf("the admin listener: %d", got)
	}
	if got := status(t, "http://"+pages.Addr().String()+"/metrics"); got != 404 {
		t.Errorf("the admin's metrics at the other listener: %d", got)
	}
	process.Process.Kill()
	process.Wait()

	for _, test := range []struct{ listen, sockets, want string }{
		{"127.0.0.1:0", "web", "systemd has opened the socket web, and nobody listens there"},
		{"systemd:other", "web", "systemd has opened the socket web, and nobody listens there"},
		{"systemd;systemd:other", "web", "systemd has opened no such socket"},
	} {
		process, said := m.start(b, []string{"ZWB_LISTEN=" + test.listen}, test.sockets, pages)
		if err := process.Wait(); err == nil || !strings.Contains(said.String(), test.want) {
			t.Errorf("listen: %s: %v, %s", test.listen, err, said)
		}
	}
	cmd := exec.Command(zwb, "serve", "--listen", "systemd")
	if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), "is the socket unit started") {
		t.Errorf("without any: %v, %s", err, out)
	}
}

// mostExposure is what systemd-analyze may make of the service, in tenths: 100 is a service that may do everything.
const mostExposure = "15"

// TestUnits: systemd finds nothing wrong with the units, and little that the service may do.
func TestUnits(t *testing.T) {
	analyze, err := exec.LookPath("systemd-analyze")
	if err != nil {
		t.Fatal("systemd-analyze is not installed: .ci/deps gets it")
	}
	folder := t.TempDir()
	service, socket := filepath.Join(folder, "zwb.service"), filepath.Join(folder, "zwb.socket")
	write(t, service, strings.ReplaceAll(read(t, "zwb.service"), "/usr/local/bin/zwb", zwb))
	write(t, socket, read(t, "zwb.socket"))
	for _, args := range [][]string{{"verify", "--man=no", service, socket}, {"security", "--offline=true", "--threshold=" + mostExposure, service}} {
		cmd := exec.Command(analyze, args...)
		cmd.Env = append(os.Environ(), "SYSTEMD_UNIT_PATH="+folder+":")
		out, err := cmd.CombinedOutput()
		if err != nil || args[0] == "verify" && len(out) > 0 {
			t.Errorf("systemd-analyze %s: %v\n%s", args[0], err, out)
		}
	}
	if kinds := readUnit(t, "zwb.service")["Type"]; !slices.Equal(kinds, []string{"notify"}) {
		t.Errorf("it is of type %q", kinds)
	}
}
