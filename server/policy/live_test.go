package policy

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

func TestPolicyIsSwapped(t *testing.T) {
	live := NewLive(newPolicy(t, example()))
	f := example()
	delete(f.Names, "jobs")
	calc := f.Names["calc"]
	calc.Address = config.Strings{"tcp://10.0.0.6:5555"}
	f.Names["calc"] = calc
	if moved := live.Swap(newPolicy(t, f)); !slices.Equal(moved, []string{"calc"}) {
		t.Errorf("moved: %q", moved)
	}
	if live.ZMQAllowed(context.Background(), ask(t, bob, core.PULL, "jobs")) == nil {
		t.Error("jobs are still there")
	}
	if n, _ := live.Named("calc"); n.Addresses != 1 {
		t.Errorf("%+v", n)
	}
	if _, err := live.Resolve(core.Endpoint{Name: "calc", Nth: 1}); core.CodeOf(err) != core.Unavailable {
		t.Error(err)
	}
}

func TestExplain(t *testing.T) {
	p := newPolicy(t, example())
	prefix := func(who person, text string) string {
		a := ask(t, who, core.SUB, "prices")
		a.Subscribe, a.Prefix = true, []byte(text)
		allowed, trace := p.Explain(a)
		var b strings.Builder
		trace.Print(&b)
		if allowed {
			b.WriteString("allowed")
		}
		return b.String()
	}
	if got, want := prefix(bob, "fx.eur"), "  endpoints.prices: the condition 'trader' in claims.groups holds\n  endpoints.prices: allows it\nallowed"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := prefix(bob, "rates."), `none of the topics of this user: "fx.", "user.bob.", "fx.", "eq."`; !strings.Contains(got, want) {
		t.Errorf("%s, want %s", got, want)
	}
	if got, want := prefix(visitor, "fx.eur"), "  endpoints.prices: the condition 'trader' in claims.groups does not hold\n"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	if allowed, trace := p.Explain(ask(t, bob, core.REQ, "nothing")); allowed || trace.Steps[0].Text != "there is no endpoint of this name" {
		t.Errorf("%+v", trace)
	}
}
