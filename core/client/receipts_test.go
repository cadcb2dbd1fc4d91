package client_test

import (
	"math"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/client"
)

// pushing makes a keeper with one PUSH that has credit and has sent the messages 1 to n.
func pushing(t *testing.T, cfg client.Config, idempotent bool, n int) (k *keeper, push uint32) {
	t.Helper()
	k = lasting(t, cfg)
	push = k.socket(core.PUSH)
	if idempotent {
		k.client.Idempotent(push)
	}
	k.credit(push)
	for i := range n {
		k.ok(k.client.Send(push, message(string(rune('1'+i)))))
	}
	k.pump()
	k.quiet()
	return k, push
}

func (k *keeper) credit(socket uint32) {
	k.t.Helper()
	k.send(core.Frame{Kind: core.KindCredit, Socket: socket, Messages: 10, Bytes: 1000})
}

// left is Left of so many messages from one on.
func left(socket uint32, first, messages uint64) core.Frame {
	return core.Frame{Kind: core.KindLeft, Socket: socket, ID: first, Messages: messages}
}

// forgotten loses the session, and begins a new one.
func (k *keeper) forgotten() {
	k.t.Helper()
	k.lose()
	k.refuse = core.Lost
	k.reconnect()
	k.refuse = core.OK
}

// When its session is lost, a PUSH tells how many of its messages may be lost, or sends them again: those of which the bridge had not told what
// became of them.
func TestMessagesOfALostSession(t *testing.T) {
	for _, tt := range []struct {
		name       string
		told       []core.Frame // by the bridge, of the messages 1 to 5
		idempotent bool
		without    core.Capability // of the bridge
		want       []string        // events, besides those of the session
		again      []string        // frames, once there is credit
	}{
		{name: "nothing was told", want: []string{"gap 1 missed 5 lost"}},
		{name: "some have left", told: []core.Frame{left(1, 2, 1), left(1, 4, 1)}, want: []string{"gap 1 missed 3 lost"}},
		{name: "all have left", told: []core.Frame{left(1, 3, 3), left(1, 1, 2)}},
		{name: "the bridge cannot tell", without: core.CanReceipts, want: []string{"gap 1 lost"}},
		{name: "nothing was told, idempotent", idempotent: true, want: []string{"recovered 1 missed 5"},
			again: []string{"Message 1 1", "Message 1 2", "Message 1 3", "Message 1 4", "Message 1 5"}},
		{name: "some have left, idempotent", idempotent: true, told: []core.Frame{left(1, 2, 1), left(1, 4, 1)}, want: []string{"recovered 1 missed 3"},
			again: []string{"Message 1 1", "Message 1 3", "Message 1 5"}},
		{name: "all have left, idempotent", idempotent: true, told: []core.Frame{left(1, 1, 5)}},
		{name: "the bridge cannot tell, idempotent", idempotent: true, without: core.CanReceipts, want: []string{"gap 1 lost"}},
		{name: "more than was sent is said to have left", told: []core.Frame{left(1, 1, 1), left(1, 2, math.MaxUint64-1), left(1, 100, 5)}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k, push := pushing(t, client.Config{Without: tt.without}, tt.idempotent, 5)
			k.send(tt.told...)
			k.wantEvents()
			k.forgotten()
			k.wantEvents(append(append([]string{"reset lost*"}, tt.want...), "ready")...)
			k.wantFrames("Hello", "Open 1/1 PUSH tcp://backend:1")
			k.ok(k.client.Send(push, message("new")))
			k.credit(push)
			k.wantFrames(append(tt.again, "Message 1 new")...)
			k.wantSettled()
		})
	}
}

// What was sent again is numbered anew, and may be sent again once more.
func TestSentAgainAndAgain(t *testing.T) {
	k, push := pushing(t, client.Config{}, true, 3)
	k.send(left(push, 1, 1))
	k.lose()
	k.ok(k.client.Send(push, message("4")))
	k.refuse = core.Lost
	k.reconnect()
	k.wantEvents("reset lost*", "recovered 1 missed 2", "ready")
	k.credit(push)
	k.wantFrames("Hello", "Open 1/1 PUSH tcp://backend:1", "Message 1 2", "Message 1 3", "Message 1 4")
	k.send(left(push, 2, 1))
	k.forgotten()
	k.wantEvents("reset lost*", "recovered 1 missed 2", "ready")
	k.credit(push)
	k.wantFrames("Hello", "Open 1/1 PUSH tcp://backend:1", "Message 1 2", "Message 1 4")
	k.send(left(push, 1, 2))
	k.forgotten()
	k.wantEvents("reset lost*", "ready")
	k.wantFrames("Hello", "Open 1/1 PUSH tcp://backend:1")
}

// While its session is only cut, nothing is sent again.
func TestNothingIsSentAgainAfterACut(t *testing.T) {
	k, _ := pushing(t, client.Config{}, true, 3)
	k.lose()
	k.reconnect()
	k.wantEvents("resumed")
	k.wantFrames("Hello")
}

