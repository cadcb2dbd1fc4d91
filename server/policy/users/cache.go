package users

import (
	"crypto/sha256"
	"sync"
	"time"
)

// cacheKey is the hash of what an answer is to.
type cacheKey [sha256.Size]byte

// cache keeps answers for a while, and not more than so many: where it is full, any one goes.
type cache[V any] struct {
	mu   *sync.Mutex
	most int
	kept map[cacheKey]cached[V]
}

type cached[V any] struct {
	value V
	until time.Time
}

func newCache[V any](most int) cache[V] {
	return cache[V]{mu: new(sync.Mutex), most: most, kept: map[cacheKey]cached[V]{}}
}

func (c cache[V]) get(k cacheKey) (value V, found bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	kept, found := c.kept[k]
	if found && time.Now().After(kept.until) {
		delete(c.kept, k)
		return value, false
	}
	return kept.value, found
}

func (c cache[V]) put(k cacheKey, value V, life time.Duration) {
	if life <= 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for other := range c.kept {
		if len(c.kept) < c.most {
			break
		}
		delete(c.kept, other)
	}
	c.kept[k] = cached[V]{value, time.Now().Add(life)}
}
