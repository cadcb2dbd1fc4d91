package account

import "sync"

// Stock is the account of what several keep for nobody in particular, such as the histories of many publishers. It has one of so many
// parts of the Pool's limit. Whoever keeps something has a Portion of it: an even one, and more for as long as others do not need
// theirs. It is safe for concurrent use, and never ended to make room.
type Stock struct {
	pool  *Pool
	parts int64

	mu       sync.Mutex
	charge   *Charge
	portions int64
}

// Stock opens one.
func (p *Pool) Stock(k Kind, parts int) *Stock {
	s := &Stock{pool: p, parts: int64(parts)}
	s.charge = p.Open(&s.mu, nil).Charge(k)
	return s
}

// Portion is for one more who keeps something.
func (s *Stock) Portion() *Portion {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.portions++
	return &Portion{stock: s}
}

// Portion is what one of them keeps. It is not safe for concurrent use.
type Portion struct {
	stock *Stock
	held  int64
}

// Hold says how many bytes are kept now. It returns how many of them are to be given up: there are too many in the Stock, and that much
// more than an even part of it is here.
func (p *Portion) Hold(bytes int64) (excess int64) {
	s := p.stock
	s.mu.Lock()
	defer s.mu.Unlock()
	s.charge.Add(int(bytes - p.held))
	p.held = bytes
	limit := s.pool.limit.Load() / s.parts
	return max(0, min(int64(s.charge.Held())-limit, bytes-limit/max(1, s.portions)))
}

// Leave says that nothing is kept any more. It is called once.
func (p *Portion) Leave() {
	p.Hold(0)
	p.stock.mu.Lock()
	defer p.stock.mu.Unlock()
	p.stock.portions--
}
