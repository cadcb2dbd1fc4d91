package config

import (
	"net/url"
	"strconv"
	"strings"
)

// Cluster makes one of several bridges, which have what they share in NATS JetStream.
type Cluster struct {
	NATS        Strings     `yaml:"nats" jsonschema:"required"`               // URLs of NATS servers, as in nats://10.0.1.1:4222; several may also stand in one text, with commas between
	Name        string      `yaml:"name" jsonschema:"required"`               // of the cluster: bridges that name the same one belong together
	Credentials string      `yaml:"credentials" is:"file"`                    // file with a JWT and its seed, as nsc makes it
	NKey        string      `yaml:"nkey" is:"file"`                           // file with the seed of an nkey
	TLS         *ClusterTLS `yaml:"tls"`                                      // absent: as the URLs and the servers want it, with whom the system trusts
	Lease       Duration    `yaml:"lease" least:"2s" most:"5m" default:"10s"` // how long a bridge that is not heard of counts as there
	Replicas    int         `yaml:"replicas" least:"1" most:"5"`              // on how many NATS servers everything is kept; absent: 3 if nats names several, else 1
}

// ClusterTLS is how the bridge and the NATS servers know each other.
type ClusterTLS struct {
	CA   string `yaml:"ca" is:"file"`   // file (PEM) with who vouches for the servers; absent: whom the system trusts
	Cert string `yaml:"cert" is:"file"` // file (PEM) with the certificate of this bridge; absent: it shows none
	Key  string `yaml:"key" is:"file"`  // file (PEM)
}

// Servers are the URLs one by one.
func (c *Cluster) Servers() (all []string) {
	for _, entry := range c.NATS {
		for server := range strings.SplitSeq(entry, ",") {
			if server = strings.TrimSpace(server); server != "" {
				all = append(all, server)
			}
		}
	}
	return all
}

// maxClusterName is how long a name may be: it is part of the names of streams, and of files.
const maxClusterName = 32

func (c *checker) cluster(cl *Cluster) {
	switch {
	case len(cl.Servers()) == 0:
		c.wrong("cluster", "cluster needs nats: the URLs of NATS servers, as in nats://10.0.1.1:4222")
	case cl.Name == "":
		c.wrong("cluster", "cluster needs name: bridges that name the same one belong together")
	}
	c.each("cluster.nats", cl.NATS, badNATS)
	if cl.Name != "" && badClusterName(cl.Name) {
		c.wrong("cluster.name", "the name of a cluster is a letter, and up to "+strconv.Itoa(maxClusterName-1)+" letters, digits, - or _, not "+strconv.Quote(clip(cl.Name)))
	}
	if c.file.Keep != "" {
		c.wrong("history_dir", "the cluster keeps durable histories: leave history_dir out, or cluster")
	}
	if cl.Credentials != "" && cl.NKey != "" {
		c.wrong("cluster.nkey", "credentials and nkey are two ways to say who the bridge is: leave one of them out")
	}
	if t := cl.TLS; t != nil && (t.Cert == "") != (t.Key == "") {
		c.wrong("cluster.tls", "cert and key go together")
	}
}

func badNATS(text string) string {
	for server := range strings.SplitSeq(text, ",") {
		u, err := url.Parse(strings.TrimSpace(server))
		if err != nil || u.Host == "" || u.Scheme != "nats" && u.Scheme != "tls" || u.Path != "" || u.RawQuery != "" {
			return "a NATS server is written as nats://10.0.1.1:4222 or tls://nats.example.org" // what stands there may have a password in it
		}
	}
	return ""
}

func badClusterName(name string) bool {
	letter := func(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }
	other := func(r rune) bool { return !letter(r) && !(r >= '0' && r <= '9') && r != '-' && r != '_' }
	return len(name) > maxClusterName || !letter(rune(name[0])) || strings.ContainsFunc(name, other)
}
