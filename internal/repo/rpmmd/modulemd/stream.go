package modulemd

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Stream is one build of a module stream: name, stream, version and context
// name it.
type Stream struct {
	Name, Stream string
	Version      uint64
	Context      string
	Static       bool // its context stays the same from build to build
	Arch         string

	Summary, Description string
	Licenses             []string // of the module itself
	ContentLicenses      []string // of what is in it

	// Dependencies are alternatives: one of them must hold.
	Dependencies []Dependency
	Profiles     []Profile
	API          []string // names of packages it is there for
	Filter       []string // names of packages that were built but are not in it
	// Demodularized are names of packages that once belonged to it and can
	// again be taken from elsewhere.
	Demodularized []string
	Artifacts     []string // packages as name-epoch:version-release.arch
	EOL           string   // 2029-05-31; version 1 only
	Line          int
}

// Dependency is a set of modules, each with the streams that will do. None
// stands for any; one with a hyphen in front will not do.
type Dependency struct{ Requires, BuildRequires map[string][]string }

// Profile is a list of packages to install together.
type Profile struct {
	Name, Description string
	Packages          []string
	Default           bool
}

// NSVCA names the stream as dnf does.
func (s *Stream) NSVCA() string {
	return strings.TrimRight(strings.Join([]string{s.Name, s.Stream, strconv.FormatUint(s.Version, 10), s.Context, s.Arch}, ":"), ":")
}

// Profile returns the profile of that name, or nil.
func (s *Stream) Profile(name string) *Profile {
	for i := range s.Profiles {
		if s.Profiles[i].Name == name {
			return &s.Profiles[i]
		}
	}
	return nil
}

// component is what is looked at of a component.
type component struct {
	name       string
	order      bool
	after      []string
	arches     []string
	modularity bool // a module within the module
}

// streamParser reads a stream in any of the versions.
type streamParser struct {
	*parser
	out        *Stream
	components []component
	arches     []string // of the build options
	has        map[*string]bool
}

// given reads a text of which it matters whether it is there.
func (s *streamParser) given(text *string) set {
	return func(n *yaml.Node) error {
		s.has[text] = true
		return s.text(text)(n)
	}
}

func (p *parser) stream(n *yaml.Node) (*Stream, error) {
	if v := p.doc.Version; v < 1 || v > 3 {
		return nil, fmt.Errorf("version %d of the format is not known; 1, 2 and 3 are", v)
	}
	s := &streamParser{parser: p, out: &Stream{Line: p.doc.Line}, has: make(map[*string]bool)}
	if err := p.mapping(n, "data", s.fields()); err != nil {
		return nil, err
	}
	if s.out.Name == "" || s.out.Stream == "" {
		return nil, errors.New("it does not name its module and stream")
	}
	return s.out, s.check()
}

// fields are the keys of data that all versions have, and the version's own.
func (s *streamParser) fields() fields {
	o := s.out
	f := fields{
		"name": s.text(&o.Name), "stream": s.text(&o.Stream), "version": s.number(&o.Version), "context": s.given(&o.Context), "arch": s.text(&o.Arch),
		"summary": s.given(&o.Summary), "description": s.given(&o.Description),
		"license": func(n *yaml.Node) error {
			return s.mapping(n, "license", fields{"module": s.list(&o.Licenses), "content": s.list(&o.ContentLicenses)})
		},
		"xmd": func(n *yaml.Node) error {
			if n.Kind == yaml.SequenceNode {
				return s.fault(n, "xmd is a list")
			}
			return s.noAliases(n)
		},
		"servicelevels": s.serviceLevels,
		"references":    s.references,
		"profiles":      s.profiles,
		"api":           s.rpms("api", &o.API), "filter": s.rpms("filter", &o.Filter),
		"buildopts":  s.buildopts,
		"components": s.allComponents,
		"artifacts":  s.artifacts,
	}
	switch s.doc.Version {
	case 1:
		f["eol"] = s.day(&o.EOL)
		f["dependencies"] = s.dependencies1
	case 2:
		f["static_context"] = s.truth(&o.Static)
		f["demodularized"] = s.rpms("demodularized", &o.Demodularized)
		f["dependencies"] = s.each(s.dependency)
	default:
		f["platform"] = s.any
		f["dependencies"] = s.dependency3
		f["demodularized"] = s.rpms("demodularized", &o.Demodularized)
	}
	return f
}

