// Package condition is what is decided by text in a configuration: conditions, which are expressions over who asks for what
// ([Compile]), and templates, which stand for texts with the user's own values in them ([ParseTemplate]).
//
// Both are checked when they are read, are bounded in what they cost, and are not changed afterwards: any goroutine may use them.
// The language of conditions is that of github.com/expr-lang/expr, which is made for this: it has no side effects and always ends.
package condition
