package coretest

import (
	"fmt"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

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
	case core.KindCredit, core.KindGap:
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
	if c, err := readContent(parts); err == nil {
		return fmt.Sprintf(": %d, %d of feed %d", c.serial, c.seq, c.feed)
	}
	return fmt.Sprintf(": %.8q", parts[0])
}

var eventNames = map[core.EventKind]string{
	core.EventReady: "ready", core.EventDraining: "draining", core.EventOpened: "opened", core.EventRefused: "refused",
	core.EventDown: "down", core.EventUp: "up", core.EventSubscribed: "subscribed", core.EventUnsubscribed: "unsubscribed",
	core.EventMessage: "message", core.EventRequest: "request", core.EventReply: "reply", core.EventFailed: "failed",
	core.EventGap: "gap", core.EventClosed: "closed", core.EventWritable: "writable", core.EventResumed: "resumed",
	core.EventReset: "reset", core.EventTurnedAway: "turned away", core.EventRecovered: "recovered",
	core.EventPositioned: "positioned", core.EventDisconnected: "disconnected", core.EventEnded: "ended",
}
