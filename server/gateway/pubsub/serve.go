package pubsub

import (
	"context"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway/zmtp"
)

// Serve uses a connection to a publisher until it ends, and returns why it did. Down follows it. A connection whose queue
// is not set gets one.
func (f *Feed) Serve(ctx context.Context, publisher int, conn *zmtp.Conn) error {
	f.endpoint.Store(&conn.Endpoint)
	changed, alone := f.connected(publisher, conn.Address)
	s := &synchronizer{feed: f, publisher: publisher, conn: conn, changed: changed}
	if conn.Out == nil {
		conn.Out = zmtp.NewQueue(f.connections)
	}
	conn.LendMessages()
	alone = alone && f.filling == nil // who fills takes turns with it
	t := turn{feed: f, shared: !alone}
	if alone {
		f.receive(publisher, conn, &t)
	} else {
		f.receiveInTurn(publisher, conn, &t)
	}
	conn.OnPong = s.pong
	conn.Patience = s.patience
	conn.Live() // before anything can be said of a subscription

	ctx, end := context.WithCancelCause(ctx)
	defer end(nil)
	// The synchronizer is ended by ctx and joined here; when it fails, so does the connection.
	synced := make(chan struct{})
	go func() {
		defer close(synced)
		end(s.run(ctx))
	}()
	err := conn.Run(ctx)
	t.end() // of what is gathered the log has heard, if it failed
	end(err)
	<-synced
	return err
}

// connected has every prefix sent to a publisher: a new connection knows none. It returns what tells of more to be sent, and
// whether there is no other publisher.
func (f *Feed) connected(publisher int, at core.Endpoint) (changed <-chan struct{}, alone bool) {
	defer f.wake()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.interest.Connected(publisher)
	f.counting.reached(publisher, at)
	return f.changed[publisher], len(f.changed) == 1
}

// Down notes that there is no connection to a publisher: nothing is live there any more, and nothing is to be sent. It calls
// those who need not wait for it any more.
func (f *Feed) Down(publisher int) {
	for _, live := range f.disconnected(publisher) {
		live()
	}
}

func (f *Feed) disconnected(publisher int) (calls []func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	live := f.interest.Disconnected(publisher)
	if f.log != nil && !f.counting.tells(publisher) {
		f.log.Interrupt(1 << publisher)
	}
	if f.interest.Connections() == 0 {
		return nil
	}
	f.recordAgain()
	return append(f.endVigils(), live...)
}

// wake tells the synchronizers that there is something to send.
func (f *Feed) wake() {
	f.mu.RLock()
	defer f.mu.RUnlock()
	for _, changed := range f.changed {
		select {
		case changed <- struct{}{}:
		default:
		}
	}
}
