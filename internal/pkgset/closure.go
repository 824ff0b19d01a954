package pkgset

// Closure gives the locked packages that the named ones bring with them, by
// name: all that they need, and all that they want where that is asked for.
// Names that the lock doesn't have bring nothing.
func (l *Lock) Closure(names []string, wants bool) map[string]*Locked {
	at := make(map[string]*Locked, len(l.Package))
	for i := range l.Package {
		at[l.Package[i].Name] = &l.Package[i]
	}
	found := make(map[string]*Locked)
	for len(names) > 0 {
		name := names[len(names)-1]
		names = names[:len(names)-1]
		p := at[name]
		if p == nil || found[name] != nil {
			continue
		}
		found[name] = p
		names = append(names[:len(names):len(names)], p.Needs...)
		if wants {
			names = append(names, p.Wants...)
		}
	}
	return found
}

// Package gives what a lock keeps of a package.
func (p *Locked) Package() *Package {
	return &Package{
		Name: p.Name, Version: p.Version, Arch: p.Arch, Size: p.Size, SHA256: p.SHA256, Path: p.Path, Repo: p.Repository,
		Suite: p.Suite, Component: p.Component, Source: p.Source, Section: p.Section, Priority: p.Priority,
	}
}
