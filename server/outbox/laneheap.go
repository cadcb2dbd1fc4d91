package outbox

import "container/heap"

// laneHeap is lanes by rank, the least one in front. A lane is in one heap at a time, or in none.
type laneHeap struct{ lanes []*lane }

// first is the lane in front, or nil.
func (h *laneHeap) first() *lane {
	if len(h.lanes) == 0 {
		return nil
	}
	return h.lanes[0]
}

// put brings a lane in, out of any other heap, or to its new place.
func (h *laneHeap) put(l *lane, rank int64) {
	if l.in == h {
		if l.rank != rank {
			l.rank = rank
			heap.Fix(h, l.at)
		}
		return
	}
	l.leave()
	l.rank, l.in = rank, h
	heap.Push(h, l)
}

// leave takes a lane out of the heap it is in.
func (l *lane) leave() {
	if l.in != nil {
		heap.Remove(l.in, l.at)
		l.in = nil
	}
}

// The rest is for container/heap.

func (h *laneHeap) Len() int { return len(h.lanes) }

func (h *laneHeap) Less(i, j int) bool { return h.lanes[i].rank < h.lanes[j].rank }

func (h *laneHeap) Swap(i, j int) {
	h.lanes[i], h.lanes[j] = h.lanes[j], h.lanes[i]
	h.lanes[i].at, h.lanes[j].at = i, j
}

func (h *laneHeap) Push(x any) {
	l := x.(*lane)
	l.at = len(h.lanes)
	h.lanes = append(h.lanes, l)
}

func (h *laneHeap) Pop() any {
	last := len(h.lanes) - 1
	l := h.lanes[last]
	h.lanes[last] = nil
	h.lanes = h.lanes[:last]
	return l
}
