package language

import (
	"strings"

	"cdbuilder/kickstart"
)

var _ = registerCanonical("keyboard", writeKeyboard)

// writeKeyboard writes each layout in quotes of its own, and the word that
// older versions had only where no layout is named by an option.
func writeKeyboard(v kickstart.Syntax, s *Statement) string {
	if For(v).Option("keyboard", "--xlayouts") == nil {
		return s.canonical(v)
	}
	if !s.means("--vckeymap") && !s.means("--xlayouts") {
		return "keyboard '" + s.Word(0) + "'"
	}
	line := "keyboard"
	if keymap := s.Get("--vckeymap"); keymap != "" {
		line += " --vckeymap=" + keymap
	}
	for _, option := range []string{"--xlayouts", "--switch"} {
		if list := s.List(option); len(list) > 0 {
			line += " " + option + "='" + strings.Join(list, "','") + "'"
		}
	}
	return line
}
