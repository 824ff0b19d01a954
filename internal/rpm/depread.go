package rpm

import (
	"fmt"
	"strconv"

	"cdbuilder/internal/pkgset"
)

func formatUint(n uint64) string { return strconv.FormatUint(n, 10) }

// checkName holds a package's name, version, release and architecture to what
// can be part of a file's name.
func (h *Header) checkName(p *Package) error {
	for _, part := range []struct{ what, text string }{
		{"name", p.Name}, {"version", p.EVR.Version}, {"release", p.EVR.Release}, {"architecture", p.Arch},
	} {
		if part.text == "" {
			return fmt.Errorf("%w: its header states no %s", ErrFormat, part.what)
		}
		for _, c := range []byte(part.text) {
			if c <= ' ' || c == '/' || c == 0x7f {
				return fmt.Errorf("%w: its %s %q cannot be one", ErrFormat, part.what, part.text)
			}
		}
	}
	return nil
}

// size returns the first of the tags' numbers that is there, as a signed one.
func (h *Header) size(tags ...Tag) int64 {
	for _, tag := range tags {
		if n, ok := h.Number(tag); ok {
			return int64(n)
		}
	}
	return 0
}

// deps reads one kind of dependency.
func (h *Header) deps(tags depTags) ([]Dep, error) {
	names, flags, versions := h.Texts(tags.name), h.Numbers(tags.flags), h.Texts(tags.version)
	if len(names) == 0 {
		return nil, nil
	}
	// Packages of the last century state names alone.
	if flags == nil && versions == nil {
		flags, versions = make([]uint64, len(names)), make([]string, len(names))
	}
	if len(flags) != len(names) || len(versions) != len(names) {
		return nil, fmt.Errorf("%w: %d names of dependencies in tag %d, %d flags and %d versions to them", ErrFormat, len(names), tags.name, len(flags), len(versions))
	}
	out := make([]Dep, len(names))
	for i, name := range names {
		out[i] = headerDep(name, Sense(flags[i]), versions[i])
	}
	return out, nil
}

// headerDep makes a dependency of a header's three parts. A rich one that
// cannot be read stays a name: rpm installs no package with it either, for
// nobody provides such a name.
func headerDep(name string, flags Sense, version string) Dep {
	d := Dep{Name: name, Flags: flags, Pre: flags&sensePre != 0}
	if version != "" {
		d.Op, d.EVR = flags.Op(), ParseEVR(version)
	}
	if d.Op == pkgset.Any {
		d.EVR = EVR{}
	}
	if name != "" && name[0] == '(' {
		if rich, err := ParseDep(name); err == nil {
			d.Rich, d.Op, d.EVR = rich.Rich, pkgset.Any, EVR{}
		}
	}
	return d
}
