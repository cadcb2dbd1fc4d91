package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/zmqwebbridge/zmqwebbridge/server"
)

func main() {
	out := flag.String("out", "bin/release", "the `folder` for the archives; what is in it is removed")
	only := flag.String("only", "", "a single `platform`, as in linux/amd64")
	check := flag.Bool("check", false, "instead of that, make one archive twice from what is committed, and compare")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	var err error
	if *check {
		err = checkTwice(ctx)
	} else {
		err = release(ctx, *out, *only)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

// platforms are GOOS and GOARCH.
var platforms = []platform{{"linux", "amd64"}, {"linux", "arm64"}, {"darwin", "amd64"}, {"darwin", "arm64"}, {"windows", "amd64"}, {"windows", "arm64"}}

type platform struct{ os, arch string }

func (p platform) String() string { return p.os + "/" + p.arch }

// binary is what zwb is called there.
func (p platform) binary() string {
	if p.os == "windows" {
		return "zwb.exe"
	}
	return "zwb"
}

// release builds everything. The current folder is the project's, and js/dist is built.
func release(ctx context.Context, out, only string) error {
	of, err := readSource(ctx)
	if err != nil {
		return err
	}
	if err := errors.Join(os.RemoveAll(out), os.MkdirAll(out, 0o755)); err != nil {
		return err
	}
	for _, p := range platforms {
		if only != "" && p.String() != only {
			continue
		}
		name, err := of.archive(ctx, p, out)
		if err != nil {
			return fmt.Errorf("%s: %w", p, err)
		}
		fmt.Println(filepath.Join(out, name))
	}
	return writeSums(out)
}

// source is what is built.
type source struct {
	commit string
	time   time.Time // of everything in the archives
}

// readSource asks git, and the variables COMMIT and SOURCE_DATE_EPOCH where there is none.
func readSource(ctx context.Context) (of source, err error) {
	of.commit = os.Getenv("COMMIT")
	if of.commit == "" {
		if of.commit, err = git(ctx, "rev-parse", "HEAD"); err != nil {
			return of, fmt.Errorf("without git, COMMIT and SOURCE_DATE_EPOCH have to say what this is: %w", err)
		}
		if changed, err := git(ctx, "status", "--porcelain"); err != nil || changed != "" {
			of.commit += "+changes" // nobody can build this again
		}
	}
	epoch := os.Getenv("SOURCE_DATE_EPOCH") // https://reproducible-builds.org/specs/source-date-epoch/
	if epoch == "" {
		if epoch, err = git(ctx, "log", "-1", "--format=%ct"); err != nil {
			return of, err
		}
	}
	seconds, err := strconv.ParseInt(epoch, 10, 64)
	if err != nil {
		return of, fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
	}
	of.time = time.Unix(seconds, 0).UTC()
	return of, nil
}

func git(ctx context.Context, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, "git", args...).Output()
	return strings.TrimSpace(string(out)), err
}

// archive builds for a platform, and returns the name of the archive in out.
func (s source) archive(ctx context.Context, p platform, out string) (name string, err error) {
	folder, err := os.MkdirTemp("", "zwb-release-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(folder)
	binary := filepath.Join(folder, p.binary())
	if err := s.build(ctx, p, binary); err != nil {
		return "", err
	}
	name = fmt.Sprintf("zwb-%s-%s-%s", server.Version, p.os, p.arch)
	files, err := contents(name, binary)
	if err != nil {
		return "", err
	}
	write := writeTar
	if p.os == "windows" {
		name, write = name+".zip", writeZip
	} else {
		name += ".tar.gz"
	}
	file, err := os.Create(filepath.Join(out, name))
	if err != nil {
		return "", err
	}
	return name, errors.Join(write(file, files, s.time), file.Close())
}

// build leaves the binary in a file. What depends on the machine is turned off.
func (s source) build(ctx context.Context, p platform, file string) error {
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-buildvcs=false", "-ldflags=-s -w -X main.commit="+s.commit, "-o", file, "./server/cmd/zwb")
	cmd.Env = append(os.Environ(), "GOOS="+p.os, "GOARCH="+p.arch, "CGO_ENABLED=0", "GOFLAGS=", "GOAMD64=v1", "GOARM64=v8.0", "GOEXPERIMENT=")
	cmd.Stderr = os.Stderr
	return cmd.Run()
}
