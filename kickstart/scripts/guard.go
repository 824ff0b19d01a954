package scripts

import (
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// guards are names whose presence the script has made sure of, innermost first.
type guards struct {
	names []string
	outer *guards
}

func (g *guards) hold(name string) bool {
	for ; g != nil; g = g.outer {
		if slices.ContainsFunc(g.names, func(n string) bool { return n == name || path.Base(n) == path.Base(name) }) {
			return true
		}
	}
	return false
}

// maxChecks is how deep a condition may nest to be looked into.
const maxChecks = 50

// checks reads a condition: the names that are there where it holds, and those
// that are there where it doesn't (! command -v X).
func (w *walker) checks(s *syntax.Stmt) (there, absent []string) {
	if s == nil || w.checking == maxChecks {
		return nil, nil
	}
	w.checking++
	defer func() { w.checking-- }()
	switch c := s.Cmd.(type) {
	case *syntax.CallExpr:
		there, absent = w.checkCall(c)
	case *syntax.BinaryCmd:
		if c.Op != syntax.AndStmt && c.Op != syntax.OrStmt {
			break
		}
		// Of A || B one alone is sure; to take both makes findings milder, never wrong.
		t1, a1 := w.checks(c.X)
		t2, a2 := w.checks(c.Y)
		there, absent = slices.Concat(t1, t2), slices.Concat(a1, a2)
	case *syntax.TestClause:
		there, absent = w.checkTest(c.X)
	case *syntax.Block:
		there, absent = w.checks(last(c.Stmts))
	case *syntax.Subshell:
		there, absent = w.checks(last(c.Stmts))
	}
	if s.Negated {
		there, absent = absent, there
	}
	return there, absent
}

// lookups are the commands that look for a command, a file or a package by
// name. Packages are most often called as their first command is.
var lookups = map[string]bool{"which": true, "type": true, "hash": true, "whence": true, "rpm": true, "dpkg": true, "dpkg-query": true}

func (w *walker) checkCall(c *syntax.CallExpr) (there, absent []string) {
	f := w.fields(c.Args)
	if len(f) == 0 {
		return nil, nil
	}
	name, args := path.Base(f[0].text), f[1:]
	switch {
	case name == "test" || name == "[":
		return w.checkBracket(args)
	case name == "command":
		if len(args) < 2 || args[0].text != "-v" && args[0].text != "-V" {
			return nil, nil
		}
	case name == "rpm" && (len(args) == 0 || !strings.HasPrefix(args[0].text, "-q")),
		name == "dpkg" && (len(args) == 0 || args[0].text != "-s" && args[0].text != "-l" && args[0].text != "--status"),
		!lookups[name]:
		return nil, nil
	}
	for _, a := range args {
		if a.known && !strings.HasPrefix(a.text, "-") {
			there = append(there, a.text)
		}
	}
	return there, nil
}

// checkBracket reads the arguments of test: -x FILE and its like, and
// -n "$(command -v X)".
func (w *walker) checkBracket(args []field) (there, absent []string) {
	negated, empty := false, false
	for i, a := range args {
		switch a.text {
		case "!":
			negated = !negated
		case "-z":
			empty = true
		case "-x", "-e", "-f", "-s", "-r", "-L", "-h":
			if i+1 < len(args) && args[i+1].known {
				there = append(there, args[i+1].text)
			}
		}
		if !a.known {
			there = append(there, w.looked(a.word)...)
		}
	}
	if negated != empty {
		return nil, there
	}
	return there, nil
}

// looked are the names that the substitutions in a word look for.
func (w *walker) looked(n syntax.Node) (names []string) {
	walk(n, func(n syntax.Node) {
		if sub, ok := n.(*syntax.CmdSubst); ok && len(sub.Stmts) == 1 {
			there, _ := w.checks(sub.Stmts[0])
			names = append(names, there...)
		}
	})
	return names
}

// checkTest reads [[ … ]].
func (w *walker) checkTest(x syntax.TestExpr) (there, absent []string) {
	if w.checking == maxChecks {
		return nil, nil
	}
	w.checking++
	defer func() { w.checking-- }()
	switch x := x.(type) {
	case *syntax.UnaryTest:
		switch x.Op {
		case syntax.TsNot:
			there, absent = w.checkTest(x.X)
			return absent, there
		case syntax.TsExec, syntax.TsExists, syntax.TsRegFile, syntax.TsNoEmpty, syntax.TsRead, syntax.TsSmbLink:
			if word, ok := x.X.(*syntax.Word); ok {
				if s, ok := literal(word); ok {
					return []string{s}, nil
				}
			}
		case syntax.TsEmpStr:
			return nil, w.looked(x.X)
		case syntax.TsNempStr:
			return w.looked(x.X), nil
		}
	case *syntax.BinaryTest:
		if x.Op == syntax.AndTest || x.Op == syntax.OrTest {
			t1, a1 := w.checkTest(x.X)
			t2, a2 := w.checkTest(x.Y)
			return slices.Concat(t1, t2), slices.Concat(a1, a2)
		}
	case *syntax.ParenTest:
		return w.checkTest(x.X)
	case *syntax.Word:
		return w.looked(x), nil
	}
	return nil, nil
}
