package settings

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp/curve"
)

// securityFile is the file that --security names. It says for each address how the bridge proves to the backend who it is.
//
//	{
//	  "tcp://10.0.0.5:5555": {"curve": {"server": "<its public key>", "secret": "<ours>"}},
//	  "tcp://10.0.0.6:5555": {"plain": {"username": "bridge", "password": "…"}}
//	}
//
// Keys are in Z85, the text form that zmq_curve_keypair returns.
type securityFile map[string]struct {
	Plain *struct {
		Username string `json:"username"`
		Password string `json:"password"`
	} `json:"plain"`
	Curve *struct {
		Server string `json:"server"`
		Secret string `json:"secret"`
	} `json:"curve"`
}

// ReadSecurity reads the file. Its errors name the address, but never a secret.
func ReadSecurity(name string) (map[core.Endpoint]gateway.Security, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var file securityFile
	decoder := json.NewDecoder(bytes.NewReader(b))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&file); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	backends := map[core.Endpoint]gateway.Security{}
	for address, entry := range file {
		ep, err := core.ParseAddress(address)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		var s gateway.Security
		switch {
		case entry.Plain != nil && entry.Curve == nil:
			s.Plain = &gateway.Plain{Username: entry.Plain.Username, Password: entry.Plain.Password}
		case entry.Curve != nil && entry.Plain == nil:
			if s.Curve, err = curveKeys(entry.Curve.Server, entry.Curve.Secret); err != nil {
				return nil, fmt.Errorf("%s: %s: %w", name, address, err)
			}
		default:
			return nil, fmt.Errorf("%s: %s: write either plain or curve", name, address)
		}
		backends[ep] = s
	}
	return backends, nil
}

func curveKeys(server, secret string) (*curve.Keys, error) {
	var keys curve.Keys
	var err error
	if keys.Server, err = curve.ParseKey(server); err != nil {
		return nil, fmt.Errorf("curve.server: %w", err)
	}
	if keys.Secret, err = curve.ParseKey(secret); err != nil {
		return nil, fmt.Errorf("curve.secret: %w", err)
	}
	return &keys, nil
}