// A message that has failed is told of, too. One of which nobody knows whether it has left is sent again where it may be.
func TestFailedMessages(t *testing.T) {
	for _, tt := range []struct {
		name       string
		idempotent bool
		code       core.Code
		want       []string
		frames     []string
		atReset    string
	}{
		{"refused", false, core.Denied, []string{"failed 1 denied*"}, nil, "gap 1 missed 2 lost"},
		{"refused, idempotent", true, core.Denied, []string{"failed 1 denied*"}, nil, "recovered 1 missed 2"},
		{"lost", false, core.Lost, []string{"failed 1 lost*"}, nil, "gap 1 missed 2 lost"},
		{"lost, idempotent", true, core.Lost, []string{"recovered 1 missed 1"}, []string{"Message 1 2"}, "recovered 1 missed 3"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			k, push := pushing(t, client.Config{}, tt.idempotent, 3)
			k.send(core.Frame{Kind: core.KindFailed, Socket: push, ID: 2, Code: tt.code})
			k.wantEvents(tt.want...)
			k.wantFrames(tt.frames...)
			k.forgotten()
			k.wantEvents("reset lost*", tt.atReset, "ready")
		})
	}
}

// What there is no room to keep is reported as perhaps lost.
func TestNoRoomToKeep(t *testing.T) {
	k, _ := pushing(t, client.Config{MaxQueued: 5}, true, 3) // each has two bytes
	k.forgotten()
	k.wantEvents("reset lost*", "recovered 1 missed 2", "gap 1 missed 1 lost", "ready")
}

// A PUSH that has sent nothing can have lost nothing, and the types of which the bridge tells nothing do not know how much they have.
func TestGapsOfTypesThatSend(t *testing.T) {
	for _, tt := range []struct {
		typ  core.SocketType
		sent int
		want []string
	}{
		{core.PUSH, 0, nil}, {core.PUB, 0, nil}, {core.PUB, 2, []string{"gap 1 lost"}}, {core.DEALER, 0, []string{"gap 1 lost"}},
		{core.DEALER, 2, []string{"gap 1 lost"}},
	} {
		k := lasting(t, client.Config{})
		id := k.socket(tt.typ)
		k.client.Idempotent(id) // which is nothing to types other than PUSH
		k.credit(id)
		for range tt.sent {
			k.ok(k.client.Send(id, message("a")))
		}
		k.pump()
		k.quiet()
		k.send(left(id, 1, 0))
		k.forgotten()
		k.wantEvents(append(append([]string{"reset lost*"}, tt.want...), "ready")...)
	}
}

// A client that is asked to leave waits until all has left.
func TestIdleWhenAllHasLeft(t *testing.T) {
	k, push := pushing(t, client.Config{}, false, 3)
	k.wantSettled() // the bridge has them
	if k.client.Idle() {
		t.Error("it could leave, and nobody knows whether its messages have left")
	}
	k.send(left(push, 1, 2), core.Frame{Kind: core.KindFailed, Socket: push, ID: 3, Code: core.Unavailable})
	k.wantSettled()
	if !k.client.Idle() {
		t.Error("it cannot leave, and it was told of all messages")
	}
}

// A page that was loaded again knows how many messages of the page before may be lost, and does not send them again. What it sends itself it does.
func TestReceiptsOfASnapshot(t *testing.T) {
	k, push := pushing(t, client.Config{}, true, 3)
	k.send(left(push, 2, 1))
	k.reload()
	k.reconnect()
	k.ok(k.client.Send(push, message("4")))
	k.pump()
	k.quiet()
	k.send(left(push, 1, 1))
	k.forgotten()
	k.wantEvents("reset lost*", "recovered 1 missed 1", "gap 1 missed 1 lost", "ready")
	k.credit(push)
	k.wantFrames("Hello", "Open 1/1 PUSH tcp://backend:1", "Message 1 4")
}

// A socket that lingers sends again, too, and then closes.
func TestLingeringSocketSendsAgain(t *testing.T) {
	k, push := pushing(t, client.Config{}, true, 10) // which takes all credit
	k.ok(k.client.Send(push, message("waits")))
	if !k.client.CloseWithin(push, time.Minute, true, k.now) {
		t.Fatal("it does not linger")
	}
	k.send(left(push, 1, 8), core.Frame{Kind: core.KindFailed, Socket: push, ID: 9, Code: core.Denied})
	k.forgotten()
	k.wantEvents("reset lost*", "ready")
	k.credit(push)
	k.wantFrames("Hello", "Open 1/1 PUSH tcp://backend:1", "Message 1 :", "Message 1 waits", "Close 1 60000ms")
	k.send(core.Frame{Kind: core.KindClosed, Socket: push, Code: core.Closed})
	k.wantEvents("ended 1")
}

// What is sent again may be more than may wait otherwise, and goes along when the page is loaded again.
func TestSnapshotOfWhatIsSentAgain(t *testing.T) {
	k, push := pushing(t, client.Config{HWM: 2}, true, 5)
	k.lose()
	k.ok(k.client.Send(push, message("6")))
	k.refuse = core.Lost
	k.reconnect()
	k.refuse = core.OK
	wantCode(t, k.client.Send(push, message("too many")), core.Busy)
	k.reload()
	k.reconnect()
	k.quiet()
	k.credit(push)
	k.wantFrames("Message 1 1", "Message 1 2", "Message 1 3", "Message 1 4", "Message 1 5", "Message 1 6")
}
