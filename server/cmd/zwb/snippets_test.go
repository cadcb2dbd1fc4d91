package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/settings"
	"github.com/zmqwebbridge/zmqwebbridge/server/policy/config"
)

const root = "../../.."

// documents are the texts of the project's documents, by name.
func documents(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := filepath.WalkDir(root, func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == ".git") {
			return fs.SkipDir
		}
		if filepath.Ext(name) != ".md" {
			return nil
		}
		text, err := os.ReadFile(name)
		found[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

var (
	command = regexp.MustCompile(`(?m)^(?:    )?(?:\$ )?(?:bin/)?zwb (serve|doctor) (.*)$`)
	word    = regexp.MustCompile(`'[^']*'|\S+`)
)

// arguments are those of a command as a shell reads it. What stands behind several spaces explains it.
func arguments(line string) (args []string) {
	line, _, _ = strings.Cut(line, "   ")
	line, _, _ = strings.Cut(line, " #")
	for _, arg := range word.FindAllString(line, -1) {
		args = append(args, strings.Trim(arg, "'"))
	}
	return args
}

// TestCommandsInTheDocuments: whoever copies a command gets what the text says, and no complaint about a flag or a rule.
func TestCommandsInTheDocuments(t *testing.T) {
	found := 0
	for name, text := range documents(t) {
		for _, match := range command.FindAllStringSubmatch(strings.ReplaceAll(text, "\\\n", " "), -1) {
			found++
			if err := parse(t, match[1], arguments(regexp.MustCompile(` {2,}(--|$)`).ReplaceAllString(match[2], " $1"))); err != nil {
				t.Errorf("%s: %s: %v", name, match[0], err)
			}
		}
	}
	if found < 8 {
		t.Errorf("there are %d commands", found)
	}
	if parse(t, "serve", []string{"--allow", "nonsense"}) == nil {
		t.Error("a rule that is none is accepted")
	}
}

// parse reads the arguments of a command. A file that it names is one of the project, or one that has just been begun.
func parse(t *testing.T, verb string, args []string) error {
	t.Helper()
	var complaints bytes.Buffer
	if i := slices.Index(args, "--config"); i >= 0 && i+1 < len(args) {
		args[i+1] = fileFor(t, args[i+1])
	}
	if verb == "doctor" {
		_, err := parseDoctorOptions(args, &complaints)
		return err
	}
	_, err := settings.Read("zwb serve", args, nil, &complaints)
	return err
}

// fileFor is the file that a command names, beside a secret that the reader has made.
func fileFor(t *testing.T, name string) string {
	t.Helper()
	if folder := filepath.Dir(name); folder != "." {
		dir := filepath.Join(t.TempDir(), "copy")
		if err := errors.Join(os.CopyFS(dir, os.DirFS(filepath.Join(root, folder))),
			os.WriteFile(filepath.Join(dir, "jwt.secret"), []byte(strings.Repeat("s", 32)), 0o600)); err != nil {
			t.Fatal(err)
		}
		return filepath.Join(dir, filepath.Base(name))
	}
	begun := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(begun, []byte(config.Starter), 0o600); err != nil {
		t.Fatal(err)
	}
	return begun
}

// TestFlagsInTheREADME: every flag of the list in the README of the server exists.
func TestFlagsInTheREADME(t *testing.T) {
	var usage bytes.Buffer
	_, _ = settings.Read("zwb serve", []string{"-h"}, nil, &usage)
	_, list, _ := strings.Cut(documents(t)[filepath.Join(root, "server/README.md")], "zwb serve --listen 127.0.0.1:8000  ")
	list, _, _ = strings.Cut(list, "zwb doctor ")
	flags := regexp.MustCompile(`(?m)^ {14}--([a-z-]+)`).FindAllStringSubmatch(list, -1)
	if len(flags) < 10 {
		t.Fatalf("there are %d flags in the list", len(flags))
	}
	for _, flag := range flags {
		if !strings.Contains(usage.String(), "-"+flag[1]) {
			t.Errorf("there is no flag --%s", flag[1])
		}
	}
}

// TestSecurityFileInTheREADME: the example of a file for --security is one.
func TestSecurityFileInTheREADME(t *testing.T) {
	block := regexp.MustCompile("(?s)```json\n(.*?)```").FindStringSubmatch(documents(t)[filepath.Join(root, "server/README.md")])
	if block == nil {
		t.Fatal("there is no example")
	}
	file := filepath.Join(t.TempDir(), "security.json")
	if err := os.WriteFile(file, []byte(block[1]), 0o600); err != nil {
		t.Fatal(err)
	}
	if found, err := settings.ReadSecurity(file); err != nil || len(found) != 2 {
		t.Errorf("%d addresses, %v", len(found), err)
	}
}
