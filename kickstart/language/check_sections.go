package language

import (
	"strings"

	"cdbuilder/kickstart"
)

var (
	_ = register("always", always)
	_ = register("section-body", sectionBody)
)

// always is for rules that only tell something about a version; the rule's
// say is the message.
func always(kickstart.Syntax, *Statement) []string { return []string{""} }

// sectionBody wants something between a section's header and its %end.
func sectionBody(_ kickstart.Syntax, s *Statement) []string {
	for _, l := range s.Node.Body {
		if strings.TrimSpace(l.Text()) != "" {
			return nil
		}
	}
	return []string{s.title() + " is empty"}
}
