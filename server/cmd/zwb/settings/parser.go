package settings

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

// parser collects what flags and variables say.
type parser struct {
	flags    *flag.FlagSet
	variable string // the one that is being read; "" for flags

	file   string
	said   []config.Setting
	allows []allow
	demo   bool
	demoAt DemoAt
}

// allow is a rule, and who said it.
type allow struct{ text, from string }

func newParser(command string) *parser {
	p := &parser{flags: flag.NewFlagSet(command, flag.ContinueOnError)}
	p.flags.SetOutput(io.Discard) // a mistake is reported in one line; all flags are listed only with -h
	p.define()
	return p
}

// FlagNames are the names of all flags of zwb serve.
func FlagNames() (names []string) {
	newParser("").flags.VisitAll(func(f *flag.Flag) { names = append(names, f.Name) })
	return names
}

// parse reads the variables, and then the flags, so that these come last and win.
func (p *parser) parse(args, environment []string) error {
	for _, variable := range environment {
		name, value, _ := strings.Cut(variable, "=")
		if found := p.flagOf(name); found != nil && value != "" {
			p.variable = name
			if err := p.setVariable(found, value); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
	}
	p.variable = ""
	if err := p.flags.Parse(args); err != nil {
		return p.withNearest(err)
	}
	if rest := p.flags.Args(); len(rest) > 0 {
		return fmt.Errorf("unexpected argument %q", rest[0])
	}
	if p.demoAt < 1 || p.demoAt > 65532 {
		return errors.New("--demo-port must be from 1 to 65532")
	}
	return nil
}

// withNearest says which flag may be meant where there is none of that name.
func (p *parser) withNearest(err error) error {
	_, wrong, unknown := strings.Cut(err.Error(), "flag provided but not defined: -")
	if !unknown {
		return err
	}
	var names []string
	p.flags.VisitAll(func(f *flag.Flag) { names = append(names, f.Name) })
	if near := config.Nearest(wrong, names); near != "" {
		return fmt.Errorf("there is no flag --%s; did you mean --%s?", wrong, near)
	}
	return fmt.Errorf("there is no flag --%s", wrong)
}

// variableOf is the name of the variable that stands for a flag: ZWB_LOG_LEVEL for --log-level.
func variableOf(flag string) string {
	return "ZWB_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

func (p *parser) flagOf(variable string) (found *flag.Flag) {
	p.flags.VisitAll(func(f *flag.Flag) {
		if variableOf(f.Name) == variable {
			found = f
		}
	})
	return found
}

// setVariable does what a variable says. Where a flag may be repeated, the variable has several values with ; between.
func (p *parser) setVariable(f *flag.Flag, text string) error {
	if v, ok := f.Value.(*value); !ok || !v.repeats {
		return f.Value.Set(text)
	}
	for entry := range strings.SplitSeq(text, ";") {
		if entry = strings.TrimSpace(entry); entry == "" {
			continue
		}
		if err := f.Value.Set(entry); err != nil {
			return err
		}
	}
	return nil
}

// value is a flag whose text is for a value of the file.
type value struct {
	set     func(text string)
	repeats bool
	isBool  bool
}

// String is part of flag.Value. What is the default is said in the text for people.
func (v *value) String() string { return "" }

// Set is part of flag.Value.
func (v *value) Set(text string) error {
	v.set(text)
	return nil
}

// IsBoolFlag lets a flag stand alone, for true.
func (v *value) IsBoolFlag() bool { return v.isBool }

// from is who says the value of a flag at the moment.
func (p *parser) from(flag string) string {
	if p.variable != "" {
		return p.variable
	}
	return "--" + flag
}

func (p *parser) say(flag, path, text string) {
	p.said = append(p.said, config.Setting{Path: path, Text: text, From: p.from(flag)})
}

// one is a flag for a single value.
func (p *parser) one(flag, path, help string) {
	p.flags.Var(&value{set: func(text string) { p.say(flag, path, text) }}, flag, help)
}

// list is a flag that adds to a list. It may be repeated, or have several values with a separator between.
func (p *parser) list(flag, path, separator, help string) {
	set := func(text string) {
		if separator == "" {
			p.say(flag, path, text)
			return
		}
		for entry := range strings.SplitSeq(text, separator) {
			p.say(flag, path, strings.TrimSpace(entry))
		}
	}
	p.flags.Var(&value{set: set, repeats: true}, flag, help)
}

// not is a flag that takes away what a value of the file gives.
func (p *parser) not(flag, path, help string) {
	set := func(text string) {
		if is, err := strconv.ParseBool(text); err == nil {
			text = strconv.FormatBool(!is)
		}
		p.say(flag, path, text)
	}
	p.flags.Var(&value{set: set, isBool: true}, flag, help)
}

// yes is a flag for a value that is true or false.
func (p *parser) yes(flag, path, help string) {
	set := func(text string) {
		if is, err := strconv.ParseBool(text); err == nil {
			text = strconv.FormatBool(is)
		}
		p.say(flag, path, text)
	}
	p.flags.Var(&value{set: set, isBool: true}, flag, help)
}

// own is a flag that the file has nothing for.
func (p *parser) own(flag string, set func(text, from string), help string) {
	p.flags.Var(&value{set: func(text string) { set(text, p.from(flag)) }, repeats: true}, flag, help)
}

func (p *parser) allow(text, from string) { p.allows = append(p.allows, allow{text, from}) }
