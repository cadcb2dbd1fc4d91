package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/settings"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

// errWrong is what a command returns that has said already what is wrong.
var errWrong = errors.New("there are mistakes")

// checkFile says what is wrong with a file: mistakes, with which zwb serve does not start, and warnings.
func checkFile(args []string, stdout, stderr io.Writer) error {
	if len(args) != 1 || args[0] == "-h" || args[0] == "--help" {
		fmt.Fprint(stderr, "zwb check FILE says what is wrong with a file for zwb serve --config. The exit status is 0 if that is nothing.\n")
		if len(args) == 1 {
			return nil
		}
		return usageError{errors.New("zwb check takes one file")}
	}
	s, err := settings.Read("zwb check", []string{"--config", args[0]}, nil, stderr)
	var mistakes config.Mistakes
	if err != nil && !errors.As(err, &mistakes) {
		return err
	}
	for _, mistake := range mistakes {
		fmt.Fprintln(stdout, mistake)
	}
	for _, warning := range s.Unwise {
		warning.Text = "warning: " + warning.Text
		fmt.Fprintln(stdout, warning)
	}
	if len(mistakes) > 0 {
		return errWrong
	}
	fmt.Fprintln(stdout, "ok")
	return nil
}

// starter writes a file to begin with.
func starter(args []string, stdout io.Writer) error {
	name := "zwb.yaml"
	if len(args) == 1 {
		name = args[0]
	}
	if len(args) > 1 || name == "-h" || name == "--help" {
		fmt.Fprint(stdout, "zwb init [FILE] writes a file to begin with, zwb.yaml if no other name is given. It replaces none.\n")
		if len(args) == 1 {
			return nil
		}
		return usageError{errors.New("zwb init takes one name at most")}
	}
	file, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = file.WriteString(config.Starter)
	if err := errors.Join(err, file.Close()); err != nil {
		return err
	}
	fmt.Fprintf(stdout, "%s is there. Next: edit it, then\n  zwb check %s\n  zwb serve --config %s\n", name, name, name)
	return nil
}

// configuration is zwb config: what is in force, and what a file may say.
func configuration(args []string, stdout, stderr io.Writer) error {
	switch {
	case len(args) > 0 && args[0] == "print":
		s, err := settings.Read("zwb config print", args[1:], os.Environ(), stderr)
		if err != nil {
			return asUsage(err)
		}
		return s.Print(stdout)
	case len(args) == 1 && args[0] == "schema":
		_, err := io.WriteString(stdout, config.Schema)
		return err
	}
	return usageError{errors.New("it is zwb config print [flags of zwb serve], or zwb config schema")}
}

// asUsage makes a mistake on the command line of mistakes that are all on it, or in variables, and none in the file.
func asUsage(err error) error {
	var mistakes config.Mistakes
	if errors.As(err, &mistakes) && !slices.ContainsFunc(mistakes, func(m config.Mistake) bool { return m.Line > 0 }) {
		return usageError{err}
	}
	return err
}
