package scripts

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// literal is the text of a word that no run can change, quotes resolved.
func literal(word *syntax.Word) (string, bool) {
	if word == nil {
		return "", false
	}
	var b strings.Builder
	ok := literalParts(&b, word.Parts, false)
	return b.String(), ok
}

func literalParts(b *strings.Builder, parts []syntax.WordPart, quoted bool) bool {
	for _, p := range parts {
		switch p := p.(type) {
		case *syntax.Lit:
			b.WriteString(unescape(p.Value, quoted))
		case *syntax.SglQuoted:
			b.WriteString(p.Value)
		case *syntax.DblQuoted:
			if !literalParts(b, p.Parts, true) {
				return false
			}
		default:
			return false
		}
	}
	return true
}

// unescape takes out the backslashes that a shell takes out, between double
// quotes only those that escape something (POSIX.1-2024 §2.2.3).
func unescape(s string, quoted bool) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && (!quoted || strings.IndexByte("$`\"\\\n", s[i+1]) >= 0) {
			if i++; s[i] == '\n' {
				continue
			}
		}
		b = append(b, s[i])
	}
	return string(b)
}

// field is a word after expansion.
type field struct {
	text  string
	known bool         // text is what the command gets; otherwise it is as the script has it
	word  *syntax.Word // where it comes from
}

// fields expands words as far as that can be done before the script runs:
// quotes, and variables that hold one value throughout.
func (w *walker) fields(words []*syntax.Word) []field {
	out := make([]field, 0, len(words))
	for _, word := range words {
		if s, ok := literal(word); ok {
			out = append(out, field{s, true, word})
		} else if texts, ok := w.expand(word); ok {
			for _, s := range texts {
				out = append(out, field{s, true, word})
			}
		} else {
			out = append(out, field{w.source(word), false, word})
		}
	}
	return out
}

// expand resolves variables that are constant.
func (w *walker) expand(word *syntax.Word) ([]string, bool) {
	fields := []string{""}
	for _, p := range word.Parts {
		switch p := p.(type) {
		case *syntax.ParamExp:
			v, ok := w.constant(p)
			if !ok {
				return nil, false
			}
			if len(v) == 0 {
				continue
			}
			fields[len(fields)-1] += v[0]
			fields = append(fields, v[1:]...)
		default:
			s, ok := w.single(p)
			if !ok {
				return nil, false
			}
			fields[len(fields)-1] += s
		}
	}
	if len(fields) == 1 && fields[0] == "" {
		return nil, true
	}
	return fields, true
}

// single is a part of a word that is not split.
func (w *walker) single(p syntax.WordPart) (string, bool) {
	switch p := p.(type) {
	case *syntax.DblQuoted:
		var b strings.Builder
		for _, inner := range p.Parts {
			if exp, ok := inner.(*syntax.ParamExp); ok {
				v, ok := w.constant(exp)
				if !ok {
					return "", false
				}
				b.WriteString(strings.Join(v, " "))
			} else if !literalParts(&b, []syntax.WordPart{inner}, true) {
				return "", false
			}
		}
		return b.String(), true
	default:
		var b strings.Builder
		ok := literalParts(&b, []syntax.WordPart{p}, false)
		return b.String(), ok
	}
}

func (w *walker) constant(p *syntax.ParamExp) ([]string, bool) {
	if p.Param == nil || p.Excl || p.Length || p.Width || p.Index != nil || p.Slice != nil || p.Repl != nil || p.Names != 0 || p.Exp != nil {
		return nil, false
	}
	v, ok := w.vars[p.Param.Value]
	return v, ok
}

// source is a node as the script has it.
func (w *walker) source(n syntax.Node) string {
	from, to := int(n.Pos().Offset()), int(n.End().Offset())
	if from > to || to > len(w.text) {
		return "$"
	}
	return w.text[from:to]
}

// constants are the variables that the code sets once and to something known.
func constants(f *syntax.File) map[string][]string {
	times, values := make(map[string]int), make(map[string]string)
	walk(f, func(n syntax.Node) {
		switch n := n.(type) {
		case *syntax.Assign:
			if n.Name == nil || n.Naked {
				return
			}
			times[n.Name.Value]++
			s, ok := literal(n.Value)
			if n.Value != nil && !ok || n.Append || n.Index != nil || n.Array != nil {
				times[n.Name.Value]++
			}
			values[n.Name.Value] = s
		case *syntax.WordIter:
			times[n.Name.Value] += 2
		case *syntax.CallExpr:
			if len(n.Args) > 0 {
				for _, a := range n.Args[1:] {
					taken(n.Args[0].Lit(), a.Lit(), times)
				}
			}
		}
	})
	constant := make(map[string][]string)
	for name, n := range times {
		if n == 1 {
			constant[name] = strings.Fields(values[name])
		}
	}
	return constant
}

// taken counts the variables that a command sets by their names.
func taken(command, arg string, times map[string]int) {
	switch command {
	case "read", "getopts", "mapfile", "readarray", "unset", "printf", "eval":
		times[arg] += 2
	case "export", "local", "readonly", "typeset", "declare": // where they are no syntax
		if name, _, ok := strings.Cut(arg, "="); ok {
			times[name] += 2
		}
	}
}
