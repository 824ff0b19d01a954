package scripts

import (
	"path"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// code reads a word as a program's code: sh -c '…'.
func (w *walker) code(program string, f field, sc scope) {
	c := code{text: f.text, line: w.at(f.word)}
	if !f.known {
		var ok bool
		if c.text, ok = w.template(f.word); !ok {
			return
		}
		c.loose = true
	}
	w.interpret(path.Base(program), c, sc)
}

// template is the code in a word that also has expansions in it: these stay as
// they are and have been walked already.
func (w *walker) template(word *syntax.Word) (string, bool) {
	if word == nil {
		return "", false
	}
	var b strings.Builder
	text := false
	for _, p := range word.Parts {
		switch p := p.(type) {
		case *syntax.SglQuoted:
			b.WriteString(p.Value)
			text = true
		case *syntax.DblQuoted:
			for _, inner := range p.Parts {
				if lit, ok := inner.(*syntax.Lit); ok {
					b.WriteString(unescape(lit.Value, true))
					text = true
				} else {
					b.WriteString(w.source(inner))
				}
			}
		case *syntax.Lit:
			b.WriteString(unescape(p.Value, false))
		default:
			b.WriteString(w.source(p))
		}
	}
	return b.String(), text
}

// fed reads the here-document or here-string on a statement's standard input as
// a program's code.
func (w *walker) fed(program string, s *syntax.Stmt, sc scope) {
	if c, ok := w.input(s); ok {
		w.interpret(program, c, sc)
	}
}

// input is the text on a statement's standard input.
func (w *walker) input(s *syntax.Stmt) (code, bool) {
	if s == nil {
		return code{}, false
	}
	for _, r := range s.Redirs {
		if r.N != nil && r.N.Value != "0" {
			continue
		}
		switch r.Op {
		case syntax.Hdoc, syntax.DashHdoc:
			if r.Hdoc == nil {
				continue
			}
			return w.document(r), true
		case syntax.WordHdoc:
			text, ok := literal(r.Word)
			if !ok {
				text, ok = w.template(r.Word)
				return code{text: text, line: w.at(r.Word), loose: true}, ok
			}
			return code{text: text, line: w.at(r.Word)}, true
		}
	}
	return code{}, false
}

// document is a here-document's text. Where its delimiter is not quoted the
// shell has expanded it; what it puts in stays as the script has it.
func (w *walker) document(r *syntax.Redirect) code {
	c := code{line: w.at(r.Hdoc)}
	quoted := false
	for _, p := range r.Word.Parts {
		if l, ok := p.(*syntax.Lit); !ok || strings.Contains(l.Value, `\`) {
			quoted = true
		}
	}
	var b strings.Builder
	for _, p := range r.Hdoc.Parts {
		switch p := p.(type) {
		case *syntax.Lit:
			if quoted {
				b.WriteString(p.Value)
			} else {
				b.WriteString(unescape(p.Value, true))
			}
		default:
			b.WriteString(w.source(p))
			c.loose = true
		}
	}
	c.text = b.String()
	return c
}

// feed reads what a pipe gives an interpreter: cat <<EOF | bash, echo '…' | sh.
func (w *walker) feed(c *syntax.BinaryCmd, sc scope) {
	to, ok := c.Y.Cmd.(*syntax.CallExpr)
	if !ok || c.Op != syntax.Pipe && c.Op != syntax.PipeAll {
		return
	}
	program, sc, ok := w.target(w.fields(to.Args), sc)
	if !ok {
		return
	}
	from, ok := c.X.Cmd.(*syntax.CallExpr)
	if !ok || len(from.Args) == 0 {
		w.anything()
		return
	}
	switch name := from.Args[0].Lit(); name {
	case "cat":
		if in, ok := w.input(c.X); ok && len(from.Args) == 1 {
			w.interpret(program, in, sc)
		}
	case "echo", "printf":
		if f := w.fields(from.Args[1:]); len(f) > 0 && !strings.HasPrefix(f[0].text, "-") {
			w.code(program, f[0], sc)
		}
	default:
		w.anything() // curl … | bash
	}
}

// target is the interpreter that reads its standard input, behind wrappers.
func (w *walker) target(f []field, sc scope) (program string, _ scope, ok bool) {
	for len(f) > 0 && f[0].known {
		base := path.Base(f[0].text)
		how := wrappers[base]
		if how == nil {
			_, shell := w.reader.dialect(base)
			ok = (shell || pythonName.MatchString(base) || perlName.MatchString(base)) && onlyOptions(f[1:])
			return base, sc, ok
		}
		rest, _ := how.options(f[1:])
		for how.assigns && len(rest) > 0 && isAssignment(rest[0].text) {
			rest = rest[1:]
		}
		if len(rest) < how.skip {
			return "", sc, false
		}
		if base == "chroot" {
			sc.root = rest[0].text
		}
		if f = rest[how.skip:]; len(f) == 0 && how.shell {
			return "sh", sc, true
		}
	}
	return "", sc, false
}

// onlyOptions reports whether the arguments leave the code to standard input.
func onlyOptions(args []field) bool {
	for _, a := range args {
		if !a.known || !strings.HasPrefix(a.text, "-") || strings.HasPrefix(a.text, "-c") || strings.HasPrefix(a.text, "-e") {
			return a.known && a.text == "-s" // its arguments follow
		}
	}
	return true
}
