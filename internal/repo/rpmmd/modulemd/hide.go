package modulemd

import (
	"strings"

	"cdbuilder/internal/rpm"
)

// index notes which packages belong to what is active and to what is not.
func (s *Selection) index(x *Index) {
	s.artifacts, s.hidden, s.names = make(map[string]bool), make(map[string]bool), make(map[string]bool)
	active := make(map[*Stream]bool)
	again := make(map[string]bool) // demodularized
	for _, builds := range s.Active {
		for _, b := range builds {
			active[b] = true
			for _, a := range b.Artifacts {
				s.artifacts[a] = true
				if name, ok := binaryName(a); ok {
					s.names[name] = true
				}
			}
			for _, name := range b.Demodularized {
				again[name] = true
			}
		}
	}
	for name := range again {
		delete(s.names, name)
	}
	for _, streams := range x.streams {
		for _, builds := range streams {
			for _, b := range builds {
				if active[b] {
					continue
				}
				for _, a := range b.Artifacts {
					s.hidden[a] = true
				}
			}
		}
	}
}

// binaryName is the name of an artifact that is not a source package.
func binaryName(artifact string) (string, bool) {
	dot := strings.LastIndexByte(artifact, '.')
	if dot < 0 || artifact[dot:] == ".src" || artifact[dot:] == ".nosrc" {
		return "", false
	}
	name, _, _, _, ok := splitNEVR(artifact[:dot])
	return name, ok
}

// Artifact names a package as modulemd does: name-epoch:version-release.arch,
// with an epoch always.
func Artifact(p *rpm.Package) string {
	epoch := p.EVR.Epoch
	if epoch == "" {
		epoch = "0"
	}
	return p.Name + "-" + epoch + ":" + p.EVR.Version + "-" + p.EVR.Release + "." + p.Arch
}

// Modular reports whether the package belongs to an active stream.
func (s *Selection) Modular(p *rpm.Package) bool { return s.artifacts[Artifact(p)] }

// Hides reports whether the package is not to be seen: it belongs to a stream
// that is not active, or an active stream has, or it provides the name of, one
// of that name. Packages of a repository with module_hotfixes are not asked
// about.
func (s *Selection) Hides(p *rpm.Package) bool {
	id := Artifact(p)
	switch {
	case s.artifacts[id]:
		return false
	case s.hidden[id] || s.names[p.Name] && p.Arch != "src" && p.Arch != "nosrc":
		return true
	}
	for _, d := range p.Provides {
		if s.names[d.Name] {
			return true
		}
	}
	return false
}