func (s *streamParser) references(n *yaml.Node) error {
	var ignored string
	return s.mapping(n, "references", fields{"community": s.text(&ignored), "documentation": s.text(&ignored), "tracker": s.text(&ignored)})
}

func (s *streamParser) serviceLevels(n *yaml.Node) error {
	return s.pairs(n, "servicelevels", func(_ string, _, v *yaml.Node) error {
		var eol string
		return s.mapping(v, "a service level", fields{"eol": s.day(&eol)})
	})
}

func (s *streamParser) profiles(n *yaml.Node) error {
	return s.pairs(n, "profiles", func(name string, _, v *yaml.Node) error {
		profile := Profile{Name: name}
		err := s.mapping(v, "a profile", fields{
			"description": s.text(&profile.Description), "rpms": s.list(&profile.Packages), "default": s.truth(&profile.Default),
		})
		s.out.Profiles = append(s.out.Profiles, profile)
		return err
	})
}

// dependency reads an alternative of version 2.
func (s *streamParser) dependency(n *yaml.Node) error {
	d := Dependency{}
	err := s.mapping(n, "a dependency", fields{"requires": s.modules(&d.Requires), "buildrequires": s.modules(&d.BuildRequires)})
	s.out.Dependencies = append(s.out.Dependencies, d)
	return err
}

// modules reads modules with lists of streams.
func (s *streamParser) modules(out *map[string][]string) set {
	return func(n *yaml.Node) error {
		*out = make(map[string][]string)
		return s.pairs(n, "the modules", func(module string, _, v *yaml.Node) error {
			var streams []string
			if err := s.list(&streams)(v); err != nil {
				return err
			}
			for _, t := range streams {
				if strings.HasPrefix(t, "-") != strings.HasPrefix(streams[0], "-") {
					return s.fault(v, "streams of %s that will do and streams that will not stand in one list", module)
				}
			}
			(*out)[module] = streams
			return nil
		})
	}
}

// single reads modules with one stream each.
func (s *streamParser) single(out *map[string][]string) set {
	return func(n *yaml.Node) error {
		*out = make(map[string][]string)
		return s.pairs(n, "the modules", func(module string, _, v *yaml.Node) error {
			stream, err := s.scalar(v)
			(*out)[module] = []string{stream}
			return err
		})
	}
}

func (s *streamParser) dependencies1(n *yaml.Node) error {
	d := Dependency{}
	err := s.mapping(n, "dependencies", fields{"requires": s.single(&d.Requires), "buildrequires": s.single(&d.BuildRequires)})
	s.out.Dependencies = []Dependency{d}
	return err
}

// dependency3 reads version 3's one dependency.
func (s *streamParser) dependency3(n *yaml.Node) error {
	d := Dependency{}
	err := s.mapping(n, "dependencies", fields{
		"requires": s.single(&d.Requires), "buildrequires": s.single(&d.BuildRequires),
		"platform": func(n *yaml.Node) error {
			stream, err := s.scalar(n)
			if d.Requires == nil {
				d.Requires = make(map[string][]string)
			}
			d.Requires["platform"] = []string{stream}
			return err
		},
	})
	s.out.Dependencies = []Dependency{d}
	return err
}

func (s *streamParser) buildopts(n *yaml.Node) error {
	return s.mapping(n, "buildopts", fields{
		"rpms": func(n *yaml.Node) error {
			var macros string
			var whitelist []string
			return s.mapping(n, "the build options of packages", fields{"macros": s.text(&macros), "whitelist": s.list(&whitelist)})
		},
		"arches": s.list(&s.arches),
	})
}

func (s *streamParser) allComponents(n *yaml.Node) error {
	return s.mapping(n, "components", fields{
		"rpms": func(n *yaml.Node) error {
			return s.pairs(n, "the components", func(name string, _, v *yaml.Node) error { return s.component(name, v, false) })
		},
		"modules": func(n *yaml.Node) error {
			return s.pairs(n, "the components", func(name string, _, v *yaml.Node) error { return s.component(name, v, true) })
		},
	})
}

