package config

// limits checks what has to fit into what.
func (c *checker) limits() {
	l := c.whole.Limits
	if l.Memory < l.Client {
		c.wrongOf("limits.memory", "limits.client", "memory ("+text(l.Memory)+") must be at least as much as limits.client ("+text(l.Client)+")")
	}
	if l.Client < l.Message {
		c.wrongOf("limits.client", "limits.message", "client ("+text(l.Client)+") must be at least as much as limits.message ("+text(l.Message)+")")
	}
	if l.MemoryPerUser != 0 && l.MemoryPerUser < l.Client {
		c.wrongOf("limits.memory_per_user", "limits.client", "memory_per_user ("+text(l.MemoryPerUser)+") must be at least as much as limits.client ("+text(l.Client)+")")
	}
}

// PerUser is memory_per_user, or what stands for it: a quarter of memory, but not less than one client may have.
func (l *Limits) PerUser() Size {
	if l.MemoryPerUser != 0 {
		return l.MemoryPerUser
	}
	return max(l.Memory/4, l.Client)
}

// wrongOf reports a mistake at the first of two values, or at the second if only that was said.
func (c *checker) wrongOf(path, other, why string) {
	if !c.file.Said(path) && c.file.Said(other) {
		path = other
	}
	c.wrong(path, why)
}

func text(s Size) string {
	text, _ := s.MarshalText() // never fails
	return string(text)
}
