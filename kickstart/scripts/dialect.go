package scripts

import (
	"regexp"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// Dialect is a shell language.
type Dialect uint8

// The dialects. The zero value is bash: also /bin/sh of the RPM family is one.
const (
	Bash Dialect = iota
	Dash         // dash, Debian's /bin/sh, and busybox's ash
	Ksh
	Zsh
)

func (d Dialect) String() string { return [...]string{"bash", "dash", "ksh", "zsh"}[d] }

func (d Dialect) variant() syntax.LangVariant {
	return [...]syntax.LangVariant{syntax.LangBash, syntax.LangPOSIX, syntax.LangMirBSDKorn, syntax.LangZsh}[d]
}

// dialect says which shell a program is, by its name without directory.
func (r *reader) dialect(name string) (Dialect, bool) {
	switch name {
	case "sh", "":
		return r.sh, true
	case "bash", "rbash":
		return Bash, true
	case "dash", "ash":
		return Dash, true
	case "ksh", "mksh", "ksh93", "pdksh", "lksh":
		return Ksh, true
	case "zsh":
		return Zsh, true
	}
	return 0, false
}

var (
	pythonName = regexp.MustCompile(`^(platform-)?python[0-9.]*$`)
	perlName   = regexp.MustCompile(`^perl[0-9.]*$`)
)

// Builtin reports whether a shell has the command within itself.
func (d Dialect) Builtin(name string) bool { return builtins[d][name] }

// builtins are the commands that the shells have within themselves, from
// bash(1), dash(1), mksh(1) and zshbuiltins(1). mvdan.cc/sh takes declare and
// its like for syntax where they are.
var builtins = [...]map[string]bool{
	Bash: set(posixBuiltins + ` bind builtin caller compgen complete compopt declare dirs disown enable
		help history let logout mapfile popd pushd readarray shopt source suspend typeset local`),
	Dash: set(posixBuiltins + ` chdir local`),
	Ksh: set(posixBuiltins + ` builtin chdir bind cat dirs global integer let local mknod nameref popd print
		pushd realpath rename sleep source suspend typeset ulimit whence`),
	Zsh: set(posixBuiltins + ` autoload bindkey builtin bye chdir declare dirs disable disown emulate enable
		float functions getln history integer let limit local log logout noglob popd print pushd pushln
		rehash sched setopt source suspend ttyctl typeset unfunction unhash unlimit unsetopt vared
		whence where which zcompile zformat zle zmodload zparseopts zstyle`),
}

const posixBuiltins = `. : [ alias bg break cd command continue echo eval exec exit export false fc fg
	getopts hash jobs kill printf pwd read readonly return set shift test times trap true type ulimit
	umask unalias unset wait`

func set(words string) map[string]bool {
	m := make(map[string]bool)
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}
