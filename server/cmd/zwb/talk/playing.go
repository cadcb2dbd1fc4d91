package talk

import (
	"context"
	"errors"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/recording"
)

// once sends all of the selection.
func (p *playing) once(ctx context.Context) error {
	p.pace = pace{speed: p.speed}
	for b, err := range p.file.Blocks() {
		if err != nil {
			if err = p.damaged(err); err != nil {
				return err
			}
			continue
		}
		if !p.choice.Block(b) {
			continue
		}
		if err := p.block(ctx, b); err != nil {
			return err
		}
	}
	return nil
}

func (p *playing) block(ctx context.Context, b *recording.Block) error {
	for e, err := range p.file.Entries(b) {
		if err != nil {
			if err = p.damaged(err); err != nil {
				return err
			}
			continue
		}
		if !p.choice.Entry(b, e) {
			continue
		}
		if err := p.pace.wait(ctx, e.Time); err != nil {
			return err
		}
		if err := p.entry(ctx, e); err != nil {
			return err
		}
	}
	return nil
}

func (p *playing) entry(ctx context.Context, e *recording.Entry) error {
	if e.Gap != nil {
		p.Gaps++
		return p.s.out.MissingFor(e.Gap.Missed, e.Gap.Code)
	}
	if err := p.socket.Send(ctx, e.Parts...); err != nil {
		return err
	}
	p.Messages++
	p.Bytes += uint64(e.Parts.Size())
	return nil
}

// damaged says what cannot be read. It returns an error that ends the replay.
func (p *playing) damaged(err error) error {
	damage := (*recording.Damage)(nil)
	if !errors.As(err, &damage) {
		return err
	}
	size := damage.To - damage.From
	if damage.Tail {
		return p.s.out.Note(damage.Error(), map[string]any{"cut_bytes": size})
	}
	p.Damaged += size
	return p.s.out.Note(damage.Error(), map[string]any{"damaged_bytes": size, "at_byte": damage.From, "entries": damage.Entries})
}

// pace keeps the time between entries as it was. What is late is not waited for, until it has caught up.
type pace struct {
	speed float64 // 0: no waiting
	began time.Time
	first int64
}

// wait returns when an entry is due that was recorded at a time.
func (p *pace) wait(ctx context.Context, at int64) error {
	if p.speed == 0 {
		return ctx.Err()
	}
	if p.began.IsZero() {
		p.began, p.first = time.Now(), at
	}
	left := time.Duration(float64(at-p.first)/p.speed) - time.Since(p.began)
	if left <= 0 {
		return ctx.Err()
	}
	due := time.NewTimer(left)
	defer due.Stop()
	select {
	case <-due.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
