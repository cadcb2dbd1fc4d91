package cluster

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

var bridgeID = strings.Repeat("ab", 16)

// FuzzRevocation: what a bucket has is what a bridge has written, or an error.
func FuzzRevocation(f *testing.F) {
	for _, r := range []Revocation{{User: "bob", Until: time.Unix(2, 0), Since: time.Unix(1, 0), Reason: "he has left", Bridge: bridgeID}, {Token: "abc", Lifted: true, Bridge: bridgeID}, {}} {
		text, err := json.Marshal(r)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		var r Revocation
		if json.Unmarshal(text, &r) != nil {
			return
		}
		got, err := readRevocation(r.key(), text)
		if err == nil && ((got.User == "") == (got.Token == "") || !IsID(got.Bridge) || visible(got.Reason) != got.Reason || len(text) > mostRevocation) {
			t.Errorf("%q is %+v", text, got)
		}
		if _, err := readRevocation("another key", text); err == nil {
			t.Error("it is under any key")
		}
	})
}

// FuzzOrder: orders and answers are those of bridges, or errors.
func FuzzOrder(f *testing.F) {
	for _, value := range []any{Order{bridgeID, "disconnect", json.RawMessage(`{"user":"bob"}`)}, Answer{Bridge: bridgeID, Host: "host", Begun: true}, Answer{Bridge: bridgeID, Refused: "no"},
		Answer{Bridge: bridgeID, Outcome: json.RawMessage("7")}} {
		text, err := json.Marshal(value)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if o, err := readOrder(text); err == nil && (!IsID(o.Bridge) || o.What == "" || o.What != visible(o.What)) {
			t.Errorf("%q is %+v", text, o)
		}
		if a, err := readAnswer(text); err == nil && (!IsID(a.Bridge) || a.Host != visible(a.Host) || a.Refused != visible(a.Refused)) {
			t.Errorf("%q is %+v", text, a)
		}
	})
}

// FuzzCounts: what is read is bounded, and the same when it is written again.
func FuzzCounts(f *testing.F) {
	for _, c := range []counts{{kind: someCounts, bridge: bridgeID, number: 7, users: map[userHash]uint32{hashOf("ann"): 3, hashOf("bob"): 0}}, {kind: allCounts, bridge: bridgeID}, {kind: wantCounts, bridge: bridgeID, number: 1 << 60}} {
		f.Add(c.append(nil))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c, err := readCounts(text)
		if err != nil {
			return
		}
		if len(c.users) > mostCounts || !IsID(c.bridge) {
			t.Errorf("%d users of %s", len(c.users), c.bridge)
		}
		if again, err := readCounts(c.append(nil)); err != nil || !reflect.DeepEqual(c, again) {
			t.Errorf("%+v is %+v when it is written again, %v", c, again, err)
		}
	})
}

// FuzzLast: what others ask for and answer is whole, bounded, and the same when it is written again.
func FuzzLast(f *testing.F) {
	f.Add(lastQuestion{bridgeID, "0 prices", "fx."}.append(nil))
	f.Add(lastAnswer{bridgeID, []core.Body{core.EncodeBody(core.Message{[]byte("fx.EURUSD"), []byte("1")}), core.EncodeBody(core.Message{[]byte("fx.")})}}.append(nil))
	f.Fuzz(func(t *testing.T, text []byte) {
		if q, err := readLastQuestion(text); err == nil {
			if again, err := readLastQuestion(q.append(nil)); err != nil || again != q {
				t.Errorf("%+v is %+v when it is written again, %v", q, again, err)
			}
		}
		a, err := readLastAnswer(text, "fx.")
		if err != nil {
			return
		}
		for _, body := range a.values {
			if !strings.HasPrefix(string(body.Topic()), "fx.") {
				t.Errorf("%q is about something else", body)
			}
		}
		if again, err := readLastAnswer(a.append(nil), "fx."); err != nil || !reflect.DeepEqual(a, again) {
			t.Errorf("%+v is %+v when it is written again, %v", a, again, err)
		}
	})
}
