package talk

import (
	"fmt"
	"maps"
	"slices"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/zmqwebbridge/zmqwebbridge/core"
	"github.com/zmqwebbridge/zmqwebbridge/server/cmd/zwb/reach"
)

func contexts() *cobra.Command {
	c := &cobra.Command{
		Use: "context", Short: "names for the bridges that you work with", GroupID: "sockets",
		Long: "zwb context keeps bridges by name, with who you are there, in a file that nobody else may read. The selected one is where zwb sub and\n" +
			"its like go, unless --context, --url or $ZWB_URL say otherwise.",
		Example: "  zwb context save lab --url https://bridge.example.org --token-file ~/lab.token\n  zwb context select lab",
	}
	c.AddCommand(saveContext(), selectContext(), removeContext(), listContexts())
	return c
}

func saveContext() *cobra.Command {
	b := new(reach.Bridge)
	c := &cobra.Command{Use: "save NAME [flags]", Short: "keep a bridge by a name", Args: oneName, DisableFlagsInUseLine: true}
	b.Register(c.Flags())
	c.RunE = func(_ *cobra.Command, args []string) error {
		return change(func(contexts *reach.Contexts) error {
			if b.URL == "" {
				b.URL = reach.DefaultURL
			}
			if err := b.Check(); err != nil {
				return err
			}
			contexts.Bridges[args[0]] = *b
			if contexts.Selected == "" {
				contexts.Selected = args[0]
			}
			return nil
		})
	}
	return c
}

func selectContext() *cobra.Command {
	return &cobra.Command{Use: "select NAME", Short: "go there from now on", Args: oneName, ValidArgsFunction: contextNames,
		RunE: func(_ *cobra.Command, args []string) error {
			return change(func(contexts *reach.Contexts) error {
				contexts.Selected = args[0]
				return known(contexts, args[0])
			})
		}}
}

func removeContext() *cobra.Command {
	return &cobra.Command{Use: "remove NAME", Short: "forget one", Args: oneName, ValidArgsFunction: contextNames,
		RunE: func(_ *cobra.Command, args []string) error {
			return change(func(contexts *reach.Contexts) error {
				err := known(contexts, args[0])
				delete(contexts.Bridges, args[0])
				if contexts.Selected == args[0] {
					contexts.Selected = ""
				}
				return err
			})
		}}
}

func listContexts() *cobra.Command {
	return &cobra.Command{Use: "list", Short: "list them; * is the selected one", Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			contexts, err := reach.ReadContexts()
			if err != nil {
				return err
			}
			w := tabwriter.NewWriter(c.OutOrStdout(), 0, 0, 2, ' ', 0)
			for _, name := range slices.Sorted(maps.Keys(contexts.Bridges)) {
				mark := ""
				if name == contexts.Selected {
					mark = "*"
				}
				fmt.Fprintf(w, "%s\t%s\t%s\n", mark, name, contexts.Bridges[name].URL)
			}
			return w.Flush()
		}}
}

func oneName(_ *cobra.Command, args []string) error {
	if len(args) != 1 {
		return Mistake("one name")
	}
	return nil
}

// change reads the file, and writes it anew.
func change(how func(*reach.Contexts) error) error {
	contexts, err := reach.ReadContexts()
	if err == nil {
		err = how(contexts)
	}
	if err != nil {
		return Failure{err}
	}
	return contexts.Write()
}

func known(contexts *reach.Contexts, name string) error {
	if _, known := contexts.Bridges[name]; !known {
		return core.NewError(core.Invalid, fmt.Sprintf("there is no context %q; see zwb context list", name))
	}
	return nil
}

// contextNames completes the name of a context.
func contextNames(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	contexts, err := reach.ReadContexts()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return slices.Sorted(maps.Keys(contexts.Bridges)), cobra.ShellCompDirectiveNoFileComp
}
