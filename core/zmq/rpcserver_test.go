package zmq_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"math/big"
	"strings"
	"sync"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/core/rpc"
	"github.com/zmqwebbridge/zmqwebbridge/core/zmq"
)

type contextKey struct{}

// users is a service with a method of every shape.
type users struct{ log []string }

type userOptions struct {
	Type string `json:"type"`
	Age  *int   `json:"age"`
}

func (*users) Echo(v any) any                     { return v }
func (*users) Add(a, b int) int                   { return a + b }
func (*users) Half(v int8) (float64, error)       { return float64(v) / 2, nil }
func (*users) Sum(first float64, more ...int) int { return int(first) + sum(more) }
func (*users) Nothing()                           {}
func (*users) Fail() error                        { return errors.New("no \"such\" ünicorn") }
func (*users) Succeed() error                     { return nil }
func (*users) FailCoded() (string, error) {
	return "half done", core.NewError(core.Busy, "come back later")
}
func (*users) Panic() int                           { panic("secret detail") }
func (*users) HTTPGet(url string) string            { return "GET " + url }
func (*users) Whoami(ctx context.Context) any       { return ctx.Value(contextKey{}) }
func (*users) Big(n *big.Int) string                { return n.String() }
func (*users) First(o userOptions, n int) string    { return fmt.Sprint(o.Type, n) }
func (*users) Maybe(p *int, n int) bool             { return p == nil }
func (*users) NaN() float64                         { return math.NaN() }
func (*users) Keyed(a string, kw zmq.Kwargs) string { return fmt.Sprint(a, kw["type"], len(kw)) }
func (*users) Wait(_ context.Context, _ chan int)   {}              // cannot be called
func (*users) Two() (int, int)                      { return 1, 2 } // cannot be called
func (u *users) AddUser(name string, o *userOptions) []string {
	u.log = append(u.log, name)
	return []string{name, o.Type}
}
func (*users) CanAddUser(name string, o *userOptions) bool { return name != "root" && o.Type != "boy" }
func (*users) Delete(name string)                          {}
func (*users) CanDelete(name string) error                 { return errors.New("who asks?") }
func (*users) Rename(name string)                          {}
func (*users) CanRename(name string) (bool, error)         { panic("secret detail") }
func (*users) Cancel() string                              { return "canceled" } // it is not a guard of a method Cel

func sum(ns []int) (n int) {
	for _, v := range ns {
		n += v
	}
	return n
}

