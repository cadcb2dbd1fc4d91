package reach

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/pflag"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/typescript"
)

// Flags say where sockets are opened. The zero value is a bridge on this machine, and nobody in particular.
type Flags struct {
	Bridge
	Context string // the name of one in the file; "": the selected one

	Direct   string // the address of a backend, for which no bridge is needed
	Bind     bool
	Params   string // JSON
	Identity string

	HWM int // messages that a socket holds, here and in a bridge of one's own; 0: their default. It is no flag
}

// Bridge is a bridge, and who somebody is there.
type Bridge struct {
	URL       string `yaml:"url,omitempty"`
	Token     string `yaml:"token,omitempty"`
	TokenFile string `yaml:"token_file,omitempty"`
}

// DefaultURL is where a bridge listens that was told nothing else.
const DefaultURL = "http://127.0.0.1:8000"

// Register adds the flags to those of a command.
func (f *Flags) Register(to *pflag.FlagSet) {
	f.Bridge.Register(to)
	to.StringVar(&f.Context, "context", "", "`name` of a bridge that zwb context save has kept; default the selected one, or $ZWB_CONTEXT")
	to.StringVar(&f.Direct, "direct", "", "`address` of a backend, as in tcp://127.0.0.1:5555: goes there without a bridge")
	to.BoolVar(&f.Bind, "bind", false, "listen at the address, rather than connect to it")
	to.StringVar(&f.Params, "params", "", "`JSON` that the rules are told of this connect")
	to.StringVar(&f.Identity, "identity", "", "`name` by which the backend is to know this socket")
}

// Register adds the flags that say which bridge.
func (b *Bridge) Register(to *pflag.FlagSet) {
	to.StringVar(&b.URL, "url", "", "`URL` of the bridge; default $ZWB_URL, or "+DefaultURL)
	to.StringVar(&b.Token, "token", "", "`token` of the user, which others on this machine may see; default $ZWB_TOKEN")
	to.StringVar(&b.TokenFile, "token-file", "", "`file` with the token")
}

// Check says what is wrong with the flags.
func (b *Bridge) Check() error {
	if b.Token != "" && b.TokenFile != "" {
		return wrong("--token and --token-file are two ways to say the same")
	}
	if b.URL == "" {
		return nil
	}
	_, err := webSocket(b.URL)
	return err
}

// choose finds the bridge: what a flag says wins over a variable, and that over the file.
func (f *Flags) choose() (Bridge, error) {
	if err := f.Check(); err != nil {
		return Bridge{}, err
	}
	chosen, err := f.kept()
	if err != nil {
		return Bridge{}, err
	}
	chosen.over(Bridge{URL: os.Getenv("ZWB_URL"), Token: os.Getenv("ZWB_TOKEN")})
	chosen.over(f.Bridge)
	if chosen.URL == "" {
		chosen.URL = DefaultURL
	}
	if chosen.TokenFile == "" {
		return chosen, nil
	}
	text, err := os.ReadFile(chosen.TokenFile)
	if err != nil {
		return Bridge{}, err
	}
	if chosen.Token = strings.TrimSpace(string(text)); chosen.Token == "" {
		return Bridge{}, errors.New(chosen.TokenFile + ": there is no token in it")
	}
	return chosen, nil
}

// kept is the bridge of the context that was named, or selected.
func (f *Flags) kept() (Bridge, error) {
	name := f.Context
	if name == "" {
		name = os.Getenv("ZWB_CONTEXT")
	}
	contexts, err := ReadContexts()
	if err != nil {
		return Bridge{}, err
	}
	if name == "" {
		return contexts.Bridges[contexts.Selected], nil
	}
	kept, known := contexts.Bridges[name]
	if !known {
		return Bridge{}, wrong(fmt.Sprintf("there is no context %q; see zwb context list", name))
	}
	return kept, nil
}

// over takes what the other one says. A token is for the bridge that it was said for: it goes to no other.
func (b *Bridge) over(other Bridge) {
	if other.URL != "" && other.URL != b.URL {
		*b = Bridge{URL: other.URL}
	}
	if other.Token != "" {
		b.Token, b.TokenFile = other.Token, ""
	}
	if other.TokenFile != "" {
		b.Token, b.TokenFile = "", other.TokenFile
	}
}

// webSocket is where a bridge has its WebSocket, of the address of that or of its console.
func webSocket(address string) (string, error) {
	u, err := typescript.Place(address)
	if err != nil {
		return "", wrong(err.Error())
	}
	u.Scheme = "ws" + strings.TrimPrefix(u.Scheme, "http")
	u.Path = strings.TrimSuffix(u.Path, "endpoints") + "data"
	return u.String(), nil
}

func (f *Flags) params() (any, error) {
	if f.Params == "" {
		return nil, nil
	}
	if !json.Valid([]byte(f.Params)) {
		return nil, wrong("--params is JSON, as in '{\"desk\": 3}'")
	}
	return json.RawMessage(f.Params), nil
}

func wrong(text string) error { return core.NewError(core.Invalid, text) }
