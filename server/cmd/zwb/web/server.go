package web

import (
	"log/slog"
	"net/http"
	"time"
)

// NewServer has a deadline for everything but WebSockets, which have their own. Its listeners are those that door guards.
func NewServer(handler http.Handler, door *Door, log *slog.Logger) *http.Server {
	return &http.Server{
		Handler:           bounded(handler),
		ReadHeaderTimeout: headerTime,
		ReadTimeout:       headerTime,
		WriteTimeout:      answerTime,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    maxHeader,
		ConnState:         door.changed,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}
