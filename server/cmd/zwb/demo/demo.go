package demo

import (
	"context"
	"encoding/json"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/settings"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// Start starts the backends. stop ends them and waits until they have ended.
func Start(at settings.DemoAt, log *slog.Logger) (stop func(), err error) {
	d := &demo{at: at, factory: gateway.NewFactory(gateway.Config{Log: log}), log: log}
	ctx, cancel := context.WithCancel(context.Background())
	stop = func() {
		cancel()
		d.running.Wait()
		d.factory.Close()
	}
	if err := d.start(ctx); err != nil {
		stop()
		return nil, err
	}
	return stop, nil
}

type demo struct {
	at      settings.DemoAt
	factory *gateway.Factory
	log     *slog.Logger
	running sync.WaitGroup
}

func (d *demo) start(ctx context.Context) error {
	users, err := zmq.NewRPCServer(&demoService{}, zmq.RPCOptions{})
	if err != nil {
		return err
	}
	if err := d.rep(d.at.Echo(), func(m core.Message) core.Message { return m }); err != nil {
		return err
	}
	if err := d.rep(d.at.RPC(), func(m core.Message) core.Message {
		return core.Message{users.Handle(ctx, m[len(m)-1])}
	}); err != nil {
		return err
	}
	return d.ticker(ctx, d.at.Ticker())
}

// rep serves a REP at an address, which answers each request with the result of answer.
func (d *demo) rep(address string, answer func(core.Message) core.Message) error {
	ep, err := core.ParseAddress(address)
	if err != nil {
		return err
	}
	gw, err := d.factory.Rep(ep)
	if err != nil {
		return err
	}
	_, err = gw.Serve("demo", func(in *gateway.Incoming) {
		if err := in.Reply(answer(in.Message)); err != nil {
			d.log.Debug("demo: reply not delivered", "err", err)
		}
	})
	return err
}

// ticker publishes two exchange rates ten times a second, and the time once a second.
func (d *demo) ticker(ctx context.Context, address string) error {
	ep, err := core.ParseAddress(address)
	if err != nil {
		return err
	}
	gw, err := d.factory.Pub(ep)
	if err != nil {
		return err
	}
	d.running.Go(func() {
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		rates := map[string]float64{"fx.EURUSD": 1.1, "fx.GBPUSD": 1.3}
		for n := 0; ; n++ {
			select {
			case <-ctx.Done():
				return
			case now := <-tick.C:
				d.publish(gw, n, now, rates)
			}
		}
	})
	return nil
}

func (d *demo) publish(gw *gateway.PubGateway, n int, now time.Time, rates map[string]float64) {
	send := func(topic string, body any) {
		b, err := json.Marshal(body)
		if err == nil {
			err = gw.Publish(core.Message{[]byte(topic), b})
		}
		if err != nil {
			d.log.Debug("demo: not published", "topic", topic, "err", err)
		}
	}
	if n%10 == 0 {
		send("time", map[string]any{"time": now.UTC().Format(time.RFC3339Nano), "tick": n / 10})
	}
	for _, pair := range []string{"fx.EURUSD", "fx.GBPUSD"} {
		rates[pair] *= 1 + (rand.Float64()-0.5)/2000
		mid := rates[pair]
		send(pair, map[string]any{"bid": round(mid - 0.00005), "ask": round(mid + 0.00005), "time": now.UnixMilli()})
	}
}

func round(rate float64) float64 { return float64(int64(rate*1e5+0.5)) / 1e5 }

// demoService is the value whose methods pages can call.
type demoService struct {
	mu    sync.Mutex
	users map[string]bool
}

// Echo returns its argument. It also accepts keyword arguments, and ignores them.
func (*demoService) Echo(v any, _ zmq.Kwargs) any { return v }

// Add returns the sum of two numbers.
func (*demoService) Add(a, b float64) float64 { return a + b }

const demoUsers = 1000 // how many users are remembered; when there are more, all are forgotten

// AddUser remembers a user and returns how many there are.
func (s *demoService) AddUser(name, password string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.users == nil || len(s.users) >= demoUsers {
		s.users = map[string]bool{}
	}
	s.users[name] = true
	return len(s.users)
}

// CanAddUser guards AddUser: it is asked first, with the same arguments.
func (*demoService) CanAddUser(name, password string) bool { return name != "" && password != "" }
