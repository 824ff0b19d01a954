package scripts

import (
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// scope is what holds for the statements of a place in a script.
type scope struct {
	guards      *guards
	root        string // that chroot has set
	tolerated   bool
	function    bool
	conditional bool
}

func (s scope) guarded(names []string) scope {
	if len(names) > 0 {
		s.guards = &guards{names, s.guards}
	}
	return s
}

// maybe is the scope of what a condition decides about.
func (s scope) maybe() scope {
	s.conditional = true
	return s
}

// walker walks one piece of shell code.
type walker struct {
	*reader
	dialect  Dialect
	text     string
	line     int                 // added to the parser's lines
	vars     map[string][]string // variables that hold one thing all along, as fields
	deep     int
	checking int // how deep in a condition
	wraps    int // how deep in sudo, env and their like
}

// maxDeep is how deep statements may nest; a chain of a thousand && is as deep.
const maxDeep = 3000

func (w *walker) at(n syntax.Node) int { return line(n.Pos()) + w.line }

// declare learns the functions and aliases of the code.
func (w *walker) declare(f *syntax.File) {
	if w.known == nil {
		w.known, w.written = make(map[string]bool), make(map[string]int)
	}
	walk(f, func(n syntax.Node) {
		switch n := n.(type) {
		case *syntax.FuncDecl:
			if n.Name != nil {
				w.known[n.Name.Value] = true
			}
			for _, name := range n.Names {
				w.known[name.Value] = true
			}
		case *syntax.CallExpr:
			if len(n.Args) > 1 && n.Args[0].Lit() == "alias" {
				for _, a := range n.Args[1:] {
					s, _ := literal(a)
					name, _, _ := strings.Cut(s, "=")
					w.known[name] = true
				}
			}
		}
	})
}

// walk is syntax.Walk for all nodes that don't stand too deep.
func walk(n syntax.Node, f func(syntax.Node)) {
	deep := 0
	syntax.Walk(n, func(n syntax.Node) bool {
		if n == nil {
			deep--
			return true
		}
		if deep >= 2*maxDeep {
			return false
		}
		deep++
		f(n)
		return true
	})
}

// stmts walks statements one after the other. What one makes sure of holds for
// those behind it: command -v X || exit.
func (w *walker) stmts(list []*syntax.Stmt, sc scope) {
	for _, s := range list {
		sc = sc.guarded(w.stmt(s, sc))
	}
}

// stmt walks a statement and returns the names that are there if it is passed.
func (w *walker) stmt(s *syntax.Stmt, sc scope) (passed []string) {
	if s == nil || s.Cmd == nil && len(s.Redirs) == 0 || w.deep >= maxDeep {
		return nil
	}
	w.deep++
	defer func() { w.deep-- }()
	w.redirects(s, sc)
	switch c := s.Cmd.(type) {
	case *syntax.CallExpr:
		w.simple(c, s, sc)
	case *syntax.BinaryCmd:
		return w.binary(c, sc)
	case *syntax.Block:
		w.stmts(c.Stmts, sc)
	case *syntax.Subshell:
		w.stmts(c.Stmts, sc)
	case *syntax.IfClause:
		return w.branch(c, sc)
	case *syntax.WhileClause:
		w.stmts(c.Cond, sc)
		w.stmts(c.Do, sc.maybe().guarded(w.conditions(c.Cond)))
	case *syntax.ForClause:
		w.words(c.Loop, sc)
		w.stmts(c.Do, sc)
	case *syntax.CaseClause:
		w.words(c.Word, sc)
		for _, item := range c.Items {
			w.stmts(item.Stmts, sc.maybe())
		}
	case *syntax.FuncDecl:
		sc.function = true
		w.stmt(c.Body, sc)
	case *syntax.TimeClause:
		w.stmt(c.Stmt, sc)
	case *syntax.CoprocClause:
		w.stmt(c.Stmt, sc)
	case *syntax.DeclClause:
		for _, a := range c.Args {
			w.assignment(a)
		}
		w.words(c, sc)
	case nil:
	default: // tests and arithmetic
		w.words(c, sc)
	}
	return nil
}

func (w *walker) binary(c *syntax.BinaryCmd, sc scope) (passed []string) {
	there, absent := w.checks(c.X)
	left, right := sc, sc.maybe()
	switch c.Op {
	case syntax.AndStmt:
		// Of X && Y || true all is forgiven; sc has that already.
		if !asks(c.X) {
			right = left // cd /a && b: the script means to come to b
		}
		right = right.guarded(append(there, w.stmt(c.X, left)...))
		w.stmt(c.Y, right)
		return nil
	case syntax.OrStmt:
		left.tolerated = left.tolerated || w.forgives(c.Y)
		w.stmt(c.X, left)
		w.stmt(c.Y, right.guarded(absent))
		if leaves(c.Y) {
			return there
		}
		return nil
	}
	w.stmt(c.X, left)
	w.stmt(c.Y, left)
	w.feed(c, sc)
	return nil
}

// asks reports whether a statement is there for its answer alone.
func asks(s *syntax.Stmt) bool {
	switch c := s.Cmd.(type) {
	case *syntax.TestClause, *syntax.ArithmCmd:
		return true
	case *syntax.CallExpr:
		return len(c.Args) > 0 && slices.Contains([]string{"test", "[", "grep", "egrep", "fgrep", "command", "which", "type", "hash", "rpm", "dpkg",
			"id", "getent", "pidof", "pgrep", "cmp", "diff", "mountpoint", "lspci", "dmidecode", "virt-what", "systemd-detect-virt"}, c.Args[0].Lit())
	case *syntax.BinaryCmd:
		return asks(c.Y) || c.Op == syntax.OrStmt
	}
	return s.Negated
}

// branch walks an if with its elifs.
func (w *walker) branch(c *syntax.IfClause, sc scope) (passed []string) {
	first := c
	for ; c != nil; c = c.Else {
		w.stmts(c.Cond, sc)
		then := sc.maybe().guarded(w.conditions(c.Cond))
		w.stmts(c.Then, then)
		_, absent := w.checks(last(c.Cond))
		sc = sc.maybe().guarded(absent)
		if c == first && c.Else == nil && len(c.Then) > 0 && leaves(last(c.Then)) {
			passed = absent
		}
	}
	return passed
}

// conditions are the names that are there when a list of conditions holds,
// also those that the conditions themselves called.
func (w *walker) conditions(list []*syntax.Stmt) (there []string) {
	for _, s := range list {
		names, _ := w.checks(s)
		there = append(there, names...)
		if s.Cmd != nil && !s.Negated {
			if c, ok := s.Cmd.(*syntax.CallExpr); ok && len(c.Args) > 0 {
				if name, ok := literal(c.Args[0]); ok {
					there = append(there, name)
				}
			}
		}
	}
	return there
}

func last(list []*syntax.Stmt) *syntax.Stmt {
	if len(list) == 0 {
		return nil
	}
	return list[len(list)-1]
}

// leaves reports whether nothing behind the statement is come to.
func leaves(s *syntax.Stmt) bool {
	if s == nil {
		return false
	}
	switch c := s.Cmd.(type) {
	case *syntax.CallExpr:
		return len(c.Args) > 0 && slices.Contains([]string{"exit", "return", "continue", "break", "exec"}, c.Args[0].Lit())
	case *syntax.Block:
		return leaves(last(c.Stmts))
	case *syntax.Subshell:
		return false
	}
	return false
}

// forgives reports whether what stands behind || makes good what failed before
// it: true, or another command to the same end. A message or a way out doesn't.
func (w *walker) forgives(s *syntax.Stmt) bool {
	switch c := s.Cmd.(type) {
	case *syntax.CallExpr:
		if len(c.Args) == 0 {
			return true // an assignment
		}
		name, _ := literal(c.Args[0])
		if w.known[name] {
			return false
		}
		return !slices.Contains([]string{"exit", "return", "echo", "printf", "logger", "die", "fail", "error", "kill"}, name)
	case *syntax.Block:
		return !leaves(s) && len(c.Stmts) > 0 && w.forgives(c.Stmts[0])
	case *syntax.Subshell:
		return len(c.Stmts) > 0 && w.forgives(c.Stmts[0])
	case *syntax.BinaryCmd:
		return w.forgives(c.X) && (c.Op == syntax.OrStmt || w.forgives(c.Y))
	}
	return false
}

// words walks the substitutions within words.
func (w *walker) words(n syntax.Node, sc scope) {
	deep := 0
	syntax.Walk(n, func(n syntax.Node) bool {
		switch n := n.(type) {
		case nil:
			deep--
			return true
		case *syntax.CmdSubst:
			w.stmts(n.Stmts, sc)
			return false
		case *syntax.ProcSubst:
			w.stmts(n.Stmts, sc)
			return false
		}
		deep++
		return deep < 2*maxDeep
	})
}
