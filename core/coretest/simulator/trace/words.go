package trace

import (
	"fmt"
	"strings"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// Frames describes a batch for the trace. It is put into words only when somebody reads the trace.
func Frames(batch []byte) Described { return Described{string(batch[:min(len(batch), 1000)])} }

// Described is a batch that can be put into words.
type Described struct{ batch string }

func (d Described) String() string {
	var b strings.Builder
	var f core.Frame
	for rest := []byte(d.batch); len(rest) > 0; {
		next, err := core.ParseFrame(rest, &f)
		if err != nil {
			return b.String() + "…"
		}
		rest = next
		b.WriteString(frameWords(&f))
	}
	return strings.TrimSpace(b.String())
}

// frameWords describes a frame for the trace.
func frameWords(f *core.Frame) string {
	switch f.Kind {
	case core.KindHello:
		return fmt.Sprintf("Hello(%s seq %d) ", f.Name, f.Seq)
	case core.KindWelcome:
		return fmt.Sprintf("Welcome(%s seq %d flags %d %v) ", f.Name, f.Seq, f.Flags, f.Code)
	case core.KindAck:
		return fmt.Sprintf("Ack(%d) ", f.Seq)
	case core.KindPing, core.KindPong, core.KindGoAway:
		return fmt.Sprintf("%v(%d) ", f.Kind, f.ID+f.Millis)
	case core.KindCredit, core.KindGap, core.KindLeft:
		return fmt.Sprintf("%v(%d: %d) ", f.Kind, f.Socket, f.Messages)
	case core.KindMessage, core.KindPublication:
		return fmt.Sprintf("%v(%d%s) ", f.Kind, f.Socket, bodyWords(f.Body))
	case core.KindPosition, core.KindRecover:
		return fmt.Sprintf("%v(%d/%d %s at %d) ", f.Kind, f.Socket, f.ID, f.Name, f.Offset)
	}
	return fmt.Sprintf("%v(%d/%d) ", f.Kind, f.Socket, f.ID)
}

func bodyWords(body core.Body) string {
	parts, err := body.Parts(nil)
	if err != nil {
		return ""
	}
	if c, err := ReadContent(parts); err == nil {
		return fmt.Sprintf(": %d, %d of feed %d", c.Serial, c.Seq, c.Feed)
	}
	return fmt.Sprintf(": %.8q", parts[0])
}

// EventNames are the words for events.
var EventNames = map[client.EventKind]string{
	client.EventReady: "ready", client.EventDraining: "draining", client.EventOpened: "opened", client.EventRefused: "refused",
	client.EventDown: "down", client.EventUp: "up", client.EventSubscribed: "subscribed", client.EventUnsubscribed: "unsubscribed",
	client.EventMessage: "message", client.EventRequest: "request", client.EventReply: "reply", client.EventFailed: "failed",
	client.EventGap: "gap", client.EventClosed: "closed", client.EventWritable: "writable", client.EventResumed: "resumed",
	client.EventReset: "reset", client.EventTurnedAway: "turned away", client.EventRecovered: "recovered",
	client.EventPositioned: "positioned", client.EventDisconnected: "disconnected", client.EventEnded: "ended",
	client.EventExpiring: "expiring",
}
