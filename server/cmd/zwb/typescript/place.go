package typescript

import (
	"errors"
	"net/url"
	"path"
	"strings"
)

var errAddress = errors.New("the address of a bridge is like http://127.0.0.1:8000, or like wss://bridge.example.org/data")

// Place is where a bridge lists its endpoints. The address is that of its console, or of its WebSocket.
func Place(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	if err != nil || u.Hostname() == "" {
		return nil, errAddress
	}
	switch u.Scheme {
	case "http", "https":
	case "ws", "wss":
		u.Scheme = "http" + strings.TrimPrefix(u.Scheme, "ws")
	default:
		return nil, errAddress
	}
	folder := u.Path
	if last := path.Base(folder); last == "data" || last == "endpoints" {
		folder = path.Dir(folder)
	}
	return &url.URL{Scheme: u.Scheme, User: u.User, Host: u.Host, Path: path.Join("/", folder, "endpoints")}, nil
}
