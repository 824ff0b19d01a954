package medium

import (
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"cdbuilder/internal/near"
	"cdbuilder/internal/pkgset"
	"cdbuilder/kickstart"
)

// packages judges the lines of the %packages sections.
func (c *checker) packages() {
	forgiven := false // %packages --ignoremissing
	for _, n := range c.tree.All() {
		if n.Kind == kickstart.Section && n.Name == "packages" {
			_, ok := n.Option("ignoremissing")
			forgiven = forgiven || ok
		}
	}
	for _, r := range c.tree.Requests() {
		if r.Implied {
			continue // @core of a comps without it is for whoever reads comps to say
		}
		level := kickstart.Error
		if forgiven || r.Exclude {
			level = kickstart.Warning
		}
		switch {
		case r.Group || r.Environment:
			c.group(r, level)
		default:
			c.request(r, level)
		}
	}
}

// place takes demo.ks:41 apart.
func place(r kickstart.Request) (file string, line int) {
	i := strings.LastIndexByte(r.From, ':')
	if i < 0 {
		return r.From, 1
	}
	line, err := strconv.Atoi(r.From[i+1:])
	if err != nil {
		return r.From, 1
	}
	return r.From[:i], line
}

func (c *checker) group(r kickstart.Request, level kickstart.Level) {
	if c.Groups == nil {
		return
	}
	kind, has, names, mark := "group", c.Groups.HasGroup, c.Groups.GroupNames, "@"
	if r.Environment {
		kind, has, names, mark = "environment", c.Groups.HasEnvironment, c.Groups.EnvironmentNames, "@^"
	}
	if has(r.Name) {
		return
	}
	hint := near.DidYouMean(r.Name, names())
	switch {
	case r.Group && c.Groups.HasEnvironment(r.Name):
		hint = "; it is an environment: write @^" + r.Name
	case r.Environment && c.Groups.HasGroup(r.Name):
		hint = "; it is a group: write @" + r.Name
	case c.Medium != nil && len(c.Medium.Named(r.Name)) > 0:
		hint = "; it is a package: write it without " + mark
	}
	file, line := place(r)
	c.say(UnknownRule, level, file, line, "comps has no "+kind+" "+strconv.Quote(r.Name)+hint)
}

func (c *checker) request(r kickstart.Request, level kickstart.Level) {
	file, line := place(r)
	if r.Exclude {
		c.excluded(r, file, line)
	}
	if c.Medium == nil && c.Repositories == nil {
		return
	}
	if c.Medium != nil && offers(c.Medium, r.Name) {
		return
	}
	there := c.Repositories != nil && offers(c.Repositories, r.Name)
	switch {
	case there && (c.Medium == nil || r.Exclude):
		return
	case there:
		c.say(UnknownRule, level, file, line, strconv.Quote(r.Name)+" is in "+c.repository(matching(c.Repositories, r.Name))+"; make revisor puts it there")
		return
	}
	var known []string
	for _, set := range []*pkgset.Set{c.Medium, c.Repositories} {
		if set != nil {
			known = append(known, set.Names()...)
		}
	}
	hint := ""
	switch {
	case c.Groups != nil && c.Groups.HasGroup(r.Name):
		hint = "; it is a group: write @" + r.Name
	case !isGlob(r.Name):
		hint = near.DidYouMean(r.Name, known)
	}
	where := "neither the medium nor its repositories have "
	if c.Repositories == nil {
		where = "the medium doesn't have "
	}
	what := "a package "
	if isGlob(r.Name) {
		what = "a package that fits "
	}
	c.say(UnknownRule, level, file, line, where+what+strconv.Quote(r.Name)+hint)
}

func isGlob(name string) bool { return strings.ContainsAny(name, "*?[") }

// offers reports whether a set has what a line of %packages names: a package, a
// name that packages provide, or a pattern, each also with an architecture.
func offers(set *pkgset.Set, name string) bool {
	if isGlob(name) {
		return len(matching(set, name)) > 0
	}
	for _, n := range forms(name) {
		if len(set.Named(n)) > 0 || len(set.Providers(n)) > 0 {
			return true
		}
	}
	return false
}

// forms are the names that a word may mean: glibc.i686 and libc6:i386 are of an
// architecture.
func forms(name string) []string {
	all := []string{name}
	if i := strings.LastIndexAny(name, ".:"); i > 0 {
		all = append(all, name[:i])
	}
	return all
}

// matching are the packages of a set that a line of %packages means.
func matching(set *pkgset.Set, name string) []string {
	if !isGlob(name) {
		var all []string
		for _, n := range forms(name) {
			if len(set.Named(n)) > 0 {
				all = append(all, n)
			}
			for _, p := range set.Providers(n) {
				all = append(all, p.Package.Name)
			}
		}
		return all
	}
	return slices.DeleteFunc(set.Names(), func(n string) bool {
		ok, err := path.Match(name, n)
		return err != nil || !ok
	})
}

// excluded looks whether what a line leaves out is installed nevertheless.
func (c *checker) excluded(r kickstart.Request, file string, line int) {
	if c.Install == nil {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(c.Install)) {
		if ok, err := path.Match(r.Name, name); name != r.Name && (err != nil || !ok) {
			continue
		}
		text := strconv.Quote(name) + " is left out here and installed nevertheless"
		if c.Why != nil {
			if chain := c.Why(name); len(chain) > 1 {
				text += ": " + strings.Join(chain, " needs ")
			} else if len(chain) == 1 && chain[0] != name {
				text += ": " + chain[0]
			}
		}
		c.say(ReturnsRule, kickstart.Warning, file, line, text)
	}
}
