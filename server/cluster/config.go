package cluster

import (
	"log/slog"
	"time"
)

// Config says which cluster a bridge belongs to, and where its NATS servers are.
type Config struct {
	Servers []string // URLs, as in nats://10.0.1.1:4222 or tls://nats.example.org
	Name    string   // of the cluster: bridges with the same name belong together. It is part of the names of buckets and streams

	Credentials string // file with a JWT and its seed, as nsc makes it; "": none
	NKey        string // file with the seed of an nkey; "": none
	CA          string // file (PEM) with who vouches for the servers; "": whom the system trusts
	Cert, Key   string // files (PEM) of the certificate of this bridge, which go together; "": it shows none

	Lease    time.Duration // how long a bridge that is not heard of counts as there; default 10 s
	Replicas int           // on how many NATS servers everything is kept; default 3 where several servers are named, else 1

	Log *slog.Logger // default slog.Default()
}

func (c Config) withDefaults() Config {
	if c.Lease == 0 {
		c.Lease = 10 * time.Second
	}
	if c.Replicas == 0 {
		c.Replicas = 1
		if len(c.Servers) > 1 {
			c.Replicas = 3
		}
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	return c
}
