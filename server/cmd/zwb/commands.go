package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/settings"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/talk"
)

// commands is the tree of all that zwb does. github.com/spf13/cobra has the help, and the completion for shells.
func commands(ctx context.Context, stdout, stderr io.Writer) *cobra.Command {
	root := &cobra.Command{
		Use: "zwb", Short: "the Zmq Web Bridge: ZeroMQ for web pages", Long: "zwb, the Zmq Web Bridge: ZeroMQ for web pages",
		Version: version(), SilenceUsage: true, SilenceErrors: true, DisableFlagsInUseLine: true,
	}
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetOut(stdout)
	root.SetErr(stderr)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return usageError{fmt.Errorf("%w; see %s --help", err, c.CommandPath())}
	})
	root.AddGroup(&cobra.Group{ID: "bridge", Title: "To run a bridge:"}, &cobra.Group{ID: "ask", Title: "To find out:"},
		&cobra.Group{ID: "sockets", Title: "To use sockets:"})
	root.AddCommand(own("bridge", "serve [flags]", "run the bridge, and serve its console and the client for pages",
		func(args []string) error { return serve(ctx, args, stdout, stderr) }))
	root.AddCommand(own("bridge", "init [FILE]", "write a file to begin with, for zwb serve --config",
		func(args []string) error { return starter(args, stdout) }))
	root.AddCommand(own("bridge", "check FILE", "say what is wrong with such a file",
		func(args []string) error { return checkFile(args, stdout, stderr) }))
	root.AddCommand(own("bridge", "config print|schema [flags]", "say what is in force with the flags of zwb serve, or print the JSON Schema of the file",
		func(args []string) error { return configuration(args, stdout, stderr) }))
	root.AddCommand(own("bridge", "reload [--cluster] [flags]", "have a running bridge read its file anew, and say what has come of it; with --cluster, all bridges of its cluster",
		func(args []string) error { return reload(ctx, args, stdout, stderr) }))
	root.AddCommand(own("bridge", "top [LINK] [--cluster] [flags]", "show what a running bridge does: the one of the link that zwb serve prints, or the one of these flags; with --cluster, which bridges are in its cluster",
		func(args []string) error { return top(ctx, args, stdout, stderr) }))
	root.AddCommand(own("bridge", "token", "make a token for a user",
		func(args []string) error { return makeToken(args, stdout, stderr) }))
	root.AddCommand(own("ask", "explain", "say what such a file allows somebody, and which entries decide that",
		func(args []string) error { return explain(args, stdout, stderr) }))
	root.AddCommand(own("ask", "types [URL]", "write an interface for TypeScript: which endpoints of a running bridge a user may reach",
		func(args []string) error { return writeTypes(ctx, args, stdout, stderr) }))
	root.AddCommand(own("ask", "doctor [flags]", "with --address, say what answers at an address; without, test the bridge's own ZeroMQ side",
		func(args []string) error { return doctor(ctx, args, stdout, stderr) }))
	root.AddCommand(own("ask", "health [URL]", "ask a bridge whether it is ready: the one at the URL, or the one of these flags of zwb serve",
		func(args []string) error { return askHealth(ctx, args, stdout, stderr) }))
	root.AddCommand(own("ask", "bench", "say how fast a bridge is: this one, or any other",
		func(args []string) error { return benchmark(ctx, args, stdout, stderr) }))
	root.AddCommand(own("ask", "version", "print the version, and of which commit it is",
		func([]string) error { _, err := fmt.Fprintln(stdout, version()); return err }))
	root.AddCommand(talk.Commands()...)
	root.AddCommand(talk.Codes())
	return root
}

// own is a command that reads its flags itself: those of zwb serve are defined together with the file that they stand for.
func own(group, use, short string, run func(args []string) error) *cobra.Command {
	name, _, _ := strings.Cut(use, " ")
	c := &cobra.Command{
		Use: use, Short: short, Long: "zwb " + use + ": " + short + ".\nzwb " + name + " -h lists the flags, where it has any.",
		GroupID: group, DisableFlagParsing: true, DisableFlagsInUseLine: true,
		RunE: func(_ *cobra.Command, args []string) error { return run(args) },
	}
	if strings.HasSuffix(use, "[flags]") && name != "doctor" {
		c.ValidArgsFunction = serveFlags
	}
	return c
}

// serveFlags completes the flags of zwb serve, which others take, too, to find the same bridge.
func serveFlags(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
	if !strings.HasPrefix(begun, "-") {
		return nil, cobra.ShellCompDirectiveDefault
	}
	var names []string
	for _, name := range settings.FlagNames() {
		names = append(names, "--"+name)
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
