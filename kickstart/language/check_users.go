package language

import (
	"slices"

	"cdbuilder/kickstart"
)

var _ = registerCanonical("password", writePassword)

// writePassword writes rootpw and sshpw: whether the password is a hash stands
// there in any case, but for a locked account without one, or a key.
func writePassword(v kickstart.Syntax, s *Statement) string {
	line := *s
	plain := For(v).Option(s.Name, "--plaintext")
	keep := func(names ...string) {
		line.Given = slices.DeleteFunc(slices.Clone(s.Given), func(g Given) bool { return !slices.Contains(names, g.Name) })
	}
	switch {
	case s.Has("--sshkey"):
		keep("--username", "--sshkey")
	case !s.means("words"):
		keep("--lock")
	case plain != nil && !s.Has("--iscrypted"):
		line.Given = append(slices.Clone(s.Given), Given{Option: plain})
	}
	return line.canonical(v)
}
