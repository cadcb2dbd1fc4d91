package probe

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"time"
)

// banners are how servers begin to speak that are taken for ZeroMQ peers, most often for a wrong port.
var banners = []struct {
	prefix  string
	finding Finding
	is      string
}{
	{"HTTP/1.1 101", WebSocket, "a WebSocket server"},
	{"HTTP/1.1 426", WebSocket, "a WebSocket server"},
	{"HTTP/", Web, "a web server"},
	{"\x15\x03", TLS, "a TLS server"}, // an alert
	{"SSH-", Foreign, "an SSH server"},
	{"220", Foreign, "a mail or FTP server"},
	{"AMQP", Foreign, "an AMQP broker"},
	{"INFO {", Foreign, "a NATS server"},
	{"-ERR", Foreign, "a Redis server"},
	{"RFB ", Foreign, "a VNC server"},
}

const (
	// bannerSize is what a banner is recognized by.
	bannerSize = 12

	// bannerGrace is how long the rest of a banner may take that comes in pieces.
	bannerGrace = 100 * time.Millisecond

	// webRequest is what a browser says. No web server says anything before.
	webRequest = "GET / HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)

// recognize names what speaks like that.
func recognize(said []byte) (f Finding, is string) {
	if bytes.HasPrefix(said, []byte("HTTP/")) && bytes.Contains(said, []byte("HTTPS")) {
		return TLS, "a web server behind TLS" // Go and nginx explain that to whoever speaks HTTP there
	}
	for _, b := range banners {
		if bytes.HasPrefix(said, []byte(b.prefix)) {
			return b.finding, b.is
		}
	}
	return Foreign, "another protocol"
}

// askForPage says what a browser would, and returns the beginning of the answer.
func (p *probe) askForPage(ctx context.Context) []byte {
	conn, err := p.dial(ctx, p.report.Reached)
	if err != nil {
		return nil
	}
	defer endWith(ctx, conn)()
	conn.SetDeadline(after(ctx, 1))
	fmt.Fprintf(conn, webRequest, p.report.Reached) // an error shows again when the answer is read
	answer := make([]byte, 1024)
	n, _ := io.ReadAtLeast(conn, answer, bannerSize)
	return answer[:n]
}

// firstLine is what of a banner is fit to be shown.
func firstLine(said []byte) []byte {
	line, _, _ := bytes.Cut(said[:min(len(said), 48)], []byte("\n"))
	return bytes.TrimSuffix(line, []byte("\r"))
}
