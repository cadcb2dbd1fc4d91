package network

import (
	"context"
	"math/rand/v2"
	"net"
	"sync"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/js/e2e/chaos/schedule"
)

// Proxy stands between a client and the bridge, and plays a bad network.
type Proxy struct {
	listener net.Listener
	harmed   func(at time.Time, what string) // called for every connection that a fault ends
	truce    sync.RWMutex                    // while it is locked, no fault happens

	mu sync.Mutex

	target  string // the address to which new connections go
	links   map[*link]struct{}
	more    chan struct{} // closed and replaced when there is a new link
	weather weather
	counts  [schedule.Kinds]int // how many faults of each kind have happened
	closed  bool
	running sync.WaitGroup
}

// dialTimeout is how long the bridge may take to accept.
const dialTimeout = 20 * time.Second

// weather is the conditions that all connections have for a while.
type weather struct {
	delay time.Duration // delay of every chunk
	rate  int           // bytes per second in each direction; 0: no limit
}

func NewProxy(target string, harmed func(time.Time, string)) (*Proxy, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &Proxy{listener: listener, harmed: harmed, target: target, links: map[*link]struct{}{}, more: make(chan struct{})}
	p.running.Add(1)
	go p.accept() // runs until close, which waits for it
	return p, nil
}

func (p *Proxy) Address() string { return p.listener.Addr().String() }

func (p *Proxy) accept() {
	defer p.running.Done()
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}
		p.running.Go(func() { p.connect(client.(*net.TCPConn)) })
	}
}

// connect serves one connection. If nobody listens at the target, the client is refused, as it would be without a proxy.
func (p *Proxy) connect(client *net.TCPConn) {
	p.mu.Lock()
	target := p.target
	p.mu.Unlock()
	server, err := net.DialTimeout("tcp", target, dialTimeout)
	if err != nil {
		reset(client)
		return
	}
	l := &link{proxy: p, client: client, server: server.(*net.TCPConn), start: time.Now(), ended: make(chan struct{})}
	if !p.join(l) {
		l.reset()
		return
	}
	l.run()
	p.mu.Lock()
	delete(p.links, l)
	p.mu.Unlock()
}

func (p *Proxy) join(l *link) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.links[l] = struct{}{}
	close(p.more)
	p.more = make(chan struct{})
	return true
}

// Pause keeps faults away until the function that it returns is called.
func (p *Proxy) Pause() (over func()) {
	p.truce.Lock()
	return p.truce.Unlock
}

// Count is how many faults of a kind have happened.
func (p *Proxy) Count(k schedule.Kind) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.counts[k]
}

// Aim leads new connections to another bridge. Those that exist stay where they are.
func (p *Proxy) Aim(target string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.target = target
}

// changeWeather sets the conditions of all connections, until it is called again.
func (p *Proxy) changeWeather(w weather) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.weather = w
}

func (p *Proxy) conditions() weather {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.weather
}

// victim waits for a connection to which no fault has happened yet, and claims it.
func (p *Proxy) victim(ctx context.Context) (*link, error) {
	for {
		p.mu.Lock()
		more := p.more
		for l := range p.links {
			if l.befall() {
				p.mu.Unlock()
				return l, nil
			}
		}
		p.mu.Unlock()
		select {
		case <-more:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (p *Proxy) Close() {
	p.listener.Close()
	p.mu.Lock()
	p.closed = true
	for l := range p.links {
		l.reset()
	}
	p.mu.Unlock()
	p.running.Wait()
}

// Quiet tells whether no connection has a fault that is still to happen.
func (p *Proxy) Quiet() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	for l := range p.links {
		if l.armed() {
			return false
		}
	}
	return true
}

// somewhere is a random place in a chunk of this size.
func somewhere(size int) int { return rand.IntN(size) }
