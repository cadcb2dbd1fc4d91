package screen

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// Is tells whether somebody looks at what is written to w.
func Is(w io.Writer) bool {
	file, ok := w.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// clear moves the cursor to the beginning, and removes what was there.
const clear = "\x1b[H\x1b[2J"

// Draw shows as many of the lines as there is room for. They have nothing that a terminal acts upon.
func Draw(w io.Writer, lines []string) error {
	width, height := size(w)
	if hidden := len(lines) - (height - 1); hidden > 0 {
		lines = append(lines[:max(0, height-2):max(0, height-2)], fmt.Sprintf("-- %d more lines", hidden+1))
	}
	var all strings.Builder
	all.WriteString(clear)
	for _, line := range lines {
		if runes := []rune(line); len(runes) > width {
			line = string(runes[:width])
		}
		all.WriteString(line + "\n")
	}
	_, err := io.WriteString(w, all.String())
	return err
}

func size(w io.Writer) (width, height int) {
	if file, ok := w.(*os.File); ok {
		if width, height, err := term.GetSize(int(file.Fd())); err == nil && width > 0 && height > 0 {
			return width, height
		}
	}
	return 80, 24
}
