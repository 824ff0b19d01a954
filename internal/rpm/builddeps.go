package rpm

import (
	"cmp"
	"slices"
	"strings"

	"cdbuilder/internal/pkgset"
)

// isas are the names of architectures in provides such as glibc(x86-64), by
// rpm's own names of them.
var isas = map[string]string{
	"x86_64": "x86-64", "i386": "x86-32", "i486": "x86-32", "i586": "x86-32", "i686": "x86-32", "aarch64": "aarch-64",
	"armv7hl": "armv7hl-32", "ppc64": "ppc-64", "ppc64le": "ppc-64", "s390x": "s390-64", "riscv64": "riscv-64",
}

// provides adds what the package is.
func (b *Build) provides() []Dep {
	out := append(slices.Clone(b.Provides), b.Self())
	if isa := isas[b.Arch]; isa != "" {
		self := b.Self()
		self.Name += "(" + isa + ")"
		out = append(out, self)
	}
	return out
}

// requires adds the scriptlets' interpreters and what rpm itself must know.
func (b *Build) requires() []Dep {
	out := slices.Clone(b.Requires)
	interp := func(words []string, sense Sense) {
		switch {
		case len(words) == 0:
			words = []string{"/bin/sh"}
		case strings.HasPrefix(words[0], "<"):
			out = append(out, feature("BuiltinLuaScripts", "4.2.2-1"))
			return
		}
		out = append(out, Dep{Name: words[0], Flags: sense | SenseInterp})
		if len(words) > 1 {
			out = append(out, feature("ScriptletInterpreterArgs", "4.0.3-1"))
		}
	}
	for _, s := range b.Scriptlets {
		i := slices.IndexFunc(scriptlets, func(t scriptTags) bool { return t.phase == s.Phase })
		interp(s.Interp, scriptlets[i].sense)
		if s.Flags&(ScriptExpand|ScriptQFormat) != 0 {
			out = append(out, feature("ScriptletExpansion", "4.9.0-1"))
		}
	}
	for i := range b.Triggers {
		interp(b.Triggers[i].Interp, 0)
	}
	return append(out, b.features()...)
}

// features are the abilities of rpm that the package makes use of.
func (b *Build) features() []Dep {
	out := []Dep{feature("CompressedFileNames", "3.0.4-1"), feature("FileDigests", "4.6.0-1"), feature("PayloadFilesHavePrefix", "4.0-1")}
	if b.compressor() == "zstd" {
		out = append(out, feature("PayloadIsZstd", "5.4.18-1"))
	}
	if b.large() {
		out = append(out, feature("LargeFiles", "4.12.0-1"))
	}
	if slices.ContainsFunc(b.Contents, func(c Content) bool { return c.Caps != "" }) {
		out = append(out, feature("FileCaps", "4.6.1-1"))
	}
	all := slices.Concat(b.Requires, b.Provides, b.Conflicts, b.Obsoletes, b.Recommends, b.Suggests, b.Supplements, b.Enhances, []Dep{b.Self()})
	uses := func(test func(Dep) bool) (found bool) {
		for _, d := range all {
			d.All(func(part Dep) { found = found || test(part) })
		}
		return found
	}
	if slices.ContainsFunc(all, func(d Dep) bool { return d.Rich != nil }) {
		out = append(out, feature("RichDependencies", "4.12.0-1"))
	}
	if uses(func(d Dep) bool { return strings.Contains(d.EVR.String(), "~") }) {
		out = append(out, feature("TildeInVersions", "4.10.0-1"))
	}
	if uses(func(d Dep) bool { return strings.Contains(d.EVR.String(), "^") }) {
		out = append(out, feature("CaretInVersions", "4.15.0-1"))
	}
	return out
}

func feature(name, since string) Dep {
	return Dep{Name: "rpmlib(" + name + ")", Op: pkgset.LE, EVR: ParseEVR(since), Flags: SenseRPMLib}
}

// sense gives the flags that a header states of the dependency.
func (d Dep) sense() Sense {
	s := d.Flags&^senseCompare | senses[d.Op]
	if d.Pre && s&sensePre == 0 {
		s |= SensePrereq
	}
	return s
}

// deps writes one kind of dependencies, sorted and each once, as rpmbuild does.
func (f *fields) deps(tags depTags, deps []Dep) {
	deps = slices.Clone(deps)
	order := func(a, b Dep) int {
		return cmp.Or(strings.Compare(a.Name, b.Name), strings.Compare(a.EVR.String(), b.EVR.String()), cmp.Compare(a.sense(), b.sense()))
	}
	slices.SortFunc(deps, order)
	deps = slices.CompactFunc(deps, func(a, b Dep) bool { return order(a, b) == 0 })
	f.depTriple(tags, deps)
}

// depTriple writes dependencies in the order given.
func (f *fields) depTriple(tags depTags, deps []Dep) {
	var names, versions []string
	var flags []uint32
	for _, d := range deps {
		names, versions, flags = append(names, d.Name), append(versions, d.EVR.String()), append(flags, uint32(d.sense()))
	}
	f.texts(tags.name, names)
	f.texts(tags.version, versions)
	f.int32s(tags.flags, flags...)
}

// scripts writes the scriptlets and triggers.
func (b *Build) scripts(f *fields) {
	for _, s := range b.Scriptlets {
		i := slices.IndexFunc(scriptlets, func(t scriptTags) bool { return t.phase == s.Phase })
		tags := scriptlets[i]
		f.text(tags.body, s.Body)
		switch len(s.Interp) {
		case 0:
			f.text(tags.prog, "/bin/sh")
		case 1:
			f.text(tags.prog, s.Interp[0])
		default:
			f.texts(tags.prog, s.Interp)
		}
		if s.Flags != 0 {
			f.int32s(tags.flags, uint32(s.Flags))
		}
	}
	for _, tags := range triggers {
		b.triggersOf(f, tags)
	}
}

func (b *Build) triggersOf(f *fields, tags triggerTags) {
	var deps []Dep
	var index, flags, priorities []uint32
	var bodies, progs []string
	for _, t := range b.Triggers {
		if t.Kind != tags.kind {
			continue
		}
		for _, d := range t.On {
			deps, index = append(deps, d), append(index, uint32(len(bodies)))
		}
		interp := "/bin/sh"
		if len(t.Interp) > 0 {
			interp = strings.Join(t.Interp, " ")
		}
		bodies, progs = append(bodies, t.Body), append(progs, interp)
		flags, priorities = append(flags, uint32(t.Flags)), append(priorities, t.Priority)
	}
	if len(bodies) == 0 {
		return
	}
	f.depTriple(tags.deps, deps)
	f.int32s(tags.index, index...)
	f.texts(tags.body, bodies)
	f.texts(tags.prog, progs)
	f.int32s(tags.flags, flags...)
	if tags.priority != 0 {
		f.int32s(tags.priority, priorities...)
	}
}
