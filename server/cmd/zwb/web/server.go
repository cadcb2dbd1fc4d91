package web

import (
	"log/slog"
	"net/http"
	"time"
)

// profileTime is how long an answer to who runs the bridge may take: a profile of 30 s, and somewhat more.
const profileTime = 90 * time.Second

// NewAdminServer is NewServer for those who run the bridge, and may ask for what takes its time.
func NewAdminServer(handler http.Handler, door *Door, log *slog.Logger) *http.Server {
	s := NewServer(handler, nil, door, log)
	s.Handler, s.WriteTimeout = handler, profileTime
	return s
}

// NewServer has a deadline for everything but WebSockets, and requests at paths that have sessions: these have their own. Its
// listeners are those that door guards. Nil: no path has sessions.
func NewServer(handler http.Handler, hasSession func(path string) bool, door *Door, log *slog.Logger) *http.Server {
	if hasSession == nil {
		hasSession = func(string) bool { return false }
	}
	return &http.Server{
		Handler:           door.bounded(handler, hasSession),
		ConnContext:       withConn,
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       headerTime,
		WriteTimeout:      answerTime,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    maxHeader,
		ConnState:         door.changed,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}
