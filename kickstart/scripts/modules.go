package scripts

import (
	"regexp"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// module records that an interpreter loads a module.
func (r *reader) module(kind Kind, by, name string, at int, sc scope) {
	r.call(Call{Name: name, Kind: kind, By: by, Line: at}, sc)
}

// perlArguments reads perl's options (perlrun(1)): -MFoo=bar, -mFoo, -e CODE.
func (w *walker) perlArguments(base string, args []field, s *syntax.Stmt, sc scope) {
	for i, a := range args {
		letters, ok := strings.CutPrefix(a.text, "-")
		if !ok || letters == "" {
			if !ok {
				return // a script, whose arguments follow
			}
			break
		}
		if (letters[0] == 'M' || letters[0] == 'm') && a.known {
			if m := perlModule.FindString(letters[1:]); m != "" {
				w.module(PerlModule, base, m, w.at(a.word), sc)
			}
			continue
		}
		switch letters[len(letters)-1] {
		case 'e', 'E':
			if i+1 < len(args) {
				w.code(base, args[i+1], sc)
			}
			return
		}
	}
	w.fed(base, s, sc)
}

var (
	perlModule = regexp.MustCompile(`^[A-Za-z_]\w*(::\w+)*`)
	perlUse    = regexp.MustCompile(`(?:^|[;{}])\s*(?:use|require)\s+([A-Za-z_]\w*(?:::\w+)*)\s*([^;\n]*)`)
	parents    = regexp.MustCompile(`[A-Za-z_]\w*(?:::\w+)*`)
)

// perl finds the modules that Perl code uses. What stands behind __END__ or
// in plain documentation is not code.
func (r *reader) perl(by string, c code, sc scope) {
	pod := false
	n := 0
	for l := range strings.Lines(c.text) {
		n++
		text := strings.TrimRight(l, "\r\n")
		switch {
		case text == "__END__" || text == "__DATA__":
			return
		case strings.HasPrefix(text, "=cut"):
			pod = false
			continue
		case len(text) > 1 && text[0] == '=' && text[1] >= 'a' && text[1] <= 'z':
			pod = true
		}
		if pod || strings.HasPrefix(strings.TrimSpace(text), "#") {
			continue
		}
		for _, m := range perlUse.FindAllStringSubmatch(text, -1) {
			if strings.HasPrefix(m[1], "v") && strings.Trim(m[1][1:], "0123456789._") == "" {
				continue // use v5.36
			}
			r.module(PerlModule, by, m[1], c.line+n-1, sc)
			if m[1] == "parent" || m[1] == "base" {
				for _, p := range parents.FindAllString(strings.TrimPrefix(strings.TrimSpace(m[2]), "qw"), -1) {
					r.module(PerlModule, by, p, c.line+n-1, sc)
				}
			}
		}
	}
}

// pythonArguments reads Python's options: -m MODULE, -c CODE, - or nothing.
func (w *walker) pythonArguments(base string, args []field, s *syntax.Stmt, sc scope) {
	for i := 0; i < len(args); i++ {
		letters, ok := strings.CutPrefix(args[i].text, "-")
		if !ok {
			return
		}
		if letters == "" {
			break
		}
		switch letters[len(letters)-1] {
		case 'm':
			if i+1 < len(args) && args[i+1].known {
				w.module(PythonModule, base, args[i+1].text, w.at(args[i+1].word), sc)
				w.pip(args[i+1:])
			}
			return
		case 'c':
			if i+1 < len(args) {
				w.code(base, args[i+1], sc)
			}
			return
		case 'W', 'X':
			i++
		}
	}
	w.fed(base, s, sc)
}

var (
	pythonImport = regexp.MustCompile(`^import\s+(.+)$`)
	pythonFrom   = regexp.MustCompile(`^from\s+([A-Za-z_][\w.]*)\s+import\b`)
	pythonWord   = regexp.MustCompile(`^[A-Za-z_][\w.]*`)
)

// python finds the modules that Python code imports without condition: at the
// top level, where an import that fails ends the program.
func (r *reader) python(by string, c code, sc scope) {
	n, quote := 0, ""
	for l := range strings.Lines(c.text) {
		n++
		text, _, _ := strings.Cut(strings.TrimRight(l, "\r\n"), "#")
		outside := quote == ""
		quote = tripled(text, quote)
		if !outside {
			continue
		}
		for statement := range strings.SplitSeq(text, ";") {
			if statement != text && outside {
				statement = strings.TrimSpace(statement) // python3 -c "import a; import b"
			}
			if m := pythonFrom.FindStringSubmatch(statement); m != nil && m[1] != "__future__" {
				r.module(PythonModule, by, m[1], c.line+n-1, sc)
			}
			m := pythonImport.FindStringSubmatch(statement)
			if m == nil {
				continue
			}
			for part := range strings.SplitSeq(m[1], ",") {
				if name := pythonWord.FindString(strings.TrimSpace(part)); name != "" {
					r.module(PythonModule, by, name, c.line+n-1, sc)
				}
			}
		}
	}
}

// tripled follows strings in triple quotes from line to line.
func tripled(text, quote string) string {
	for {
		if quote != "" {
			_, rest, ok := strings.Cut(text, quote)
			if !ok {
				return quote
			}
			text = rest
		}
		d, s := strings.Index(text, `"""`), strings.Index(text, `'''`)
		switch {
		case d < 0 && s < 0:
			return ""
		case s < 0 || d >= 0 && d < s:
			quote, text = `"""`, text[d+3:]
		default:
			quote, text = `'''`, text[s+3:]
		}
	}
}
