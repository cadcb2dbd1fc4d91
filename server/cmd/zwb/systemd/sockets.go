package systemd

import (
	"net"

	"github.com/coreos/go-systemd/v22/activation"
)

// Sockets are the listeners that were opened for this process, by their names: FileDescriptorName= of the socket unit, or the
// name of that unit. They are handed over once, and not to the children of this process.
func Sockets() (map[string][]net.Listener, error) { return activation.ListenersWithNames() }
