//go:build !js

package wsconn

import (
	"errors"
	"io"
	"net/http"
)

// errCut is what the library is told of a connection that has ended without an answer to a Close. It takes io.EOF for the end of the
// message that it reads, whose first part would then pass for all of it.
var errCut = errors.New("the connection was cut")

func cut(err error) error {
	if errors.Is(err, io.EOF) {
		return errCut
	}
	return err
}

// cutting is a transport whose upgraded connections end with errCut.
type cutting struct{ http.RoundTripper }

// RoundTrip is part of http.RoundTripper.
func (c cutting) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := c.RoundTripper.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if conn, ok := resp.Body.(io.ReadWriteCloser); ok && resp.StatusCode == http.StatusSwitchingProtocols {
		resp.Body = upgraded{conn}
	}
	return resp, nil
}

// upgraded is the connection that a server has upgraded.
type upgraded struct{ io.ReadWriteCloser }

// Read is part of io.Reader.
func (u upgraded) Read(p []byte) (int, error) {
	n, err := u.ReadWriteCloser.Read(p)
	return n, cut(err)
}

// dialing is the client of all programs, but for how connections end.
func dialing() *http.Client {
	client := *http.DefaultClient
	if client.Transport == nil {
		client.Transport = http.DefaultTransport
	}
	client.Transport = cutting{client.Transport}
	return &client
}
