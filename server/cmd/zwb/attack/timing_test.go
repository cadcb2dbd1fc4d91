package attack

import (
	"encoding/base64"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/gateway"
)

// aliceLine is her line of htpasswd, for plantedPassword.
const (
	aliceHash = "$6$rounds=5000$saltsaltsalt$82mdBk/XQhar/eCk0LEbn/sMwEZjnLPh.XcaRg.A3cPGPO6iC4DGbz71D4QKRRN7Jt.o.B2NDZmujfCKxf3EQ/"
	aliceLine = "alice:" + aliceHash + "\n"
)

// sample is how long something takes, many times. Kinds take turns, so that whatever else the machine does concerns all of them.
func sample(rounds int, kinds map[string]func()) map[string][]time.Duration {
	taken := map[string][]time.Duration{}
	for range rounds {
		for name, kind := range kinds { // in another order each time
			began := time.Now()
			kind()
			taken[name] = append(taken[name], time.Since(began))
		}
	}
	for _, times := range taken {
		slices.Sort(times)
	}
	return taken
}

// alike fails where the medians differ by more than fineness, and by more than chance can explain: by five times the standard error of
// the difference between two medians, which is 1.31 times the time in which the middle half of n samples is, divided by the root of n.
// On a busy machine that is more than on a quiet one.
func alike(t *testing.T, fineness time.Duration, taken map[string][]time.Duration) {
	t.Helper()
	for one, a := range taken {
		for other, b := range taken {
			spread := max(quantile(a, 3)-quantile(a, 1), quantile(b, 3)-quantile(b, 1))
			differ := quantile(a, 2) - quantile(b, 2)
			chance := time.Duration(5 * 1.31 * float64(spread) / math.Sqrt(float64(len(a))))
			if differ > max(chance, fineness) {
				t.Errorf("%s takes %v longer than %s: %v, with %v between quartiles", one, differ, other, quantile(a, 2), spread)
			}
		}
		t.Logf("%-28s quartiles %v %v %v", one, quantile(a, 1), quantile(a, 2), quantile(a, 3))
	}
}

func quantile(sorted []time.Duration, fourths int) time.Duration {
	return sorted[(len(sorted)-1)*fourths/4]
}

// TestTimingOfDenials: how long it takes until one is told "denied" does not say whether there is something that others may reach, even
// if one brings along params that take long to be judged.
func TestTimingOfDenials(t *testing.T) {
	b := start(t, withSecret+`endpoints:
  vault: {type: REQ, address: "tcp://127.0.0.1:1", allow: "'admin' in claims.groups && params.key == 'open' || any(params.list, # == 'x')"}
  plain: {type: REQ, address: "tcp://127.0.0.1:1", allow: "user == 'root'"}
  other: {type: SUB, address: "tcp://127.0.0.1:1"}
addresses:
  - {types: [REQ], address: "tcp://10.0.0.0/8:*", allow: "any(params.list, # == 'x')"}
`, secretFile)
	v, socket := b.enter(signed("mallory", map[string]any{"groups": []string{"a", "b"}})), uint32(0)
	params := asJSON(map[string]any{"list": slices.Repeat([]string{"y"}, 2000)})
	denied := func(endpoint string) func() {
		return func() {
			socket++
			v.Say(core.Frame{Kind: core.KindOpen, Socket: socket, ID: 1, Type: core.REQ, Text: []byte(endpoint), Params: params})
			if f := v.Hear(core.KindRefused); f == nil || f.Code != core.Denied {
				t.Fatalf("%s: %+v, %v", endpoint, f, v.End())
			} else if want := "REQ " + endpoint + " is not allowed here"; string(f.Text) != want {
				t.Fatalf("it says %q", f.Text)
			}
			v.Say(core.Frame{Kind: core.KindClose, Socket: socket})
		}
	}
	alike(t, 150*time.Microsecond, sample(100, map[string]func(){
		"an endpoint that is not there": denied("vaults"), "another that is not there": denied("plains"), "one with a condition": denied("vault"),
		"one for somebody else": denied("plain"), "one of another type": denied("other"), "an address": denied("tcp://10.0.0.1:5000"), "an address of nobody": denied("tcp://192.0.2.1:5000"),
	}))
}

