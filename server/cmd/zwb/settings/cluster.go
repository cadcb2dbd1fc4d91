package settings

import (
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server/cluster"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

// ClusterOf is what the file says of a cluster, for the connection to it.
func ClusterOf(c *config.Cluster) cluster.Config {
	cfg := cluster.Config{Servers: c.Servers(), Name: c.Name, Credentials: c.Credentials, NKey: c.NKey, Lease: time.Duration(c.Lease), Replicas: c.Replicas}
	if c.TLS != nil {
		cfg.CA, cfg.Cert, cfg.Key = c.TLS.CA, c.TLS.Cert, c.TLS.Key
	}
	return cfg
}

// checkCluster reads the files of the connection, each by itself, so that what is wrong is told at its place.
func checkCluster(c *config.Cluster, wrong func(path string, err error)) {
	all := ClusterOf(c)
	wrong("cluster.credentials", cluster.Config{Credentials: all.Credentials}.Check())
	wrong("cluster.nkey", cluster.Config{NKey: all.NKey}.Check())
	wrong("cluster.tls.ca", cluster.Config{CA: all.CA}.Check())
	if all.Cert != "" && all.Key != "" {
		wrong("cluster.tls.cert", cluster.Config{Cert: all.Cert, Key: all.Key}.Check())
	}
}
