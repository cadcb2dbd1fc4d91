package talk

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
)

func push() *cobra.Command {
	s := &session{timeout: 5 * time.Second}
	return s.repeating(newCommand("push NAME [PART…] [flags]", "hand out work",
		"zwb push sends a message to one of those that take work at the endpoint NAME. Without a PART, each line that is piped in is a\n"+
			"message. It ends when all of it is with a backend.",
		"  zwb push jobs '{\"job\": 1}'\n"+
			"  zwb push --direct tcp://127.0.0.1:5557 --bind < jobs.txt",
		s, sending(zmq.PUSH)))
}

func publish() *cobra.Command {
	s := &session{timeout: 5 * time.Second}
	return s.repeating(newCommand("pub NAME [TOPIC [PART…]] [flags]", "publish messages",
		"zwb pub publishes a message at the endpoint NAME; its first part is the topic. Without one, each line that is piped in is a message. As always\n"+
			"in ZeroMQ, a publisher sends to who is there: with --bind, to those that have connected and subscribed by then.",
		"  zwb pub chat room.1 'hello everybody'\n"+
			"  zwb sub prices fx. --json | zwb pub copy --json",
		s, sending(zmq.PUB)))
}

// sending sends all messages, and waits until they have left.
func sending(kind zmq.SocketType) func(ctx context.Context, s *session, name string, args []string) error {
	return func(ctx context.Context, s *session, name string, args []string) error {
		socket, err := s.place.Socket(kind, name)
		if err != nil {
			return err
		}
		ready, cancel := s.within(ctx)
		defer cancel()
		if err := socket.Ready(ready); err != nil {
			return err
		}
		if err := s.messages(ctx, args, func(m core.Message) error { return s.send(ctx, socket, m) }); err != nil {
			return err
		}
		return s.leave(ctx, socket)
	}
}

func (s *session) send(ctx context.Context, socket *zmq.Socket, m core.Message) error {
	ctx, cancel := s.within(ctx)
	defer cancel()
	return socket.Send(ctx, m...)
}

// leave waits until what was sent is with a backend.
func (s *session) leave(ctx context.Context, socket *zmq.Socket) error {
	ctx, cancel := s.within(ctx)
	defer cancel()
	left, err := socket.Shutdown(ctx)
	if err == nil && left > 0 {
		err = core.NewError(core.Unavailable, fmt.Sprintf("%d messages found no backend", left))
	}
	return err
}
