package language

import (
	"strings"

	"cdbuilder/kickstart"
)

var _ = registerCanonical("vnc", writeVNC)

// writeVNC writes --connect=HOST:PORT as the options that took its place,
// where the version has them.
func writeVNC(v kickstart.Syntax, s *Statement) string {
	connect, host := s.Get("--connect"), For(v).Option("vnc", "--host")
	if connect == "" || host == nil {
		return s.canonical(v)
	}
	line := *s
	line.Given = append(line.Given[:len(line.Given):len(line.Given)], Given{Option: host})
	parts := strings.SplitN(connect, ":", 3)
	line.Given[len(s.Given)].Value = parts[0]
	if len(parts) > 1 {
		line.Given = append(line.Given, Given{Option: For(v).Option("vnc", "--port"), Value: parts[1]})
	}
	return line.canonical(v)
}
