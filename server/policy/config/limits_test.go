package config

import "testing"

func TestMemoryPerUserThatIsNotSaid(t *testing.T) {
	const MiB = 1 << 20
	for want, l := range map[Size]Limits{
		256 * MiB: {Memory: 1024 * MiB, Client: 64 * MiB},
		64 * MiB:  {Memory: 128 * MiB, Client: 64 * MiB},
		70 * MiB:  {Memory: 1024 * MiB, Client: 64 * MiB, MemoryPerUser: 70 * MiB},
	} {
		if got := l.PerUser(); got != want {
			t.Errorf("%+v: %d, want %d", l, got, want)
		}
	}
}
