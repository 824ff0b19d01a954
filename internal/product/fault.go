package product

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"cdbuilder/internal/product/tomlpos"
)

// Fault is one thing that is wrong with version.toml.
type Fault struct {
	File string // version.toml as its path was given; empty for a File made by hand
	Line int    // first line is 1; 0 for a File made by hand
	Key  string // product.id, repository[0].suites[1]; empty for a fault of the syntax
	What string // what is wrong
	Hint string // what to write instead
}

func (f *Fault) Error() string {
	text := f.What
	if f.Hint != "" {
		text += "; " + f.Hint
	}
	if f.Line == 0 {
		return text
	}
	return fmt.Sprintf("%s:%d: %s", f.File, f.Line, text)
}

// faults collects, at most one fault a key: what is wrong first is the cause.
type faults struct {
	file string
	doc  *tomlpos.Document // nil for a File made by hand
	list []*Fault
	bad  map[string]bool
}

func newFaults(file string, doc *tomlpos.Document) *faults {
	return &faults{file: file, doc: doc, bad: map[string]bool{}}
}

func (c *faults) add(key, what, hint string) {
	for p := key; p != ""; p = tomlpos.Parent(p) {
		if c.bad[p] {
			return
		}
	}
	c.bad[key] = true
	f := &Fault{File: c.file, Key: key, What: what, Hint: hint}
	if c.doc != nil {
		f.Line = c.doc.Line(key)
	}
	c.list = append(c.list, f)
}

// spoil keeps the checks from judging a key whose value could not be taken.
func (c *faults) spoil(key string) { c.bad[key] = true }

// given reports whether the key stands in the file.
func (c *faults) given(key string) bool {
	if c.doc == nil {
		return false
	}
	_, ok := c.doc.Lookup(key)
	return ok
}

// err joins the faults in the order of their lines.
func (c *faults) err() error {
	slices.SortStableFunc(c.list, func(a, b *Fault) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), strings.Compare(a.Key, b.Key))
	})
	errs := make([]error, len(c.list))
	for i, f := range c.list {
		errs[i] = f
	}
	return errors.Join(errs...)
}

// show is a path as messages write it: the line says which of several it is.
func show(path string) string { return indices.ReplaceAllString(path, "") }

// said is a wrong value with its key.
func said(path, value string) string {
	if strings.HasSuffix(path, "]") {
		return fmt.Sprintf("%q in %s", value, show(path))
	}
	return fmt.Sprintf("%s = %q", show(path), value)
}

// lastKey is the name that a path ends in.
func lastKey(path string) string {
	return strings.TrimPrefix(strings.TrimPrefix(path, tomlpos.Parent(path)), ".")
}

func quoted(values []string) string {
	q := make([]string, len(values))
	for i, v := range values {
		q[i] = fmt.Sprintf("%q", v)
	}
	if len(q) < 2 {
		return strings.Join(q, "")
	}
	return strings.Join(q[:len(q)-1], ", ") + " or " + q[len(q)-1]
}
