package condition

import (
	"errors"
	"strings"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"
)

// Facts are what a condition may speak of. What is not known at a question is empty.
type Facts struct {
	User     string         `expr:"user"`     // "" for nobody in particular
	Claims   map[string]any `expr:"claims"`   // what is known of the user, as in claims.groups
	Params   map[string]any `expr:"params"`   // what the page passed to connect. Anybody can say anything there
	Endpoint string         `expr:"endpoint"` // the name, or the address that the page wrote
	Type     string         `expr:"type"`     // of the socket, as in "SUB"
	Address  Address        `expr:"address"`  // where the endpoint is; without a value for ipc, and for a name with several addresses
	Topic    string         `expr:"topic"`    // the prefix of a subscription
	Function string         `expr:"function"` // of a remote call
	IP       string         `expr:"ip"`       // of the client
	Origin   string         `expr:"origin"`   // of the page
}

// Address is that of a tcp endpoint.
type Address struct {
	Host string `expr:"host"`
	Port int    `expr:"port"`
}

// A Condition is an expression that is true or false. The zero Condition is always true.
type Condition struct {
	text    string
	program *vm.Program
	names   names
}

// The bounds of an expression: how long its text is, of how many pieces it consists, and how much memory it may use while it is
// evaluated, in the units of its machine. A loop costs by the element.
const (
	maxText   = 4096
	maxNodes  = 500
	maxMemory = 20_000
)

// Compile reads a condition. The error is a *Mistake.
func Compile(text string) (Condition, error) {
	if len(text) > maxText {
		return Condition{}, &Mistake{0, "a condition has at most 4096 bytes"}
	}
	program, err := expr.Compile(text, expr.Env(Facts{}), expr.AsBool(), expr.MaxNodes(maxNodes), expr.DisableBuiltin("now"))
	if err != nil {
		return Condition{}, mistake(err)
	}
	c := Condition{text: text, program: program, names: names{}}
	node := program.Node()
	ast.Walk(&node, c.names)
	return c, nil
}

// names are the identifiers of an expression.
type names map[string]bool

// Visit implements ast.Visitor.
func (n names) Visit(node *ast.Node) {
	if identifier, ok := (*node).(*ast.IdentifierNode); ok {
		n[identifier.Value] = true
	}
}

// SpeaksOf tells whether the condition depends on a fact, as in "topic".
func (c Condition) SpeaksOf(fact string) bool { return c.names[fact] }

// Mistake is what is wrong with the text of a condition, and at which byte of it.
type Mistake struct {
	Offset int
	Text   string
}

// Error is part of error.
func (m *Mistake) Error() string { return m.Text }

// mistake is what the compiler says, without its picture of the place.
func mistake(err error) *Mistake {
	var at *file.Error
	if errors.As(err, &at) {
		return &Mistake{max(0, at.From), at.Message}
	}
	first, _, _ := strings.Cut(err.Error(), "\n")
	return &Mistake{0, first}
}

// Holds tells whether the condition is true of the facts. One that cannot be evaluated, because a claim is of another kind than
// it takes it for, does not hold; the error says why.
func (c Condition) Holds(f *Facts) (bool, error) {
	if c.program == nil {
		return true, nil
	}
	machine := vm.VM{MemoryBudget: maxMemory}
	result, err := machine.Run(c.program, *f)
	if err != nil {
		return false, mistake(err)
	}
	holds, _ := result.(bool)
	return holds, nil
}

// String is the text of the condition.
func (c Condition) String() string { return c.text }
