package config

// File is all that one file can say. The zero File is a bridge that listens on 127.0.0.1:8000 and lets nobody reach anything.
type File struct {
	Listen  []string `yaml:"listen"`  // addresses to listen on, as in 127.0.0.1:8000 or unix:/run/zwb.sock; default 127.0.0.1:8000
	TLS     *TLS     `yaml:"tls"`     // serve HTTPS and WSS
	Prefix  string   `yaml:"prefix"`  // path under which a proxy passes requests on, as in /zwb/
	Origins []string `yaml:"origins"` // whose pages may connect, besides the bridge's own
	Hosts   []string `yaml:"hosts"`   // names under which browsers reach the bridge; loopback names and the listen address are known
	Proxies []string `yaml:"proxies"` // networks of proxies, whose X-Forwarded headers and `header` users count

	ZMQ      ZMQ       `yaml:"zmq"`
	Networks []string  `yaml:"networks"` // backends are dialled only in these networks; default everywhere
	Admin    *Admin    `yaml:"admin"`    // a listener for whoever runs the bridge; absent: there is none
	Users    []User    `yaml:"users"`    // the first entry whose kind of credential is present decides; absent: nobody is asked who they are
	Names    Endpoints `yaml:"endpoints"`
	Rules    []Address `yaml:"addresses"` // who may name raw addresses; absent: nobody
	Limits   Limits    `yaml:"limits"`
	Log      Log       `yaml:"log"`
	Audit    string    `yaml:"audit"` // file for a line of JSON about each decision; absent: none
}

// TLS is a certificate and its key, which are read again on reload.
type TLS struct {
	Cert string `yaml:"cert"` // file (PEM), the chain in it
	Key  string `yaml:"key"`  // file (PEM)
}

// Admin is where metrics, the live page and the API are. Their token is no user's.
type Admin struct {
	Listen    string `yaml:"listen"`     // address, as in 127.0.0.1:8001
	TokenFile string `yaml:"token_file"` // file that holds the token; absent: one is made at start and its link printed
}

// ZMQ is what concerns the ZeroMQ side as a whole, and the sessions in front of it.
type ZMQ struct {
	Security   string    `yaml:"security"`    // JSON file with PLAIN passwords and CURVE keys by address
	HWM        int       `yaml:"hwm"`         // messages that wait for a subscriber that reads too slowly; default 1000
	LastValues int       `yaml:"last_values"` // topics of each publisher whose last message a new subscriber is given; default 0
	Retain     *Duration `yaml:"retain"`      // how long the session of a client is kept that lost its WebSocket; default 60s, 0: not at all
	Drain      *Duration `yaml:"drain"`       // how long clients have to leave after SIGTERM; default 10s
	Legacy     *bool     `yaml:"legacy"`      // speak the JSON protocol of 2012, too; default true
	Console    *bool     `yaml:"console"`     // serve the console; default true
}

// Limits are what one client, one address, one user, and all together may use.
type Limits struct {
	Connections        int      `yaml:"connections"`          // default 10000
	ConnectionsPerIP   int      `yaml:"connections_per_ip"`   // default 100
	ConnectionsPerUser int      `yaml:"connections_per_user"` // default 20
	Sockets            int      `yaml:"sockets"`              // per connection; default 256
	Subscriptions      int      `yaml:"subscriptions"`        // per connection; default 10000
	Messages           Rate     `yaml:"messages"`             // per connection, from the client; default no limit
	Bytes              ByteRate `yaml:"bytes"`                // per connection, from the client; default no limit
	Message            Size     `yaml:"message"`              // bytes of one message; default 16MiB
	Client             Size     `yaml:"client"`               // what may be held for one client; default 64MiB
	Memory             Size     `yaml:"memory"`               // what may be held for all clients; default 1GiB
}

// Log is how the bridge logs.
type Log struct {
	Format string `yaml:"format"` // text or json; default text
	Level  string `yaml:"level"`  // debug, info, warn or error; default info
}
