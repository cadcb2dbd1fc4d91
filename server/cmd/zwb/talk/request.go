package talk

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
)

func request() *cobra.Command {
	s := &session{timeout: 5 * time.Second}
	return s.repeating(newCommand("req NAME [PART…] [flags]", "send requests, and print the replies",
		"zwb req sends a request to the endpoint NAME and prints its reply. Each PART is a part of the request; @FILE is what is in a\n"+
			"file, and @- what is piped in. Without a PART, each line that is piped in is a request.",
		"  zwb req echo hello\n"+
			"  zwb req --direct tcp://127.0.0.1:10001 hello --count 3 --interval 1s\n"+
			"  zwb req resize @photo.jpg --as hex | head -c 80\n"+
			"  seq 3 | zwb req echo",
		s, func(ctx context.Context, s *session, name string, args []string) error {
			socket, err := s.place.Socket(zmq.REQ, name)
			if err != nil {
				return err
			}
			return s.messages(ctx, args, func(m core.Message) error {
				ctx, cancel := s.within(ctx)
				defer cancel()
				reply, err := socket.Request(ctx, m...)
				if err != nil {
					return err
				}
				return s.out.Message(reply, time.Time{})
			})
		}))
}
