package users

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

// service is a REP service: a function from a question to an answer.
type service struct {
	mu     sync.Mutex
	asked  []string
	answer func(Question) (string, error)
}

func (s *service) Request(ctx context.Context, address string, question []byte) ([]byte, error) {
	s.mu.Lock()
	s.asked = append(s.asked, string(question))
	s.mu.Unlock()
	var q Question
	if err := json.Unmarshal(question, &q); err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	answer, err := s.answer(q)
	return []byte(answer), err
}

func (s *service) chain(t *testing.T) *Chain {
	return chain(t, Options{Requester: s}, config.User{ZMQ: &config.Asker{Address: "tcp://127.0.0.1:7000"}}, config.User{Anonymous: &config.Anonymous{}})
}

func says(text string) *service {
	return &service{answer: func(Question) (string, error) { return text, nil }}
}

func TestServiceDecides(t *testing.T) {
	long := strings.Repeat("x", 300)
	for _, tt := range []struct {
		name, says string
		code       core.Code
	}{
		{"yes", `{"allow":true,"user":"zoe","claims":{"groups":["a"]}}`, core.OK},
		{"no", `{"allow":false,"reason":"not today"}`, core.Unauthenticated},
		{"no, at length", `{"allow":false,"reason":"` + long + `"}`, core.Unauthenticated},
		{"yes, to nobody", `{"allow":true}`, core.Busy},
		{"yes, to two lines", `{"allow":true,"user":"a\nb"}`, core.Busy},
		{"truth", `{"allow":"true","user":"zoe"}`, core.Busy},
		{"nothing", ``, core.Busy},
		{"an empty object", `{}`, core.Unauthenticated},
		{"much", `{"allow":true,"user":"zoe","claims":{"x":"` + strings.Repeat("x", maxAnswer) + `"}}`, core.Busy},
	} {
		t.Run(tt.name, func(t *testing.T) {
			user, err := helloToken("t1").to(says(tt.says).chain(t))
			wantCode(t, err, tt.code)
			if tt.code == core.OK {
				wantUser(t, user, err, "zmq", "zoe")
			}
			if err != nil && (strings.Contains(err.Error(), long) || strings.Contains(err.Error(), "t1")) {
				t.Errorf("%v", err)
			}
			if tt.name == "no" && !expired(err) {
				t.Error("another token would not be fetched")
			}
		})
	}
}

// What is asked is the same wherever the credentials come from. Without any nobody is asked.
func TestQuestions(t *testing.T) {
	s := says(`{"allow":true,"user":"zoe","claims":{"groups":["a"]}}`)
	c := s.chain(t)
	for _, shown := range []shows{{}, helloToken("t1"), header1("Authorization", "Bearer t2"), header1("Authorization", "Basic YmVuOnB3"), {hello: `"a ticket"`}} {
		if _, err := shown.to(c); err != nil {
			t.Error(err)
		}
	}
	user, _ := helloToken("t1").to(c) // which is in the cache
	if err := Decide(t.Context(), Of(user), Question{Action: "open", Type: "SUB", Endpoint: "prices"}); err != nil {
		t.Error(err)
	}
	if err := Decide(t.Context(), User{Issuer: "basic", Name: "ben"}, Question{Action: "open"}); err != nil {
		t.Error("the service is asked for somebody whom it does not know")
	}
	want := []string{
		`{"action":"connect","credentials":{"token":"t1"},"ip":"192.0.2.1"}`,
		`{"action":"connect","credentials":{"token":"t2"},"ip":"192.0.2.1"}`,
		`{"action":"connect","credentials":{"password":"pw","user":"ben"},"ip":"192.0.2.1"}`,
		`{"action":"connect","credentials":"a ticket","ip":"192.0.2.1"}`,
		`{"action":"open","user":"zoe","claims":{"groups":["a"]},"endpoint":"prices","type":"SUB"}`,
	}
	if got := strings.Join(s.asked, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("asked\n%s", got)
	}
}

// Late and down mean no, for the time being.
func TestServiceThatDoesNotAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &service{answer: func(Question) (string, error) { return "", errors.New("down") }}
		c := s.chain(t)
		_, err := helloToken("t1").to(c)
		wantCode(t, err, core.Busy)
		s.answer = func(Question) (string, error) { return `{"allow":true,"user":"zoe"}`, nil }
		user, err := helloToken("t1").to(c)
		wantUser(t, user, err, "zmq", "zoe")
		c.entries[0].(*asker).requester = hung{}
		began := time.Now()
		err = Decide(t.Context(), Of(user), Question{Action: "subscribe", Topic: "x"})
		wantCode(t, err, core.Denied)
		if took := time.Since(began); took != defaultTimeout {
			t.Errorf("it took %v", took)
		}
	})
}

// hung never answers.
type hung struct{}

func (hung) Request(ctx context.Context, _ string, _ []byte) ([]byte, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestAnswersAreKept(t *testing.T) {
	for _, tt := range []struct {
		ttl  string
		life time.Duration
	}{{"", defaultKeep}, {`,"ttl":5`, 5 * time.Second}, {`,"ttl":5000`, defaultKeep}, {`,"ttl":0`, 0}, {`,"ttl":-1`, 0}} {
		synctest.Test(t, func(t *testing.T) {
			s := says(`{"allow":true,"user":"zoe"` + tt.ttl + `}`)
			c := s.chain(t)
			helloToken("t1").to(c)
			time.Sleep(tt.life)
			helloToken("t1").to(c)
			if want := 1; tt.life > 0 && len(s.asked) != want {
				t.Errorf("%s: asked %d times within %v", tt.ttl, len(s.asked), tt.life)
			}
			time.Sleep(time.Millisecond)
			before := len(s.asked)
			helloToken("t1").to(c)
			if len(s.asked) != before+1 {
				t.Errorf("%s: an answer is kept for longer than %v", tt.ttl, tt.life)
			}
		})
	}
	c := newCache[int](3)
	for i := range 10 {
		c.put(cacheKey{byte(i)}, i, time.Hour)
	}
	if len(c.kept) != 3 {
		t.Errorf("%d answers are kept", len(c.kept))
	}
}