func TestRPCServer(t *testing.T) {
	s, err := zmq.NewRPCServer(&users{}, zmq.RPCOptions{Log: slog.New(slog.DiscardHandler)})
	must(t, err)
	ctx := context.WithValue(t.Context(), contextKey{}, "hugo")
	for name, tt := range map[string]struct{ request, want string }{
		"positional":               {`{"funcname":"Add","args":[1,2]}`, `3`},
		"snake_case":               {`{"funcname":"add","args":[1,2],"kwargs":{}}`, `3`},
		"an acronym":               {`{"funcname":"http_get","args":["/"]}`, `"GET /"`},
		"one bare argument":        {`{"funcname":"echo","args":"hello!"}`, `"hello!"`},
		"unicode":                  {`{"funcname":"echo","args":["gr\u00fc\u00dfe 👋 <&>"]}`, `"grüße 👋 <&>"`},
		"an object":                {`{"funcname":"echo","args":[{"b":[1.5,null],"a":"x"}]}`, `{"a":"x","b":[1.5,null]}`},
		"null":                     {`{"funcname":"echo","args":[null]}`, `null`},
		"no value":                 {`{"funcname":"nothing"}`, `null`},
		"value and error":          {`{"funcname":"half","args":[3]}`, `1.5`},
		"no error":                 {`{"funcname":"succeed"}`, `null`},
		"an error":                 {`{"funcname":"fail"}`, `no \"such\" ünicorn`},
		"a coded error":            {`{"funcname":"fail_coded"}`, `come back later`},
		"variadic, none":           {`{"funcname":"sum","args":[1]}`, `1`},
		"variadic, some":           {`{"funcname":"sum","args":[1.5,2,3]}`, `6`},
		"context":                  {`{"funcname":"whoami"}`, `"hugo"`},
		"struct":                   {`{"funcname":"first","args":[{"type":"girl"},7]}`, `"girl7"`},
		"pointer":                  {`{"funcname":"maybe","args":[null,1]}`, `true`},
		"a type of its own JSON":   {`{"funcname":"big","args":[123456789012345678901]}`, `"123456789012345678901"`},
		"kwargs":                   {`{"funcname":"add_user","args":["u"],"kwargs":{"type":"girl"}}`, `["u","girl"]`},
		"kwargs left out":          {`{"funcname":"add_user","args":["u"]}`, `["u",""]`},
		"kwargs as a map":          {`{"funcname":"keyed","args":["a"],"kwargs":{"type":"girl","x":1}}`, `"agirl2"`},
		"kwargs as a map, none":    {`{"funcname":"keyed","args":["a"]}`, `"a<nil> 0"`},
		"looks like a guard":       {`{"funcname":"cancel"}`, `"canceled"`},
		"guarded":                  {`{"funcname":"add_user","args":["root"]}`, `unauthorized access`},
		"guarded by kwargs":        {`{"funcname":"add_user","args":["u"],"kwargs":{"type":"boy"}}`, `unauthorized access`},
		"guarded by an error":      {`{"funcname":"delete","args":["u"]}`, `unauthorized access`},
		"a guard that panics":      {`{"funcname":"rename","args":["u"]}`, `unknown error`},
		"a guard":                  {`{"funcname":"CanAddUser","args":["u"]}`, `there is no function \"CanAddUser\"`},
		"a guard, snake_case":      {`{"funcname":"can_add_user","args":["u"]}`, `there is no function \"can_add_user\"`},
		"unknown":                  {`{"funcname":"nope"}`, `there is no function \"nope\"`},
		"not callable: a channel":  {`{"funcname":"wait","args":[1]}`, `there is no function \"wait\"`},
		"not callable: two values": {`{"funcname":"two"}`, `there is no function \"two\"`},
		"too few":                  {`{"funcname":"add","args":[1]}`, `add takes 2 arguments, not 1`},
		"too many":                 {`{"funcname":"echo","args":[1,2]}`, `echo takes 1 argument, not 2`},
		"too few for variadic":     {`{"funcname":"sum"}`, `sum takes at least 1 argument, not 0`},
		"a string for a number":    {`{"funcname":"add","args":[1,"2"]}`, `argument 2 of add: string where an integer in range is expected`},
		"a fraction":               {`{"funcname":"add","args":[1.5,2]}`, `argument 1 of add: number 1.5 where an integer in range is expected`},
		"out of range":             {`{"funcname":"half","args":[300]}`, `argument 1 of half: number 300 where an integer in range is expected`},
		"null for a number":        {`{"funcname":"add","args":[null,2]}`, `argument 1 of add: null where an integer in range is expected`},
		"inside a struct":          {`{"funcname":"first","args":[{"type":7},7]}`, `argument 1 of first: type: number where a string is expected`},
		"its own JSON disagrees":   {`{"funcname":"big","args":["x"]}`, `argument 1 of big: malformed`},
		"kwargs where none go":     {`{"funcname":"add","args":[1,2],"kwargs":{"a":1}}`, `add takes no keyword arguments`},
		"an unknown kwarg":         {`{"funcname":"add_user","args":["u"],"kwargs":{"typ":"girl"}}`, `keyword arguments of add_user: there is no \"typ\"`},
		"a wrong kwarg":            {`{"funcname":"add_user","args":["u"],"kwargs":{"age":"old"}}`, `keyword arguments of add_user: age: string where an integer in range is expected`},
		"a panic":                  {`{"funcname":"panic"}`, `unknown error`},
		"a value without JSON":     {`{"funcname":"na_n"}`, `unknown error`},
		"no JSON":                  {`hello`, `malformed RPC call at byte 0`},
		"no function":              {`{"args":[1]}`, `the RPC call has no function name`},
		"nothing at all":           {``, `malformed RPC call at byte 0`},
	} {
		t.Run(name, func(t *testing.T) {
			got := string(s.Handle(ctx, []byte(tt.request)))
			if got != `{"returnval":`+tt.want+`}` && got != `{"status":"error","error_msg":"`+tt.want+`"}` {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

func TestAuthorized(t *testing.T) {
	for name, tt := range map[string]struct {
		authorized []string
		function   string
		want       string
	}{
		"listed by its Go name":      {[]string{"AddUser"}, "add_user", `{"returnval":["u",""]}`},
		"listed in snake_case":       {[]string{"add_user"}, "AddUser", `{"returnval":["u",""]}`},
		"not listed":                 {[]string{"add"}, "add_user", `{"status":"error","error_msg":"unauthorized access"}`},
		"nothing is listed":          {[]string{}, "add_user", `{"status":"error","error_msg":"unauthorized access"}`},
		"listed, but there is none":  {[]string{"nope"}, "", ""},
		"listed, but it is a guard":  {[]string{"CanAddUser"}, "", ""},
		"listed, but not a function": {[]string{"Wait"}, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			s, err := zmq.NewRPCServer(&users{}, zmq.RPCOptions{Authorized: tt.authorized})
			if tt.function == "" {
				wantCode(t, err, core.Invalid)
				return
			}
			must(t, err)
			got := s.Handle(t.Context(), []byte(`{"funcname":"`+tt.function+`","args":["u"]}`))
			if string(got) != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

type (
	nothing      struct{}
	guardOfNone  struct{ users }
	guardMisfit  struct{}
	guardSilent  struct{}
	sameName     struct{}
	withLock     struct{ sync.Mutex }
	pointerOnly  struct{}
	hidesNothing struct{ *users }
)

func (guardOfNone) CanFly() bool      { return true }
func (guardMisfit) Add(a, b int) int  { return a + b }
func (guardMisfit) CanAdd(a int) bool { return true }
func (guardSilent) Add(a, b int) int  { return a + b }
func (guardSilent) CanAdd(a, b int)   {}
func (sameName) AddUser()             {}
func (sameName) Add_user()            {}
func (*withLock) Add(a, b int) int    { return a + b }
func (*pointerOnly) Add(a, b int) int { return a + b }
func (hidesNothing) Extra() string    { return "extra" }

func TestRegistration(t *testing.T) {
	for name, tt := range map[string]struct {
		value any
		opts  zmq.RPCOptions
		want  string
	}{
		"nil":                       {nil, zmq.RPCOptions{}, "there is no value"},
		"a nil pointer":             {(*users)(nil), zmq.RPCOptions{}, "there is no value"},
		"no methods":                {nothing{}, zmq.RPCOptions{}, "zmq_test.nothing has no method to call"},
		"a number":                  {7, zmq.RPCOptions{}, "int has no method to call"},
		"methods of the pointer":    {pointerOnly{}, zmq.RPCOptions{}, "has no method to call"},
		"a guard of nothing":        {&guardOfNone{}, zmq.RPCOptions{}, "CanFly guards nothing"},
		"a guard that does not fit": {guardMisfit{}, zmq.RPCOptions{}, "CanAdd does not have the parameters"},
		"a guard without an answer": {guardSilent{}, zmq.RPCOptions{}, "CanAdd returns neither"},
		"two of one name":           {sameName{}, zmq.RPCOptions{}, "two methods are called add_user"},
		"a lock for everybody":      {&withLock{}, zmq.RPCOptions{}, "anybody could lock"},
		"a lock, and a list":        {&withLock{}, zmq.RPCOptions{Authorized: []string{"add"}}, ""},
		"embedded methods":          {hidesNothing{&users{}}, zmq.RPCOptions{Authorized: []string{"echo", "extra"}}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := zmq.NewRPCServer(tt.value, tt.opts)
			if tt.want == "" {
				must(t, err)
				return
			}
			wantCode(t, err, core.Invalid)
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestPanicIsLogged(t *testing.T) {
	var log bytes.Buffer
	s, err := zmq.NewRPCServer(&users{}, zmq.RPCOptions{Log: slog.New(slog.NewTextHandler(&log, nil))})
	must(t, err)
	s.Handle(t.Context(), []byte(`{"funcname":"panic"}`))
	for _, want := range []string{"method=panic", "secret detail", "rpcserver_test.go"} {
		if !strings.Contains(log.String(), want) {
			t.Errorf("the log lacks %q: %s", want, log.String())
		}
	}
}

func FuzzRPCServer(f *testing.F) {
	s, err := zmq.NewRPCServer(&users{}, zmq.RPCOptions{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(`{"funcname":"add_user","args":["u"],"kwargs":{"type":"girl"}}`))
	f.Add([]byte(`{"funcname":"sum","args":[1,2,3]}`))
	f.Fuzz(func(t *testing.T, request []byte) {
		if _, err := rpc.ParseReturn(s.Handle(t.Context(), request)); err != nil && core.CodeOf(err) != core.Failed {
			t.Errorf("the answer to %q is %v", request, err)
		}
	})
}
