package simulator

import (
	"slices"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/coretest/simulator/trace"
)

// feed is a publisher behind the bridge. Its messages are numbered. For some feeds the bridge keeps a history of the last
// messages.
type feed struct {
	bridge *bridge
	number int
	name   string
	seq    uint64

	keeps  bool
	epoch  string
	offset uint64
	past   []publication // the history, oldest message first
}

type publication struct {
	serial uint64
	offset uint64
	topic  string
	core.Message
}

var topics = []string{"a", "ab", "b", "bb", "c"}

// publish makes a backend do something: a publisher publishes, a PULL or DEALER gets work, or a REP gets a request.
func (b *bridge) publish() {
	if b.sim.Now() < b.awake {
		return
	}
	n := 1
	if b.sim.chance(5) {
		n = b.sim.rnd.IntN(3 * b.sim.climate.hwm)
	}
	for f := pick(b.sim, b.feeds); n > 0; n-- {
		f.publish()
	}
	for _, s := range slices.Clone(b.sessions) {
		for _, k := range slices.Clone(s.sockets) {
			k.backend()
		}
		s.write()
	}
}

func (f *feed) publish() {
	sim := f.bridge.sim
	f.seq++
	p := publication{serial: sim.serial(), topic: pick(sim, topics)}
	if f.keeps {
		f.offset++
		p.offset = f.offset
	}
	p.Message = trace.Content{Serial: p.serial, Feed: f.number, Seq: f.seq}.Message(p.topic, sim.size())
	if f.keeps {
		f.past = append(f.past, p)
		f.past = f.past[max(0, len(f.past)-sim.climate.history):]
	}
	for _, s := range f.bridge.sessions {
		for _, k := range s.sockets {
			k.published(f, p)
		}
	}
}

// restart forgets the history, because the bridge or the publisher was restarted.
func (f *feed) restart() { f.epoch, f.offset, f.past = f.bridge.epoch(), 0, nil }

// published offers a message to a socket, if the socket subscribes to it.
func (k *bridgeSocket) published(f *feed, p publication) {
	sub, ok := k.match(p.topic)
	if !ok {
		return
	}
	for _, e := range k.endpoints {
		if e.feed == f && !e.held {
			k.place(e, p.offset-1)
			k.sent = append(k.sent, p.serial)
			k.offer(waiting{endpoint: e, offset: p.offset, topic: p.topic, message: p.Message}, sub.overflow)
		}
	}
}

// place tells the page where it stands in a history, if it does not know yet.
func (k *bridgeSocket) place(e *bridgeEndpoint, offset uint64) {
	if f := e.feed; f.keeps && e.epoch != f.epoch {
		e.epoch = f.epoch
		k.enqueue(waiting{endpoint: e, offset: offset, epoch: f.epoch})
		k.queue.tidy()
	}
}

// recover answers Recover: it sends what a page has missed, as far as the history still has it.
func (k *bridgeSocket) recover(f *core.Frame) error {
	if f.ID == 0 || f.ID > uint64(len(k.endpoints)) {
		return broken("Recover of endpoint %d", f.ID)
	}
	e := k.endpoints[f.ID-1]
	if !e.held {
		return nil
	}
	e.held = false
	feed := e.feed
	if feed == nil || !feed.keeps {
		k.sayGap(0, core.Lost)
		return nil
	}
	oldest := feed.offset + 1
	if len(feed.past) > 0 {
		oldest = feed.past[0].offset
	}
	same := string(f.Name) == feed.epoch
	if same && f.Offset > feed.offset {
		return broken("Recover from %d, the last is %d", f.Offset, feed.offset)
	}
	complete := same && f.Offset+1 >= oldest
	from := oldest
	if complete {
		from = f.Offset + 1
	}
	missed := k.matching(feed, from)
	position := core.Frame{Kind: core.KindPosition, Socket: k.id, ID: e.number, Offset: from - 1, Name: []byte(feed.epoch)}
	if complete {
		position.Flags, position.Messages = core.FlagRecovered, uint64(len(missed))
	} else {
		k.sayGap(k.lostCount(same, oldest-1-f.Offset), core.Lost)
	}
	k.session.say(position)
	e.epoch = feed.epoch
	for _, p := range missed {
		k.sent = append(k.sent, p.serial)
		k.enqueue(waiting{endpoint: e, offset: p.offset, topic: p.topic, message: p.Message})
	}
	return nil
}

// lostCount is how many messages of those that the page has missed the history has forgotten; 0 if this cannot be known.
func (k *bridgeSocket) lostCount(same bool, forgotten uint64) uint64 {
	if _, all := k.match(""); !same || !all {
		return 0
	}
	return forgotten
}

func (k *bridgeSocket) matching(f *feed, from uint64) (out []publication) {
	for _, p := range f.past {
		if _, ok := k.match(p.topic); ok && p.offset >= from {
			out = append(out, p)
		}
	}
	return out
}
