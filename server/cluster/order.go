package cluster

import (
	"encoding/json"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Order is what one bridge asks of all others. What it means is for those to say who give and take it.
type Order struct {
	Bridge string          `json:"bridge"` // who asks
	What   string          `json:"what"`
	Args   json.RawMessage `json:"args,omitempty"` // JSON
}

// Answer is what has come of an Order at one bridge.
type Answer struct {
	Bridge  string          `json:"bridge"` // who answers
	Host    string          `json:"host"`   // the name of its machine
	Begun   bool            `json:"begun,omitempty"`
	Refused string          `json:"refused,omitempty"` // why nothing was done; "": it was
	Outcome json.RawMessage `json:"outcome,omitempty"` // JSON
}

// What an order and an answer have at most, in bytes.
const (
	mostOrder  = 8 << 10
	mostAnswer = 64 << 10
)

// readOrder reads what somebody has sent who reaches NATS.
func readOrder(text []byte) (o Order, err error) {
	if len(text) > mostOrder {
		return o, core.NewError(core.Invalid, "an order is too large")
	}
	if err := readStrictly(text, &o); err != nil {
		return Order{}, err
	}
	if !IsID(o.Bridge) || o.What == "" || len(o.What) > mostText {
		return Order{}, core.NewError(core.Invalid, "an order is not that of a bridge")
	}
	o.What = visible(o.What)
	return o, nil
}

// readAnswer is readOrder for an answer.
func readAnswer(text []byte) (a Answer, err error) {
	if len(text) > mostAnswer {
		return a, core.NewError(core.Invalid, "an answer is too large")
	}
	if err := readStrictly(text, &a); err != nil {
		return Answer{}, err
	}
	if !IsID(a.Bridge) {
		return Answer{}, core.NewError(core.Invalid, "an answer is not that of a bridge")
	}
	a.Host, a.Refused = visible(a.Host), visible(a.Refused)
	return a, nil
}
