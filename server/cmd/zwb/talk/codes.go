package talk

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/zmqwebbridge/zmqwebbridge/core"
)

// Codes is the topic of the help about exit statuses.
func Codes() *cobra.Command {
	var text strings.Builder
	text.WriteString("Commands that use sockets exit with 0, with 1 when a file cannot be read or written, with 2 after a mistake on the command line,\nor with what the error has as its code:\n\n")
	for code := core.OK + 1; code.Valid(); code++ {
		fmt.Fprintf(&text, "  %d  %s\n", Status(code), code)
	}
	return &cobra.Command{Use: "codes", Short: "what an exit status says", Long: strings.TrimSuffix(text.String(), "\n")}
}