// TestTimingOfAService: where a service decides, too, it is asked about what is not there as well.
func TestTimingOfAService(t *testing.T) {
	service := answering(t, func(in *gateway.Incoming) {
		if strings.Contains(string(in.Message[0]), `"connect"`) {
			in.Reply(core.Message{[]byte(`{"allow":true,"user":"mallory"}`)})
			return
		}
		time.Sleep(6 * time.Millisecond) // it has to look it up
		in.Reply(core.Message{[]byte(`{"allow":false,"reason":"ask somebody else"}`)})
	})
	b := start(t, "users:\n  - zmq: {address: '"+service+"', cache: 1ms}\nendpoints:\n  vault: {type: REQ, address: 'tcp://127.0.0.1:1'}\n", nil)
	v, socket := b.enter("a"), uint32(0)
	denied := func(endpoint string) func() {
		return func() {
			socket++
			v.Open(socket, core.REQ, 0, endpoint)
			if f := v.Hear(core.KindRefused); f == nil || f.Code != core.Denied || string(f.Text) != "ask somebody else" {
				t.Fatalf("%s: %+v", endpoint, f)
			}
			v.Say(core.Frame{Kind: core.KindClose, Socket: socket})
		}
	}
	alike(t, time.Millisecond, sample(40, map[string]func(){"an endpoint that is not there": denied("vaults"), "one that is": denied("vault")}))
}

// TestTimingOfPasswords: a user who does not exist takes as long as one whose password is wrong, also while that user is remembered.
func TestTimingOfPasswords(t *testing.T) {
	b := start(t, "users:\n  - basic: {htpasswd: users.htpasswd}\n", map[string]string{"users.htpasswd": aliceLine})
	try := func(user, password string) error {
		door := b.door()
		door.Headers = []string{"Authorization: Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+password))}
		v, _, err := door.Enter(core.Frame{})
		if err == nil {
			v.Close()
		}
		return err
	}
	if err := try("alice", plantedPassword); err != nil {
		t.Fatal(err)
	}
	wrong := plantedPassword[:len(plantedPassword)-1] + "x" // a longer one takes longer, whoever it is of
	says := map[string]bool{}
	refused := func(user, password string) func() {
		return func() {
			err := try(user, password)
			if core.CodeOf(err) != core.Unauthenticated {
				t.Fatalf("%s: %v", user, err)
			}
			says[err.Error()] = true
		}
	}
	alike(t, 300*time.Microsecond, sample(60, map[string]func(){
		"a wrong password": refused("alice", wrong), "a user who is not there": refused("bob", wrong), "with the password of another": refused("bob", plantedPassword),
		"a user in other letters": refused("ALICE", plantedPassword),
	}))
	if len(says) != 1 {
		t.Errorf("it says %v", says)
	}
}

// TestTimingOfTokens: one that is nearly right takes as long as any other.
func TestTimingOfTokens(t *testing.T) {
	token := strings.TrimSpace(run(t, "token", "--user", "alice", "--file", t.TempDir()+"/tokens.yaml"))
	b := start(t, withSecret+"  - tokens: {file: tokens.yaml}\n", map[string]string{"jwt.secret": secret, "tokens.yaml": ""})
	refused := func(token string) func() {
		return func() {
			v, _, err := b.door().Enter(credentials(token))
			if core.CodeOf(err) != core.Unauthenticated {
				t.Fatal(v, err)
			}
		}
	}
	last := func(text string, c string) string { return text[:len(text)-1] + c }
	alike(t, 300*time.Microsecond, sample(100, map[string]func(){
		"made up": refused(strings.Repeat("x", len(token))), "nearly right": refused(last(token, "x")),
		"another": refused(token),
	}))
	jwt := signed("alice", nil)
	alike(t, 300*time.Microsecond, sample(100, map[string]func(){
		"with a wrong signature": refused(jwt[:len(jwt)-20] + strings.Repeat("x", 20)), "nearly right": refused(jwt[:len(jwt)-5] + "xxxxx"),
	}))
}
