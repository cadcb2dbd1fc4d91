package main

import (
	"context"
	"errors"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/zmqwebbridge/zmqwebbridge/server/admin"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/operate"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/settings"
)

// reload has a running bridge read everything anew, or all of its cluster, and says what has come of it.
func reload(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	args, all := withoutFlag(args, "--cluster")
	to, err := adminOf("zwb reload", args, stderr)
	if err != nil {
		return err
	}
	read := to.Reload
	if all {
		read = to.ReloadAll
	}
	taken, err := read(ctx, stdout)
	if err == nil && !taken {
		err = errWrong
	}
	return err
}

// top shows what a running bridge does. It takes the link that zwb serve prints, or the flags that zwb serve was told.
func top(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	args, ofCluster := withoutFlag(args, "--cluster")
	find := func() (*operate.Client, error) { return adminOf("zwb top", args, stderr) }
	if len(args) == 1 && strings.HasPrefix(args[0], "http://") {
		find = func() (*operate.Client, error) { return operate.Of(args[0]) }
	}
	to, err := find()
	if err != nil {
		return err
	}
	if ofCluster {
		return to.Cluster(ctx, stdout)
	}
	return (&operate.Top{Client: to, W: stdout}).Run(ctx)
}

// withoutFlag takes a flag that zwb serve does not have out of the arguments.
func withoutFlag(args []string, flag string) (rest []string, found bool) {
	rest = slices.DeleteFunc(slices.Clone(args), func(arg string) bool { return arg == flag || arg == flag[1:] })
	return rest, len(rest) < len(args)
}

// adminOf finds the admin listener of a bridge that was started with these flags, variables and file. A file with mistakes
// serves as well, if it still says where that is: the bridge is to say what is wrong with it.
func adminOf(command string, args []string, stderr io.Writer) (*operate.Client, error) {
	s, err := settings.Read(command, args, os.Environ(), stderr)
	switch {
	case s == nil && err != nil:
		return nil, asUsage(err)
	case (s.Admin == nil || s.Admin.Listen == "") && err != nil:
		return nil, err
	case s.Admin == nil || s.Admin.Listen == "":
		return nil, errors.New("there is no admin listener to ask: name it with --config FILE, or --admin ADDRESS, as zwb serve was told")
	case s.Admin.TokenFile == "":
		return nil, errors.New("the token of the admin listener is known only from a file: admin.token_file, or --admin-token-file")
	}
	token, err := admin.ReadToken(s.Admin.TokenFile)
	if err != nil {
		return nil, err
	}
	return &operate.Client{Listen: s.Admin.Listen, Token: token}, nil
}
