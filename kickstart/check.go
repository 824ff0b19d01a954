package kickstart

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"text/template/parse"

	"cdbuilder/internal/near"
)

// maxWalks bounds how often a fragment is looked through for one kickstart.
const maxWalks = 50

// checker walks a template, and the templates that it calls, with the values
// that their dot would have. Where the dot cannot be known before the template
// runs it is the zero Value, and what is asked of it is left for execution to
// judge.
type checker struct {
	set    *templateSet
	src    *source         // of the template being walked
	root   reflect.Value   // its $
	stack  []string        // how the walk came here
	used   map[string]bool // what the first template walked calls, directly or not
	walks  map[string]int
	faults []*Fault
}

// check walks the template of that name, and what nobody calls.
func (c *checker) check(name string, data reflect.Value) error {
	c.walk(name, data)
	used := maps.Clone(c.used)
	for _, name := range slices.Sorted(maps.Keys(c.set.trees)) {
		if c.walks[name] == 0 {
			c.walk(name, reflect.Value{})
		}
	}
	c.used = used
	slices.SortStableFunc(c.faults, func(a, b *Fault) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	var errs []error
	for i, f := range c.faults {
		if i == 0 || *f != *c.faults[i-1] {
			errs = append(errs, f)
		}
	}
	return errors.Join(errs...)
}

// walk goes through the template of that name with a dot of its own.
func (c *checker) walk(name string, dot reflect.Value) {
	tree := c.set.trees[name]
	if tree == nil || c.walks[name] >= maxWalks {
		return
	}
	c.walks[name]++
	src, root := c.src, c.root
	c.src, c.root = c.set.sources[tree.ParseName], dot
	c.stack = append(c.stack, name)
	c.list(tree.Root, dot)
	c.stack = c.stack[:len(c.stack)-1]
	c.src, c.root = src, root
}

func (c *checker) fault(at parse.Pos, format string, args ...any) {
	if c.src != nil {
		c.faults = append(c.faults, &Fault{c.src.File, c.src.line(at), fmt.Sprintf(format, args...)})
	}
}

// call follows {{ template "name" . }}.
func (c *checker) call(n *parse.TemplateNode, dot reflect.Value) {
	c.pipe(n.Pipe, dot)
	if c.set.trees[n.Name] == nil && c.set.sources[n.Name] == nil {
		known := slices.Collect(maps.Keys(c.set.trees))
		known = slices.DeleteFunc(known, func(name string) bool { return name == c.stack[0] })
		c.fault(n.Pos, "unknown fragment %q%s", n.Name, among(n.Name, known))
		return
	}
	c.used[n.Name] = true
	if i := slices.Index(c.stack, n.Name); i >= 0 {
		c.fault(n.Pos, "%q uses itself, without an end: %s", n.Name, strings.Join(append(slices.Clone(c.stack[i:]), n.Name), " > "))
		return
	}
	if tree := c.set.trees[n.Name]; n.Pipe == nil && tree != nil && asks(tree.Root) {
		c.fault(n.Pos, "%[1]q asks for values and gets none; write {{ template %[1]q . }}, with the dot", n.Name)
		c.walks[n.Name]++
		return
	}
	c.walk(n.Name, c.value(n.Pipe, dot))
}

// asks reports whether a template names any value of its dot.
func asks(n parse.Node) bool {
	switch n := n.(type) {
	case *parse.ListNode:
		return n != nil && slices.ContainsFunc(n.Nodes, asks)
	case *parse.ActionNode:
		return asks(n.Pipe)
	case *parse.TemplateNode:
		return asks(n.Pipe)
	case *parse.IfNode:
		return asks(n.Pipe) || asks(n.List) || asks(n.ElseList)
	case *parse.WithNode:
		return asks(n.Pipe) || asks(n.List) || asks(n.ElseList)
	case *parse.RangeNode:
		return asks(n.Pipe) || asks(n.List) || asks(n.ElseList)
	case *parse.PipeNode:
		return n != nil && slices.ContainsFunc(n.Cmds, func(cmd *parse.CommandNode) bool { return slices.ContainsFunc(cmd.Args, asks) })
	case *parse.ChainNode:
		return asks(n.Node)
	case *parse.VariableNode:
		return n.Ident[0] == "$"
	case *parse.FieldNode, *parse.DotNode:
		return true
	}
	return false
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
			c.call(n, dot)
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
	return among(way+"."+ident, known)
}

// among offers the names that come near a wrong one, or all that there are.
func among(wrong string, known []string) string {
	if s := near.DidYouMean(wrong, known); s != "" {
		return s
	}
	if len(known) == 0 {
		return ""
	}
	slices.Sort(known)
	return "; there is " + strings.Join(slices.Compact(known), ", ")
}
