package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/zmqwebbridge/zmqwebbridge/server/cluster/natstest/program"
)

func main() {
	s := &scene{out: os.Stdout}
	flag.StringVar(&s.zwb, "zwb", "bin/zwb", "the bridge")
	flag.StringVar(&s.haproxy, "haproxy", "/usr/sbin/haproxy", "HAProxy")
	flag.StringVar(&s.python, "python", "/usr/bin/python3", "Python, with pyzmq")
	flag.StringVar(&s.dir, "dir", "", "a `folder` for everything, which stays; default a temporary one")
	flag.StringVar(&s.network, "net", "127.0.0", "the `beginning` of the addresses of the machines")
	flag.Parse()
	log.SetFlags(0)
	if err := run(s); err != nil {
		log.Fatal(err)
	}
}

// run has the cluster run until it is asked to end.
func run(s *scene) error {
	if !here {
		return errors.New("this needs Linux: each machine is another address of loopback")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	remove, err := s.prepare()
	if err != nil {
		return err
	}
	defer remove()
	fmt.Fprintln(s.out, "starting three NATS nodes, three bridges, HAProxy and the backends")
	if err := s.open(ctx); ctx.Err() != nil {
		return nil // everything has ended
	} else if err != nil {
		return err
	}
	defer s.close()
	s.say(s.welcome())
	lines := make(chan string)
	go read(ctx, lines)
	for {
		select {
		case <-ctx.Done():
			s.say("ending")
			return nil
		case line := <-lines:
			if said := s.do(line); said != "" {
				s.say(said)
			}
		}
	}
}

// prepare finds programs and the folder. remove takes the folder away again, if it is a temporary one.
func (s *scene) prepare() (remove func(), err error) {
	for _, program := range []*string{&s.zwb, &s.haproxy, &s.python} {
		if *program, err = filepath.Abs(*program); err == nil {
			_, err = os.Stat(*program)
		}
		if err != nil {
			return nil, err
		}
	}
	if s.nats, err = program.Path(); err != nil {
		return nil, err
	}
	if s.dir != "" {
		s.dir, err = filepath.Abs(s.dir)
		return func() {}, err
	}
	s.dir, err = os.MkdirTemp("", "zwb-cluster-")
	return func() { os.RemoveAll(s.dir) }, err
}

// read passes on what is typed. It ends with the input, or with the process.
func read(ctx context.Context, lines chan<- string) {
	for typed := bufio.NewScanner(os.Stdin); typed.Scan(); {
		select {
		case lines <- typed.Text():
		case <-ctx.Done():
			return
		}
	}
}
