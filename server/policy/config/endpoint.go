package config

// Endpoints are names that pages connect to.
type Endpoints map[string]Endpoint

// Endpoint is what stands behind a name. Pages learn the name and nothing else.
type Endpoint struct {
	Type    Strings `yaml:"type" jsonschema:"required" one:"SUB REQ REP PUSH PULL PUB DEALER ROUTER PAIR XPUB XSUB"` // socket types of pages, as in SUB
	Address Strings `yaml:"address" jsonschema:"required"`                                                           // ZeroMQ addresses; several are one endpoint, which is down when all are down
	Bind    bool    `yaml:"bind"`                                                                                    // the bridge listens at the address
	Allow   string  `yaml:"allow"`                                                                                   // condition; absent: every user who got in

	Topics   Strings   `yaml:"topics"`                                                // templates of the prefixes that SUB and XSUB may subscribe to; absent: all
	Publish  Strings   `yaml:"publish"`                                               // templates of the topics that PUB and XPUB may send; absent: all
	Overflow Strings   `yaml:"overflow" one:"drop-newest drop-oldest conflate close"` // policies that subscriptions may choose, the first is the default; absent: all
	HWM      int       `yaml:"hwm" least:"1" most:"1000000"`                          // messages that wait for a subscriber; absent: zmq.hwm
	Rate     Rate      `yaml:"rate"`                                                  // messages per second of one subscription, the rest is conflated; of one sending socket, the rest waits
	History  *History  `yaml:"history"`                                               // what is kept for clients that come back
	Sequence *Sequence `yaml:"sequence"`                                              // where the publisher counts its messages, so that every loss is known
	Replay   *Replay   `yaml:"replay"`                                                // who is asked for what is missing
	Memory   Size      `yaml:"memory" least:"64KiB" most:"1024GiB"`                   // what the history and the last values may take together, of which the oldest go first; and what of messages and requests may wait for backends, beyond which they are refused with busy. Absent: no limit besides theirs

	Functions Strings   `yaml:"functions"`                      // RPC: the only functions that may be called
	Message   Message   `yaml:"message"`                        // what a client may send
	Timeout   *Duration `yaml:"timeout" least:"1ms" most:"24h"` // of requests, and the longest; absent: 30s
	Identity  Strings   `yaml:"identity"`                       // templates of the routing ids that a client may bear; * stands for any text; absent: any
	Caller    *Caller   `yaml:"caller"`                         // tell the backend who calls
}

// Address lets users name raw addresses.
type Address struct {
	Types    Strings  `yaml:"types" one:"SUB REQ REP PUSH PULL PUB DEALER ROUTER PAIR XPUB XSUB"` // socket types; absent: all
	Address  string   `yaml:"address" jsonschema:"required"`                                      // as in tcp://10.0.0.0/8:5000-5999 or ipc:///run/app/*
	Bind     bool     `yaml:"bind"`                                                               // the bridge is to listen there
	HTTP     bool     `yaml:"http"`                                                               // also over HTTP, /ws and /zws, for whoever has no client of this project
	Allow    string   `yaml:"allow"`                                                              // condition; absent: every user who got in
	Topics   Strings  `yaml:"topics"`                                                             // as for an endpoint
	Publish  Strings  `yaml:"publish"`                                                            // as for an endpoint
	Identity Strings  `yaml:"identity"`                                                           // as for an endpoint
	Overflow Strings  `yaml:"overflow" one:"drop-newest drop-oldest conflate close"`              // as for an endpoint
	HWM      int      `yaml:"hwm" least:"1" most:"1000000"`                                       // as for an endpoint
	Rate     Rate     `yaml:"rate"`                                                               // as for an endpoint
	History  *History `yaml:"history"`                                                            // as for an endpoint
}

// History says how much is kept; one of messages, age and size is enough.
type History struct {
	Messages int      `yaml:"messages" least:"1" most:"1000000000"`             // how many
	Age      Duration `yaml:"age" least:"1ms" most:"8760h"`                     // for how long
	Size     Size     `yaml:"size" least:"1KiB" most:"1024GiB" default:"16MiB"` // with what it costs to keep it
	Prefixes Strings  `yaml:"prefixes"`                                         // keep only topics that begin with one of these; absent: all
	Durable  bool     `yaml:"durable"`                                          // keep it in the cluster, where it outlives the bridge and is the same at every bridge, or in history_dir; size is 1GiB then if it is absent
}

// Sequence says where a publisher has its own count, in each of its messages.
type Sequence struct {
	Part   int    `yaml:"part" least:"0" most:"1000"`   // of the message, from 0; absent: 0
	Format string `yaml:"format" jsonschema:"required"` // u64be, u64le, u32be, u32le, ascii, or json:KEY
	Per    string `yaml:"per" one:"topic"`              // topic: each first part has a count of its own; absent: there is one
}

// Replay is a ROUTER of the publisher that has its last messages.
type Replay struct {
	Address string `yaml:"address" jsonschema:"required"`                                     // where it is
	Request string `yaml:"request" jsonschema:"required" one:"u64be u64le u32be u32le ascii"` // how it is told the first number that is missing
}

// Message is what a client may send to an endpoint.
type Message struct {
	Max  Size `yaml:"max" least:"1B" most:"64MiB"` // bytes; absent: limits.message
	JSON bool `yaml:"json"`                        // exactly one part, which is JSON
}

// Caller is true, or a mapping with a key file.
type Caller struct {
	KeyFile string `yaml:"key_file" is:"file"` // of the HMAC that proves it; absent: none
}
