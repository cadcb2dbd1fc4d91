package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server/bench/backend"
	"github.com/zmqwebbridge/zmqwebbridge/server/bench/intruder"
)

// attackers are those who attack together, with backends of their own.
type attackers struct {
	context.Context
	door  *intruder.Door
	done  atomic.Int64 // what they have done
	hung  string       // address of a backend that says and reads nothing
	flood string       // of a publisher that says as much as it can

	mu    sync.Mutex
	conns []net.Conn
}

// beAttackers attacks for a while, and prints how much was done in a second.
func beAttackers(ctx context.Context, name, address string, duration time.Duration) (status int) {
	if err := beNice(); err != nil {
		fmt.Fprintln(os.Stderr, "abuse: the priority stays as it is:", err)
	}
	ctx, cancel := context.WithTimeout(ctx, duration)
	defer cancel()
	v := &attackers{Context: ctx}
	v.door = &intruder.Door{Address: address, Opened: v.note}
	if err := v.startBackends(); err != nil {
		fmt.Fprintln(os.Stderr, "abuse:", err)
		return 1
	}
	for _, a := range attacks {
		if a.name == name {
			began := time.Now()
			stop := context.AfterFunc(ctx, v.hangUp)
			v.together(a.many, a.attack)
			stop()
			v.hangUp()
			fmt.Printf("%.1f\n", float64(v.done.Load())/time.Since(began).Seconds())
		}
	}
	return 0
}

// together runs f again and again, so many times at once.
func (v *attackers) together(many int, f func(v *attackers)) {
	var all sync.WaitGroup
	for range many {
		all.Go(func() {
			for v.Err() == nil {
				f(v)
			}
		})
	}
	all.Wait()
}

// note notes a connection, so that it can be ended.
func (v *attackers) note(conn net.Conn) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.Err() != nil {
		conn.Close()
	}
	if v.conns = append(v.conns, conn); len(v.conns) > 50_000 { // those at the front have ended long ago
		v.conns = append([]net.Conn(nil), v.conns[25_000:]...)
	}
}

func (v *attackers) hangUp() {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, conn := range v.conns {
		conn.Close()
	}
	v.conns = nil
}

// startBackends starts those that are as bad as the attackers. They end with the process.
func (v *attackers) startBackends() error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	v.hung = "tcp://" + l.Addr().String()
	go func() {
		for {
			if _, err := l.Accept(); err != nil {
				return
			}
		}
	}()
	p, err := backend.NewPublisher("127.0.0.1:0")
	if err != nil {
		return err
	}
	v.flood = p.Endpoint()
	go func() {
		message := make([]byte, 16<<10)
		for v.Err() == nil {
			for range 64 {
				p.Append(message)
			}
			if p.Flush() != nil {
				time.Sleep(time.Millisecond) // nobody is there yet
			}
		}
	}()
	return nil
}
