package rpm

import (
	"errors"
	"fmt"
	"strings"

	"cdbuilder/internal/pkgset"
)

// Rich is a rich, or boolean, dependency: an operator over dependencies, which
// may be rich themselves (rpm's manual, "Boolean Dependencies").
type Rich struct {
	Op RichOp
	// Args are two or more with And, Or and With; one with And is a plain
	// dependency in parentheses. With If and Unless the second is the
	// condition, the third, if there is one, what stands behind "else". With
	// Without there are two.
	Args []Dep
}

// RichOp is the operator of a rich dependency.
type RichOp uint8

// The operators. With and Without ask that a single package satisfies the
// first and (does not) satisfy the others.
const (
	And RichOp = iota
	Or
	If
	Unless
	With
	Without
)

var richNames = [...]string{"and", "or", "if", "unless", "with", "without"}

// String gives the operator's word.
func (o RichOp) String() string { return richNames[o] }

// String writes the dependency as rpm does, in parentheses.
func (r *Rich) String() string {
	var b strings.Builder
	for i, arg := range r.Args {
		word := " " + r.Op.String() + " "
		switch {
		case i == 0:
			word = "("
		case i == 2 && (r.Op == If || r.Op == Unless):
			word = " else "
		}
		b.WriteString(word)
		b.WriteString(arg.text())
	}
	b.WriteByte(')')
	return b.String()
}

// text is the dependency written anew, also a rich one.
func (d Dep) text() string {
	if d.Rich != nil {
		return d.Rich.String()
	}
	return d.String()
}

// maxDepth bounds how deep rich dependencies nest.
const maxDepth = 64

// parser reads the text of a dependency.
type parser struct {
	text string
	at   int
}

// skipBlanks passes over what separates words; rpm counts commas among it.
func (p *parser) skipBlanks() {
	for p.at < len(p.text) && isBlank(p.text[p.at]) {
		p.at++
	}
}

func isBlank(c byte) bool { return c == ' ' || c == ',' || '\t' <= c && c <= '\r' }

// word takes everything up to a blank or to a closing parenthesis that was not
// opened in it.
func (p *parser) word() string {
	start, open := p.at, 0
	for ; p.at < len(p.text) && !isBlank(p.text[p.at]); p.at++ {
		switch p.text[p.at] {
		case '(':
			open++
		case ')':
			if open == 0 {
				return p.text[start:p.at]
			}
			open--
		}
	}
	return p.text[start:p.at]
}

func (p *parser) next() byte {
	if p.at < len(p.text) {
		return p.text[p.at]
	}
	return 0
}

// dep reads a dependency, rich or not.
func (p *parser) dep(depth int) (Dep, error) {
	if p.next() != '(' {
		return p.simple()
	}
	if depth >= maxDepth {
		return Dep{}, fmt.Errorf("more than %d parentheses in one another", maxDepth)
	}
	start := p.at
	r, err := p.rich(depth)
	if err != nil {
		return Dep{}, err
	}
	return Dep{Name: p.text[start:p.at], Rich: r}, nil
}

// simple reads a name, and a comparison where one follows.
func (p *parser) simple() (Dep, error) {
	name := p.word()
	if name == "" {
		return Dep{}, errors.New("no name in it")
	}
	if i := strings.IndexAny(name, "<=>"); i >= 0 && name[0] != '/' && !strings.Contains(name[:i], "(") {
		return Dep{}, fmt.Errorf("the name %q has a comparison in it; put blanks around <, = and >", name)
	}
	d, end := Dep{Name: name}, p.at
	p.skipBlanks()
	op, ok := operators[p.word()]
	if !ok {
		p.at = end
		return d, nil
	}
	p.skipBlanks()
	evr := p.word()
	if evr == "" {
		return Dep{}, fmt.Errorf("no version after %q %s", name, opNames[op])
	}
	d.Op, d.EVR = op, ParseEVR(evr)
	return d, nil
}

// rich reads a dependency from its opening through its closing parenthesis.
func (p *parser) rich(depth int) (*Rich, error) {
	p.at++
	r := new(Rich)
	for word := ""; ; {
		p.skipBlanks()
		if p.next() == ')' {
			if word == "" {
				return nil, errors.New("nothing in the parentheses")
			}
			return nil, fmt.Errorf("nothing follows %q", word)
		}
		arg, err := p.dep(depth + 1)
		if err != nil {
			return nil, err
		}
		r.Args = append(r.Args, arg)
		p.skipBlanks()
		switch p.next() {
		case 0:
			return nil, errors.New("a parenthesis is not closed")
		case ')':
			p.at++
			return r, r.check()
		}
		word = p.word()
		if err := r.chain(word); err != nil {
			return nil, err
		}
	}
}

// chain takes the operator in front of the next argument.
func (r *Rich) chain(word string) error {
	n := len(r.Args)
	if word == "else" {
		if n == 2 && (r.Op == If || r.Op == Unless) {
			return nil
		}
		return errors.New(`"else" without an "if" or "unless" in front of it`)
	}
	for op, name := range richNames {
		switch {
		case name != word:
			continue
		case n == 1:
			r.Op = RichOp(op)
			return nil
		case RichOp(op) != r.Op:
			return fmt.Errorf("%q and %q in one pair of parentheses; put one of them in its own", r.Op, word)
		case r.Op != And && r.Op != Or && r.Op != With:
			return fmt.Errorf("%q twice in one pair of parentheses; only and, or, with can be repeated", word)
		}
		return nil
	}
	return fmt.Errorf("%q is no operator; and, or, if, unless, else, with, without are", word)
}

// check refuses what rpm does: with and without take only versions and names
// of one package, joined by or, with and without.
func (r *Rich) check() error {
	if r.Op != With && r.Op != Without {
		return nil
	}
	for _, arg := range r.Args {
		if op, bad := arg.Rich.beyondOnePackage(); bad {
			return fmt.Errorf("%q inside of %q, which is about one package", op, r.Op)
		}
	}
	return nil
}

func (r *Rich) beyondOnePackage() (RichOp, bool) {
	if r == nil {
		return 0, false
	}
	if r.Op == If || r.Op == Unless || r.Op == And && len(r.Args) > 1 {
		return r.Op, true
	}
	for _, arg := range r.Args {
		if op, bad := arg.Rich.beyondOnePackage(); bad {
			return op, bad
		}
	}
	return 0, false
}

// All calls visit for every plain dependency in d: itself, or the parts of a
// rich one at any depth.
func (d Dep) All(visit func(Dep)) {
	if d.Rich == nil {
		visit(d)
		return
	}
	for _, arg := range d.Rich.Args {
		arg.All(visit)
	}
}

// Plain reports whether d asks for a name without a range of versions.
func (d Dep) Plain() bool { return d.Rich == nil && d.Op == pkgset.Any }
