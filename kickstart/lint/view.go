package lint

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
)

// view is a kickstart as the rules look at it: what it says, taken together in
// the ways that several rules need.
type view struct {
	*language.Recipe
	facts    Facts
	rule     Rule // the one being checked
	findings []kickstart.Finding

	storage
	scripts []script
	files   []*kickstart.File
	met     map[*kickstart.File]bool

	packages []kickstart.Request // of all %packages sections
	open     bool                // it includes something that isn't seen here
	machine  bool                // it is for a machine with disks, see forMachine
}

func newView(r *language.Recipe, f Facts) *view {
	v := &view{Recipe: r, facts: f, storage: readStorage(r), met: make(map[*kickstart.File]bool)}
	for _, s := range r.Statements {
		v.meet(s.File)
	}
	for _, s := range r.Sections {
		v.meet(s.File)
		if script, ok := newScript(s, f.Tree); ok {
			v.scripts = append(v.scripts, script)
		}
	}
	if f.Tree != nil {
		v.packages = f.Tree.Requests()
		v.open = f.Open || len(f.Tree.Unresolved()) > 0
	} else {
		for _, f := range v.files {
			v.packages = append(v.packages, kickstart.Requests(f)...)
		}
		v.open = f.Open || v.includes()
	}
	v.machine = v.forMachine()
	return v
}

func (v *view) meet(f *kickstart.File) {
	if f != nil && !v.met[f] {
		v.met[f] = true
		v.files = append(v.files, f)
	}
}

// includes reports whether something is included that isn't among the files:
// most often what a %pre script writes.
func (v *view) includes() bool {
	for _, f := range v.files {
		for i := range f.Nodes {
			n := &f.Nodes[i]
			if (n.Kind == kickstart.Include || n.Kind == kickstart.Append) && len(n.Args) > 0 && !v.read(f, n.Args[0]) {
				return true
			}
		}
	}
	return false
}

// read reports whether another file than f has the name that an include asks for.
func (v *view) read(f *kickstart.File, target string) bool {
	return slices.ContainsFunc(v.files, func(o *kickstart.File) bool {
		return o != f && path.Base(o.Name) == path.Base(target)
	})
}

// since reports whether the version is at least this Fedora or this RHEL.
func (v *view) since(fedora, rhel int) bool {
	switch v.Version.Family {
	case "":
		return true
	case "RHEL":
		return v.Version.Number >= rhel
	}
	return v.Version.Number >= fedora
}

// never stands in since for a line of versions that doesn't have it.
const never = 1 << 20

// has reports whether a command is there.
func (v *view) has(names ...string) bool {
	for range v.Find(names...) {
		return true
	}
	return false
}

// first gives the first statement of the commands, or nil.
func (v *view) first(names ...string) *language.Statement {
	for s := range v.Find(names...) {
		return s
	}
	return nil
}

// mentions reports whether a line of any script contains one of the texts.
func (v *view) mentions(texts ...string) bool {
	for _, s := range v.scripts {
		for _, l := range s.lines {
			if slices.ContainsFunc(texts, func(t string) bool { return strings.Contains(l.text, t) }) {
				return true
			}
		}
	}
	return false
}

// asks reports whether a package or group is asked for.
func (v *view) asks(match func(name string) bool) bool {
	return slices.ContainsFunc(v.packages, func(r kickstart.Request) bool { return !r.Exclude && match(r.Name) })
}

// blank matches what another tool fills in before the installer sees it:
// $NAME, ${NAME}, $call(…), {{ name }}, @NAME@, %NAME%, __NAME__, <NAME>, <% … %>,
// %(name)s.
var blank = regexp.MustCompile(`\$\{|\$\(|\{\{|\{%|%\(|<[^<>]+>|<%|^\$[A-Za-z_][A-Za-z0-9_]*($|\()|@@?[A-Za-z_][A-Za-z0-9_.-]*@@?|%[A-Z_]+%|__[A-Za-z_]+__`)

// filled reports whether a value is the final one.
func filled(value string) bool {
	return !strings.ContainsAny(value, "${%<@_") || !blank.MatchString(value)
}

// both joins words for a message: "a", "a and b", "a, b and c".
func both(words []string) string {
	if len(words) < 2 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
