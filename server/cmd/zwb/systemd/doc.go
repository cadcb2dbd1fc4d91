// Package systemd is what zwb serve has to do with the service manager that may have started it: it takes over the sockets that
// were opened for it ([Sockets]), and says how it is ([Manager]). Without such a manager there are no sockets, and nothing is
// said. The protocols are those of sd_listen_fds(3) and sd_notify(3), which others than systemd speak, too.
package systemd