func (s *streamParser) component(name string, n *yaml.Node, module bool) error {
	c := component{name: name, modularity: module}
	var text string
	var yes bool
	f := fields{
		"rationale": s.text(&text), "repository": s.text(&text), "ref": s.text(&text), "name": s.text(&text),
		"buildorder": func(n *yaml.Node) error { c.order = n.Value != "0"; return s.integer(n) },
		"buildafter": s.list(&c.after), "buildonly": s.truth(&yes),
	}
	if !module {
		var list []string
		f["cache"], f["arches"], f["multilib"] = s.text(&text), s.list(&c.arches), s.list(&list)
		f["buildroot"], f["srpm-buildroot"], f["preserve-debuginfo"] = s.truth(&yes), s.truth(&yes), s.truth(&yes)
	}
	err := s.mapping(n, "a component", f)
	s.components = append(s.components, c)
	return err
}

func (s *streamParser) artifacts(n *yaml.Node) error {
	f := fields{"rpms": s.list(&s.out.Artifacts)}
	if s.doc.Version >= 2 {
		f["rpm-map"] = s.rpmMap
	}
	return s.mapping(n, "artifacts", f)
}

// rpmMap reads digests of packages with what they are.
func (s *streamParser) rpmMap(n *yaml.Node) error {
	return s.pairs(n, "rpm-map", func(_ string, _, v *yaml.Node) error {
		return s.pairs(v, "the digests", func(_ string, _, v *yaml.Node) error {
			var name, version, release, arch, nevra string
			var epoch uint64
			err := s.mapping(v, "a package", fields{
				"name": s.text(&name), "epoch": s.number(&epoch), "version": s.text(&version),
				"release": s.text(&release), "arch": s.text(&arch), "nevra": s.text(&nevra),
			})
			if err != nil {
				return err
			}
			if name == "" || version == "" || release == "" || arch == "" {
				return s.fault(v, "the package lacks a name, version, release or architecture")
			}
			if full := fmt.Sprintf("%s-%d:%s-%s.%s", name, epoch, version, release, arch); nevra != full {
				return s.fault(v, "the package is %s, not %s", full, nevra)
			}
			return nil
		})
	})
}

// check holds a whole stream to what must be there and fit together.
func (s *streamParser) check() error {
	o := s.out
	switch {
	case !s.has[&o.Summary]:
		return errors.New("it has no summary")
	case !s.has[&o.Description]:
		return errors.New("it has no description")
	case len(o.Licenses) == 0:
		return errors.New("it has no licence of the module")
	case o.Static && s.has[&o.Context] && (o.Context == "" || !isWord(o.Context, "_")):
		return fmt.Errorf("the context %.40q is not of letters, digits and _", o.Context)
	}
	for _, a := range o.Artifacts {
		if !isNEVRA(a) {
			return fmt.Errorf("the artifact %.120q is not written as name-epoch:version-release.arch", a)
		}
	}
	return s.checkComponents()
}

func (s *streamParser) checkComponents() error {
	ordered, after := false, false
	for _, c := range s.components {
		if c.modularity {
			continue
		}
		ordered, after = ordered || c.order, after || len(c.after) > 0
		for _, name := range c.after {
			if !slices.ContainsFunc(s.components, func(o component) bool { return o.name == name && !o.modularity }) {
				return fmt.Errorf("component %s is built after %s, which is no component", c.name, name)
			}
		}
		for _, arch := range c.arches {
			if len(s.arches) > 0 && !slices.Contains(s.arches, arch) {
				return fmt.Errorf("component %s is for %s, for which the module is not", c.name, arch)
			}
		}
	}
	if ordered && after {
		return errors.New("its components use both buildorder and buildafter")
	}
	return nil
}

// isNEVRA reports whether a is name-epoch:version-release.arch.
func isNEVRA(a string) bool {
	dot := strings.LastIndexByte(a, '.')
	if dot < 0 || dot == len(a)-1 {
		return false
	}
	name, epoch, version, release, ok := splitNEVR(a[:dot])
	return ok && name != "" && epoch != "" && strings.Trim(epoch, "0123456789") == "" && version != "" && release != ""
}

// splitNEVR takes name-epoch:version-release apart.
func splitNEVR(s string) (name, epoch, version, release string, ok bool) {
	r := strings.LastIndexByte(s, '-')
	if r < 0 {
		return "", "", "", "", false
	}
	s, release = s[:r], s[r+1:]
	v := strings.LastIndexByte(s, '-')
	if v < 0 {
		return "", "", "", "", false
	}
	name = s[:v]
	epoch, version, ok = strings.Cut(s[v+1:], ":")
	return name, epoch, version, release, ok
}
