package local

import (
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Server is NATS within the process.
type Server struct {
	held   *flock.Flock // of the folder: two processes would destroy what is in it
	server *server.Server
	conn   *nats.Conn
	js     jetstream.JetStream
}

const (
	startTime = 10 * time.Second // to read what is there

	// syncEvery is how often what was written is brought to the disk. What a process has written outlives the process; only when the
	// machine loses its power are the last seconds gone.
	syncEvery = 5 * time.Second

	// Leases are in memory, and nothing else.
	memory = 16 << 20
)

// Start begins to keep things in a folder, which is made if it is not there. The error is Conflict when another process has it.
func Start(dir string) (_ *Server, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, core.NewError(core.Invalid, err.Error())
	}
	s := &Server{held: flock.New(filepath.Join(dir, "lock"))}
	switch has, err := s.held.TryLock(); {
	case err != nil:
		return nil, core.NewError(core.Invalid, err.Error())
	case !has:
		return nil, core.NewError(core.Conflict, "another process has "+dir)
	}
	defer func() {
		if err != nil {
			s.Close()
		}
	}()
	s.server, err = server.NewServer(&server.Options{
		ServerName: "zwb", DontListen: true, NoSigs: true, NoLog: true,
		JetStream: true, StoreDir: dir, JetStreamMaxMemory: memory, SyncInterval: syncEvery,
		MaxPayload: maxPayload, MaxPending: 4 * maxPayload,
	})
	if err != nil {
		return nil, core.NewError(core.Invalid, err.Error())
	}
	s.server.Start()
	if !s.server.ReadyForConnections(startTime) || !s.server.JetStreamEnabled() {
		return nil, core.NewError(core.Unavailable, "the histories in "+dir+" cannot be used: "+trouble(dir))
	}
	s.conn, err = nats.Connect("", nats.InProcessServer(s.server), nats.MaxReconnects(-1), nats.ReconnectBufSize(-1))
	if err != nil {
		return nil, core.NewError(core.Unavailable, err.Error())
	}
	s.js, err = jetstream.New(s.conn)
	if err != nil {
		return nil, core.NewError(core.Internal, err.Error())
	}
	return s, nil
}

// maxPayload is more than a message of ZeroMQ may have here.
const maxPayload = 17 << 20

// trouble is what can be said of a folder that JetStream does not take.
func trouble(dir string) string {
	probe, err := os.CreateTemp(dir, "probe")
	if err != nil {
		return err.Error()
	}
	probe.Close()
	os.Remove(probe.Name())
	return "JetStream does not begin"
}

// JetStream is for streams and buckets, of which one copy each is kept.
func (s *Server) JetStream() jetstream.JetStream { return s.js }

// Close ends it. What was stored is on the disk then.
func (s *Server) Close() {
	if s.conn != nil {
		s.conn.Close()
	}
	if s.server != nil {
		s.server.Shutdown()
		s.server.WaitForShutdown()
	}
	s.held.Unlock()
}
