package config

// Endpoints are names that pages connect to.
type Endpoints map[string]Endpoint

// Endpoint is what stands behind a name. Pages learn the name and nothing else.
type Endpoint struct {
	Type    Strings `yaml:"type"`    // socket types of pages, as in SUB
	Address Strings `yaml:"address"` // ZeroMQ addresses
	Bind    bool    `yaml:"bind"`    // the bridge listens at the address
	Allow   string  `yaml:"allow"`   // condition; absent: every user who got in

	Topics   Strings  `yaml:"topics"`   // templates of the prefixes that SUB and XSUB may subscribe to; absent: all
	Publish  Strings  `yaml:"publish"`  // templates of the topics that PUB and XPUB may send; absent: all
	Overflow Strings  `yaml:"overflow"` // policies that subscriptions may choose, the first is the default; absent: all
	HWM      int      `yaml:"hwm"`      // messages that wait for a subscriber; default zmq.hwm
	Rate     Rate     `yaml:"rate"`     // messages per second of one subscription, the rest is conflated; of one sending socket, the rest waits
	History  *History `yaml:"history"`  // what is kept for clients that come back

	Functions Strings   `yaml:"functions"` // RPC: the only functions that may be called
	Message   Message   `yaml:"message"`   // what a client may send
	Timeout   *Duration `yaml:"timeout"`   // of requests; default 30s, and the longest
	Identity  Strings   `yaml:"identity"`  // templates of the routing ids that a client may bear; * stands for any text; absent: any
	Caller    *Caller   `yaml:"caller"`    // tell the backend who calls
}

// Address lets users name raw addresses.
type Address struct {
	Types    Strings  `yaml:"types"`   // socket types; absent: all
	Address  string   `yaml:"address"` // as in tcp://10.0.0.0/8:5000-5999 or ipc:///run/app/*
	Bind     bool     `yaml:"bind"`    // the bridge is to listen there
	Allow    string   `yaml:"allow"`   // condition; absent: every user who got in
	Topics   Strings  `yaml:"topics"`  // as for an endpoint
	Publish  Strings  `yaml:"publish"`
	Identity Strings  `yaml:"identity"`
	Overflow Strings  `yaml:"overflow"`
	HWM      int      `yaml:"hwm"`
	Rate     Rate     `yaml:"rate"`
	History  *History `yaml:"history"`
}

// History says how much is kept; one of the three is enough.
type History struct {
	Messages int      `yaml:"messages"`
	Age      Duration `yaml:"age"`
	Size     Size     `yaml:"size"`     // with what it costs to keep it; default 16MiB
	Prefixes Strings  `yaml:"prefixes"` // keep only topics that begin with one of these; absent: all
}

// Message is what a client may send to an endpoint.
type Message struct {
	Max  Size `yaml:"max"`  // bytes; default limits.message
	JSON bool `yaml:"json"` // exactly one part, which is JSON
}

// Caller is true, or a mapping with a key file.
type Caller struct {
	KeyFile string `yaml:"key_file"` // of the HMAC that proves it; absent: none
}
