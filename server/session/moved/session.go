package moved

import (
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Session is a session at rest: no frame of its client is being handled, and nothing comes any more for it.
type Session struct {
	ID    string    `json:"id"`    // at the bridge that it comes from
	Until time.Time `json:"until"` // when that bridge would have forgotten it

	HasUser bool   `json:"has_user"`
	User    string `json:"user"` // a text that is the same for the same user; "" where HasUser is false
	Origin  string `json:"origin"`

	Engine     Engine   `json:"engine"`
	LastSocket uint32   `json:"last_socket"`
	Sockets    []Socket `json:"sockets"`
}

// Engine is what of a core.SessionState is not the token.
type Engine struct {
	MaxMessage   int             `json:"max_message"` // payload bytes that the client was told a message may have
	Retain       time.Duration   `json:"retain"`
	Limit        int             `json:"limit"`
	Shared       core.Capability `json:"shared"`
	Received     uint64          `json:"received"`
	Acknowledged uint64          `json:"acknowledged"`
	Frames       []byte          `json:"frames"`
}

// EngineOf takes it out of a state.
func EngineOf(s core.SessionState, maxMessage int) Engine {
	return Engine{maxMessage, s.Retain, s.Limit, s.Shared, s.Received, s.Acknowledged, s.Frames}
}

// State is the state of a session that has this token.
func (e *Engine) State(token []byte) core.SessionState {
	return core.SessionState{Token: token, Retain: e.Retain, Limit: e.Limit, Shared: e.Shared, Received: e.Received, Acknowledged: e.Acknowledged, Frames: e.Frames}
}

// Socket is one socket of a session.
type Socket struct {
	Number   uint32          `json:"number"`
	Type     core.SocketType `json:"type"`
	Identity []byte          `json:"identity,omitempty"`

	Opened        uint64         `json:"opened"` // how many endpoints it ever had
	Endpoints     []Endpoint     `json:"endpoints,omitempty"`
	Subscriptions []Subscription `json:"subscriptions,omitempty"`

	Inbound  Inbound   `json:"inbound"`
	Outbound Outbound  `json:"outbound"`
	Requests []Request `json:"requests,omitempty"`  // of the client, which no backend has seen, or which may be sent more than once
	LastCall uint64    `json:"last_call,omitempty"` // the number of the last request of a backend
}

// Endpoint is one that the socket has. Those that were disconnected are missing among the numbers.
type Endpoint struct {
	Number  uint64 `json:"number"`
	Address string `json:"address"`
	Bind    bool   `json:"bind,omitempty"`
	Params  []byte `json:"params,omitempty"`

	Refused core.Code `json:"refused,omitempty"` // OK: it was not
	Text    string    `json:"text,omitempty"`    // why

	Held     bool   `json:"held,omitempty"`  // the client has yet to say Recover
	Epoch    string `json:"epoch,omitempty"` // where it stands in the history; "": nobody knows
	Position uint64 `json:"position,omitempty"`
}

// Subscription is one that was not refused. Those that the client has not numbered have a number that the bridge gave them.
type Subscription struct {
	Number   uint64        `json:"number"`
	Prefix   []byte        `json:"prefix"`
	Overflow core.Overflow `json:"overflow,omitempty"` // the default, unless the client has chosen another one
	Millis   uint64        `json:"millis,omitempty"`   // the least time between two messages
}

// Inbound is what is on its way to the client.
type Inbound struct {
	Messages int64     `json:"messages"` // credit; below zero where the last message has overdrawn it
	Bytes    int64     `json:"bytes"`
	Waiting  []Waiting `json:"waiting,omitempty"` // in the order in which they came
	Tails    []Tail    `json:"tails,omitempty"`
}

// Waiting is a message for which there was no credit, or no room on the connection.
type Waiting struct {
	Lane     uint64 `json:"lane,omitempty"` // the subscription in whose lane it waits; 0: the main one
	Body     []byte `json:"body"`
	Size     int    `json:"size"`
	Endpoint uint64 `json:"endpoint,omitempty"` // of whose history it is
	Offset   uint64 `json:"offset,omitempty"`
	TooLarge bool   `json:"too_large,omitempty"` // only that it is missing is to be told

	Missed uint64 `json:"missed,omitempty"` // what was dropped just before it
	Away   bool   `json:"away,omitempty"`   // the backend was away just before it
	Absent uint64 `json:"absent,omitempty"` // what never came just before it, as package outbox counts it
}

// Tail is what is missing behind the last message of a lane.
type Tail struct {
	Lane      uint64 `json:"lane,omitempty"`
	Missed    uint64 `json:"missed,omitempty"`
	Conflated uint64 `json:"conflated,omitempty"`
	Away      bool   `json:"away,omitempty"`
	Absent    uint64 `json:"absent,omitempty"`
}

// Outbound is what is on its way from the client, of a socket that sends.
type Outbound struct {
	Messages int      `json:"messages"` // credit that the client has
	Bytes    int      `json:"bytes"`
	Waiting  [][]byte `json:"waiting,omitempty"` // bodies of messages that no connection was given yet, in order
	Numbers  []uint64 `json:"numbers,omitempty"` // of each of them; 0: the client is not told what becomes of it
	Last     uint64   `json:"last,omitempty"`    // the number of the last message that the client has sent
}

// Request is one without an answer.
type Request struct {
	Number     uint64 `json:"number"`
	Idempotent bool   `json:"idempotent,omitempty"`
	Millis     uint64 `json:"millis"` // the time that is left
	Body       []byte `json:"body"`
}
