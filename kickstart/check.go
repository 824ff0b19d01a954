package kickstart

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"text/template/parse"

	"cdbuilder/internal/near"
)

// checker walks a template with the values that its dot would have. Where the
// dot cannot be known before the template runs it is the zero Value, and what
// is asked of it is left for execution to judge.
type checker struct {
	name, text string
	root       reflect.Value
	faults     []*Fault
}

func (c *checker) fault(at parse.Pos, format string, args ...any) {
	line := 1 + strings.Count(c.text[:min(int(at), len(c.text))], "\n")
	c.faults = append(c.faults, &Fault{c.name, line, fmt.Sprintf(format, args...)})
}

func (c *checker) list(l *parse.ListNode, dot reflect.Value) {
	if l == nil {
		return
	}
	for _, n := range l.Nodes {
		switch n := n.(type) {
		case *parse.ActionNode:
			c.pipe(n.Pipe, dot)
		case *parse.TemplateNode:
			c.pipe(n.Pipe, dot)
		case *parse.IfNode:
			c.branch(&n.BranchNode, dot, dot)
		case *parse.WithNode:
			c.branch(&n.BranchNode, dot, c.value(n.Pipe, dot))
		case *parse.RangeNode:
			c.branch(&n.BranchNode, dot, element(c.value(n.Pipe, dot)))
		}
	}
}

func (c *checker) branch(b *parse.BranchNode, dot, inner reflect.Value) {
	c.pipe(b.Pipe, dot)
	c.list(b.List, inner)
	c.list(b.ElseList, dot)
}

func (c *checker) pipe(p *parse.PipeNode, dot reflect.Value) {
	if p == nil {
		return
	}
	for _, cmd := range p.Cmds {
		for _, arg := range cmd.Args {
			c.argument(arg, dot)
		}
	}
}

func (c *checker) argument(n parse.Node, dot reflect.Value) {
	switch n := n.(type) {
	case *parse.FieldNode:
		c.resolve(n.Pos, dot, "", n.Ident)
	case *parse.VariableNode:
		if n.Ident[0] == "$" {
			c.resolve(n.Pos, c.root, "$", n.Ident[1:])
		}
	case *parse.ChainNode:
		c.argument(n.Node, dot)
	case *parse.PipeNode:
		c.pipe(n, dot)
	case *parse.IdentifierNode:
		if !slices.Contains(functions, n.Ident) {
			c.fault(n.Pos, "unknown function %q%s", n.Ident, near.DidYouMean(n.Ident, functions))
		}
	}
}

// functions are text/template's own; its documentation lists them.
var functions = []string{"and", "call", "eq", "ge", "gt", "html", "index", "js", "le", "len",
	"lt", "ne", "not", "or", "print", "printf", "println", "slice", "urlquery"}

// value is what a pipeline gives where that is a plain variable.
func (c *checker) value(p *parse.PipeNode, dot reflect.Value) reflect.Value {
	if p == nil || len(p.Decl) > 0 || len(p.Cmds) != 1 || len(p.Cmds[0].Args) != 1 {
		return reflect.Value{}
	}
	quiet := checker{root: c.root}
	switch n := p.Cmds[0].Args[0].(type) {
	case *parse.DotNode:
		return dot
	case *parse.FieldNode:
		return quiet.resolve(n.Pos, dot, "", n.Ident)
	case *parse.VariableNode:
		if n.Ident[0] == "$" {
			return quiet.resolve(n.Pos, c.root, "$", n.Ident[1:])
		}
	}
	return reflect.Value{}
}

// element is what range gives for each turn, where all turns give the same kind.
func element(v reflect.Value) reflect.Value {
	v = concrete(v)
	if !v.IsValid() || (v.Kind() != reflect.Slice && v.Kind() != reflect.Array && v.Kind() != reflect.Map) {
		return reflect.Value{}
	}
	if e := v.Type().Elem(); e.Kind() == reflect.Struct {
		return reflect.Zero(e)
	}
	return reflect.Value{}
}

// resolve follows a chain of names from v and reports the first that is not there.
func (c *checker) resolve(at parse.Pos, v reflect.Value, way string, chain []string) reflect.Value {
	for _, ident := range chain {
		if !v.IsValid() || method(v, ident) {
			return reflect.Value{}
		}
		v = concrete(v)
		var next reflect.Value
		switch v.Kind() {
		case reflect.Struct:
			if f, ok := v.Type().FieldByName(ident); ok && f.IsExported() {
				next, _ = v.FieldByIndexErr(f.Index)
				if !next.IsValid() {
					return next
				}
			}
		case reflect.Map:
			if v.Type().Key().Kind() != reflect.String {
				return reflect.Value{}
			}
			next = v.MapIndex(reflect.ValueOf(ident).Convert(v.Type().Key()))
		case reflect.Invalid:
			return reflect.Value{}
		}
		if !next.IsValid() {
			c.fault(at, "unknown variable %s.%s%s", way, ident, hint(way, ident, v))
			return reflect.Value{}
		}
		v, way = next, way+"."+ident
	}
	return v
}

func method(v reflect.Value, name string) bool {
	_, ok := v.Type().MethodByName(name)
	if !ok && v.Kind() != reflect.Interface && v.Kind() != reflect.Pointer {
		_, ok = reflect.PointerTo(v.Type()).MethodByName(name)
		ok = ok && v.CanAddr()
	}
	return ok
}

// concrete follows pointers and interfaces.
func concrete(v reflect.Value) reflect.Value {
	for v.IsValid() && (v.Kind() == reflect.Pointer || v.Kind() == reflect.Interface) {
		v = v.Elem()
	}
	return v
}

// hint offers near names, or, where nothing comes near, says what there is.
func hint(way, ident string, v reflect.Value) string {
	var known []string
	switch v.Kind() {
	case reflect.Struct:
		for _, f := range reflect.VisibleFields(v.Type()) {
			if f.IsExported() && !f.Anonymous {
				known = append(known, way+"."+f.Name)
			}
		}
	case reflect.Map:
		for _, k := range v.MapKeys() {
			known = append(known, way+"."+k.String())
		}
	}
	if s := near.DidYouMean(way+"."+ident, known); s != "" {
		return s
	}
	if len(known) == 0 {
		return ""
	}
	slices.Sort(known)
	return "; there is " + strings.Join(slices.Compact(known), ", ")
}
