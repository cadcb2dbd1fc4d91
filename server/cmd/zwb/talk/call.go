package talk

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
)

// callFlags are what zwb rpc has besides.
type callFlags struct {
	list, stream bool
	named        []string
}

func call() *cobra.Command {
	s, f := &session{timeout: 5 * time.Second}, new(callFlags)
	c := newCommand("rpc NAME FUNCTION [ARGUMENT…] [flags]", "call a function of an RPC server",
		"zwb rpc calls a function of the RPC server at the endpoint NAME and prints what it returns. An ARGUMENT that is JSON is that; any\n"+
			"other is a text. The server is one of this project's, or one that speaks its envelopes (PROTOCOL.md, section 14).",
		"  zwb rpc calc add 1 2\n"+
			"  zwb rpc users add_user hugo --named admin=true\n"+
			"  zwb rpc calc --list\n"+
			"  zwb rpc logs tail app.log --stream",
		s, func(ctx context.Context, s *session, name string, args []string) error {
			return f.run(ctx, s, name, args)
		})
	c.Flags().BoolVar(&f.list, "list", false, "list the functions that the server describes")
	c.Flags().BoolVar(&f.stream, "stream", false, "the function answers with a stream, at a ROUTER: print what comes")
	c.Flags().StringArrayVar(&f.named, "named", nil, "an argument with a name, as in `name=value`; repeat for more")
	return c
}

func (f *callFlags) run(ctx context.Context, s *session, name string, args []string) error {
	if len(args) == 0 && !f.list {
		return core.NewError(core.Invalid, "which function? zwb rpc NAME --list says what there is, where the server tells")
	}
	values, err := f.arguments(args)
	if err != nil {
		return err
	}
	if f.stream {
		return f.streamed(ctx, s, name, args[0], values)
	}
	socket, err := s.place.Socket(zmq.REQ, name)
	if err != nil {
		return err
	}
	client := zmq.NewRPCClient(socket)
	ctx, cancel := s.within(ctx)
	defer cancel()
	if f.list {
		described, err := client.Describe(ctx)
		if err != nil {
			return err
		}
		return s.describe(described)
	}
	result, err := client.Call(ctx, args[0], values...)
	if err != nil {
		return err
	}
	return s.result(result)
}

// arguments are those behind the function, and the named ones.
func (f *callFlags) arguments(args []string) (values []any, err error) {
	if len(args) > 0 {
		for _, arg := range args[1:] {
			values = append(values, argument(arg))
		}
	}
	named := zmq.Kwargs{}
	for _, text := range f.named {
		name, value, ok := strings.Cut(text, "=")
		if !ok || name == "" {
			return nil, core.NewError(core.Invalid, fmt.Sprintf("--named %q: write name=value", text))
		}
		named[name] = argument(value)
	}
	if len(named) > 0 {
		values = append(values, named)
	}
	return values, nil
}

func argument(text string) any {
	if json.Valid([]byte(text)) {
		return json.RawMessage(text)
	}
	return text
}

func (f *callFlags) streamed(ctx context.Context, s *session, name, function string, values []any) error {
	socket, err := s.place.Socket(zmq.DEALER, name)
	if err != nil {
		return err
	}
	client := zmq.NewStreamClient(socket, zmq.StreamClientOptions{})
	defer client.Close()
	for item, err := range client.Stream(ctx, function, values...) {
		if err != nil {
			return err
		}
		if err := s.result(item); err != nil {
			return err
		}
	}
	return nil
}

// result prints what a function returns: for people over several lines if it is large.
func (s *session) result(value json.RawMessage) error {
	var out bytes.Buffer
	indent := json.Compact
	if !s.out.Lines {
		indent = func(to *bytes.Buffer, from []byte) error { return json.Indent(to, from, "", "  ") }
	}
	if err := indent(&out, value); err != nil {
		return core.NewError(core.Protocol, "the server returns what is no JSON")
	}
	out.WriteByte('\n')
	_, err := s.out.W.Write(out.Bytes())
	return err
}
