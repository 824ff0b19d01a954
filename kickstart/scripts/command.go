package scripts

import (
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// simple walks a simple command.
func (w *walker) simple(c *syntax.CallExpr, s *syntax.Stmt, sc scope) {
	for _, a := range c.Assigns {
		w.assignment(a)
		w.words(a, sc)
	}
	for _, word := range c.Args {
		w.words(word, sc)
	}
	w.run(w.fields(c.Args), s, sc)
}

// maxWraps is how many commands may run one another in one line: sudo nice env ….
const maxWraps = 16

// run takes a command apart, and what it runs in turn. The statement lends its
// here-documents; it is nil where they feed something else.
func (w *walker) run(f []field, s *syntax.Stmt, sc scope) {
	if len(f) == 0 || !f[0].known || f[0].text == "" || w.wraps == maxWraps {
		return
	}
	w.wraps++
	defer func() { w.wraps-- }()
	name, args := f[0].text, f[1:]
	if w.dialect.Builtin(name) || (syntax.IsKeyword(name) && w.dialect != Dash) {
		w.builtin(name, args, s, sc)
		return
	}
	if skipped(name) {
		return
	}
	w.call(Call{Name: name, Kind: kindOf(name), Line: w.at(f[0].word), Args: texts(args)}, sc)
	if strings.Contains(name, "/") && !strings.HasPrefix(name, "/") {
		return
	}
	if w.known[name] {
		return
	}
	base := path.Base(name)
	w.effects(base, args)
	switch {
	case base == "find":
		w.find(args, sc)
	case base == "su" || base == "runuser" && !slices.ContainsFunc(args, func(a field) bool { return a.text == "-u" }):
		w.substituteUser(args, s, sc)
	case wrappers[base] != nil:
		w.wrapped(base, wrappers[base], args, s, sc)
	default:
		w.interpreter(base, args, s, sc)
	}
}

// skipped names cannot be looked for: paths from here or home, patterns, the
// installer's own directives.
func skipped(name string) bool {
	return strings.ContainsAny(name, "*?~{}\"'$`\n \t=") || strings.HasPrefix(name, "%") ||
		strings.HasPrefix(name, "-") || strings.Contains(name, "/") && !strings.HasPrefix(name, "/")
}

func texts(f []field) []string {
	out := make([]string, len(f))
	for i, a := range f {
		out[i] = a.text
	}
	return out
}

// builtin handles the commands of the shell itself that run others.
func (w *walker) builtin(name string, args []field, s *syntax.Stmt, sc scope) {
	switch name {
	case "command", "exec":
		if name == "exec" || len(args) > 0 && args[0].text != "-v" && args[0].text != "-V" {
			w.wrapped(name, wrappers[name], args, s, sc)
		}
	case "eval":
		w.evaluate(args, sc)
	case "trap":
		if len(args) > 1 && args[0].known && !strings.HasPrefix(args[0].text, "-") {
			w.code(w.dialect.String(), args[0], sc)
		}
	case ".", "source":
		// What it defines may be called from now on.
		if len(args) > 0 && !isData(args[0].text) {
			w.anything()
		}
	case "alias":
		w.aliases(args, sc)
	}
}

// isData reports whether a file that scripts read defines variables only.
func isData(name string) bool {
	return slices.Contains([]string{"/etc/os-release", "/usr/lib/os-release", "/etc/locale.conf", "/etc/default/grub"}, name) ||
		strings.HasPrefix(name, "/etc/sysconfig/")
}

func (w *walker) aliases(args []field, sc scope) {
	for _, a := range args {
		if _, value, ok := strings.Cut(a.text, "="); ok && a.known {
			w.interpret(w.dialect.String(), code{text: value, line: w.at(a.word)}, sc)
		}
	}
}

// anything notes that from here on the script may have brought what we don't know of.
func (w *walker) anything() {
	if w.doubtful == 0 {
		w.doubtful = w.nth + 1
	}
}

// evaluate reads what eval is given, where that is known.
func (w *walker) evaluate(args []field, sc scope) {
	for _, a := range args {
		if !a.known {
			return
		}
	}
	if len(args) > 0 {
		w.interpret(w.dialect.String(), code{text: strings.Join(texts(args), " "), line: w.at(args[0].word)}, sc)
	}
}

// find follows -exec, -execdir, -ok and -okdir.
func (w *walker) find(args []field, sc scope) {
	for i, a := range args {
		switch a.text {
		case "-exec", "-execdir", "-ok", "-okdir":
			rest := args[i+1:]
			end := slices.IndexFunc(rest, func(a field) bool { return a.text == ";" || a.text == "+" })
			if end < 0 {
				end = len(rest)
			}
			w.run(rest[:end], nil, sc)
		}
	}
}

// substituteUser follows su and runuser: -c CODE, or a shell fed by a here-document.
func (w *walker) substituteUser(args []field, s *syntax.Stmt, sc scope) {
	for i, a := range args {
		text, attached := strings.CutPrefix(a.text, "--command=")
		switch {
		case attached && a.known:
			w.interpret("sh", code{text: text, line: w.at(a.word)}, sc)
			return
		case (a.text == "-c" || a.text == "--command" || a.text == "-lc") && i+1 < len(args):
			w.code("sh", args[i+1], sc)
			return
		}
	}
	w.fed("sh", s, sc)
}

// wrapped follows a command that runs the command in its arguments.
func (w *walker) wrapped(name string, how *wrapper, args []field, s *syntax.Stmt, sc scope) {
	rest, options := how.options(args)
	for i, a := range options {
		if how.code != "" && a.text == how.code && i+1 < len(options) {
			w.code("sh", options[i+1], sc)
			return
		}
		if how.root != "" && a.text == how.root && i+1 < len(options) {
			sc.root = options[i+1].text
		}
	}
	if how.assigns {
		for len(rest) > 0 && isAssignment(rest[0].text) {
			rest = rest[1:]
		}
	}
	if len(rest) < how.skip {
		return
	}
	if name == "chroot" || name == "arch-chroot" {
		sc.root, sc.guards = rest[0].text, nil
	}
	rest = rest[how.skip:]
	if how.code != "" && len(rest) > 1 && rest[0].text == how.code { // flock FILE -c CODE
		w.code("sh", rest[1], sc)
		return
	}
	if len(rest) == 0 {
		if how.shell {
			w.fed("sh", s, sc)
		}
		return
	}
	w.run(rest, s, sc)
}

func isAssignment(s string) bool {
	name, _, ok := strings.Cut(s, "=")
	return ok && name != "" && strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") == ""
}

// interpreter follows a program that runs the code in its arguments or on its
// standard input.
func (w *walker) interpreter(base string, args []field, s *syntax.Stmt, sc scope) {
	_, shell := w.reader.dialect(base)
	switch {
	case shell:
		w.shellArguments(base, args, s, sc)
	case pythonName.MatchString(base):
		w.pythonArguments(base, args, s, sc)
	case perlName.MatchString(base):
		w.perlArguments(base, args, s, sc)
	case base == "busybox" && len(args) > 0 && args[0].text == "sh":
		w.shellArguments("ash", args[1:], s, sc)
	}
}

// shellArguments reads the options of a shell: -c CODE, a file, or nothing.
func (w *walker) shellArguments(base string, args []field, s *syntax.Stmt, sc scope) {
	for len(args) > 0 {
		a := args[0].text
		switch {
		case !args[0].known:
			return
		case a == "-" || a == "-s" || a == "--":
			w.fed(base, s, sc)
			return
		case a == "-o" || a == "+o" || a == "-O" || a == "--rcfile" || a == "--init-file":
			args = args[min(2, len(args)):]
		case strings.HasPrefix(a, "-") && !strings.HasPrefix(a, "--") && strings.Contains(a, "c"):
			args = args[1:]
			for len(args) > 1 && args[0].known && strings.HasPrefix(args[0].text, "-") {
				args = args[1:]
			}
			if len(args) > 0 {
				w.code(base, args[0], sc)
			}
			return
		case strings.HasPrefix(a, "-") || strings.HasPrefix(a, "+"):
			args = args[1:]
		default:
			w.anything() // another script, which may bring anything
			return
		}
	}
	w.fed(base, s, sc)
}
