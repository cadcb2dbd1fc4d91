package config

// File is all that one file can say. The zero File is a bridge that listens on 127.0.0.1:8000 and lets nobody reach anything.
type File struct {
	Listen  Strings `yaml:"listen" is:"listener" default:"127.0.0.1:8000"` // addresses to listen on, as in 127.0.0.1:8000 or unix:/run/zwb.sock; systemd: the sockets that it has opened, systemd:NAME: those of that name
	TLS     *TLS    `yaml:"tls"`                                           // serve HTTPS and WSS
	Prefix  string  `yaml:"prefix"`                                        // path under which a proxy passes requests on, as in /zwb/
	Origins Strings `yaml:"origins"`                                       // whose pages may connect, besides the bridge's own
	Hosts   Strings `yaml:"hosts"`                                         // names under which browsers reach the bridge; loopback names and the listen address are known
	Proxies Strings `yaml:"proxies"`                                       // networks of proxies, whose X-Forwarded headers and `header` users count

	ZMQ      ZMQ       `yaml:"zmq"`
	Networks Strings   `yaml:"networks"`                // backends are dialled only in these networks; absent: everywhere
	Admin    *Admin    `yaml:"admin"`                   // a listener for whoever runs the bridge; absent: there is none
	Cluster  *Cluster  `yaml:"cluster"`                 // other bridges that belong together with this one; absent: there are none
	Keep     string    `yaml:"history_dir" is:"output"` // folder that keeps durable histories when the bridge is restarted; absent: the cluster keeps them
	Users    []User    `yaml:"users"`                   // the first entry whose kind of credential is present decides; absent: nobody is asked who they are
	Names    Endpoints `yaml:"endpoints"`               // names that pages connect to
	Rules    []Address `yaml:"addresses"`               // who may name raw addresses; absent: nobody
	Limits   Limits    `yaml:"limits"`
	Log      Log       `yaml:"log"`
	Audit    string    `yaml:"audit" is:"output"` // file for a line of JSON about each decision; absent: none
	Watch    bool      `yaml:"watch"`             // reload when this file changes, or one that it names

	reading *reading // where its values come from; nil for a File that was not read
}

// TLS is a certificate and its key, which are read again on reload.
type TLS struct {
	Cert string `yaml:"cert" is:"file"` // file (PEM), the chain in it
	Key  string `yaml:"key" is:"file"`  // file (PEM)
}

// Admin is where metrics, the live page and the API are. Their token is no user's.
type Admin struct {
	Listen    string `yaml:"listen" is:"listener"` // address, as in 127.0.0.1:8001
	TokenFile string `yaml:"token_file" is:"file"` // file that holds the token; absent: one is made at start and its link printed
	Revoked   string `yaml:"revoked" is:"output"`  // file that keeps who was revoked when the bridge is restarted; absent: that is forgotten
}

// ZMQ is what concerns the ZeroMQ side as a whole, and the sessions in front of it.
type ZMQ struct {
	Security   string    `yaml:"security" is:"file"`                          // JSON file with PLAIN passwords and CURVE keys by address
	HWM        int       `yaml:"hwm" least:"1" most:"1000000" default:"1000"` // messages that wait for a subscriber that reads too slowly
	LastValues int       `yaml:"last_values" least:"0" most:"1000000"`        // topics of each publisher whose last message a new subscriber is given; absent: none
	Retain     *Duration `yaml:"retain" least:"0s" most:"24h" default:"1m"`   // how long the session of a client is kept that lost its WebSocket; 0: not at all
	Drain      *Duration `yaml:"drain" least:"0s" most:"24h" default:"10s"`   // how long clients have to leave after SIGTERM
	Legacy     *bool     `yaml:"legacy" default:"true"`                       // speak the JSON protocol of 2012, too
	Console    *bool     `yaml:"console" default:"true"`                      // serve the console
	HTTP       *bool     `yaml:"http" default:"true"`                         // serve the endpoints that have a name over HTTP, too
}

// Limits are what one client, one address, one user, and all together may use.
type Limits struct {
	Connections        int      `yaml:"connections" least:"1" most:"1000000" default:"10000"`       // at a time
	ConnectionsPerIP   int      `yaml:"connections_per_ip" least:"1" most:"1000000" default:"100"`  // at a time
	ConnectionsPerUser int      `yaml:"connections_per_user" least:"1" most:"1000000" default:"20"` // at a time
	Sockets            int      `yaml:"sockets" least:"1" most:"100000" default:"256"`              // per connection
	Subscriptions      int      `yaml:"subscriptions" least:"1" most:"1000000" default:"10000"`     // per connection
	Messages           Rate     `yaml:"messages"`                                                   // per connection, from the client, as in 1000/s; absent: no limit
	Bytes              ByteRate `yaml:"bytes"`                                                      // per connection, from the client, as in 10MiB/s; absent: no limit
	Message            Size     `yaml:"message" least:"128KiB" most:"64MiB" default:"16MiB"`        // of one message
	Client             Size     `yaml:"client" least:"1MiB" most:"1024GiB" default:"64MiB"`         // what may be held for one client; what would be more is refused as busy
	Memory             Size     `yaml:"memory" least:"1MiB" most:"1024GiB" default:"1GiB"`          // what may be held for all clients; beyond that, those with the most are disconnected
	MemoryPerUser      Size     `yaml:"memory_per_user" least:"1MiB" most:"1024GiB"`                // what may be held for all clients of one user, or of one address if nobody says who they are; absent: a quarter of memory, but not less than client
}

// Log is how the bridge logs.
type Log struct {
	Format string `yaml:"format" one:"text json" default:"text"`
	Level  string `yaml:"level" one:"debug info warn error" default:"info"`
}
