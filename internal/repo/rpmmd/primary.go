package rpmmd

import (
	"cmp"
	"fmt"
	"io"
	"strings"

	"cdbuilder/internal/pkgset"
	"cdbuilder/internal/repo/rpmmd/xmlscan"
	"cdbuilder/internal/rpm"
)

// ReadPrimary reads primary.xml and gives each package as it comes; it is the
// receiver's to keep. Of its files it has those that primary lists: what lies
// under /etc or in a bin directory. What is odd but does no harm is told to
// warn, which may be nil.
//
// A package's Location is a URL of its own where the repository's files lie
// elsewhere; in any case it is foreign text.
func ReadPrimary(r io.Reader, warn func(error), give func(*rpm.Package) error) error {
	d := primaryDecoder{decoder: newDecoder(r, warn)}
	err := d.document("metadata", func(name string) error {
		if name != "package" {
			return d.unknown()
		}
		kind, ok := d.Attr("type")
		if !ok {
			d.warnAt(d.Line(), "a package without a type is taken for an rpm")
		} else if string(kind) != "rpm" { // YaST once had patches and patterns here
			return d.Skip()
		}
		line := d.Line()
		p := new(rpm.Package)
		if err := d.pkg(p); err != nil {
			return err
		}
		if missing := lacks(p); missing != "" {
			return d.faultAt(line, "package %q has no %s", p.Name, missing)
		}
		return give(p)
	})
	if err != nil {
		return fmt.Errorf("primary: %w", err)
	}
	return nil
}

// lacks names a thing without which a package cannot be fetched, told apart or
// verified.
func lacks(p *rpm.Package) string {
	for _, part := range []struct{ name, value string }{
		{"name", p.Name}, {"architecture", p.Arch}, {"version", p.EVR.Version}, {"checksum", p.Checksum}, {"location", p.Location},
	} {
		if part.value == "" {
			return part.name
		}
	}
	return ""
}

type primaryDecoder struct {
	*decoder
	deps  []rpm.Dep  // of the current list
	files []rpm.File // of the current package
}

func (d *primaryDecoder) pkg(p *rpm.Package) error {
	return d.children(func(name string) error {
		switch name {
		case "name":
			return d.word(&p.Name)
		case "arch":
			return d.word(&p.Arch)
		case "version":
			p.EVR = d.evr()
			return d.Skip()
		case "checksum":
			return d.pkgChecksum(p)
		case "summary":
			return d.prose(&p.Summary)
		case "description":
			return d.prose(&p.Description)
		case "packager":
			return d.word(&p.Packager)
		case "url":
			return d.word(&p.URL)
		case "time":
			d.count("file", &p.FileTime)
			d.count("build", &p.BuildTime)
			return d.Skip()
		case "size":
			d.count("package", &p.Size)
			d.count("installed", &p.InstalledSize)
			d.count("archive", &p.ArchiveSize)
			return d.Skip()
		case "location":
			p.Location = d.location()
			return d.Skip()
		case "format":
			return d.format(p)
		}
		return d.unknown()
	})
}

// evr reads the attributes epoch, ver and rel. Metadata writes an epoch of 0
// always, which is to have none.
func (d *decoder) evr() (e rpm.EVR) {
	d.attr("epoch", &e.Epoch)
	d.attr("ver", &e.Version)
	d.attr("rel", &e.Release)
	if e.Epoch == "0" {
		e.Epoch = ""
	}
	return e
}

// pkgChecksum takes the checksum that identifies the package.
func (d *primaryDecoder) pkgChecksum(p *rpm.Package) error {
	id, _ := d.Attr("pkgid")
	var c Checksum
	if p.Checksum != "" && !strings.EqualFold(string(id), "yes") {
		return d.Skip()
	}
	err := d.checksum(&c)
	p.Checksum, p.ChecksumType = c.Hex, d.kept.get([]byte(c.Type))
	return err
}

// prose reads a text that may come in several languages, and takes English.
func (d *primaryDecoder) prose(s *string) error {
	if lang, ok := d.Attr("lang"); ok && *s != "" && string(lang) != "en" {
		return d.Skip()
	}
	raw, err := d.raw()
	*s = string(raw)
	return err
}

// word reads a text that many packages share.
func (d *decoder) word(s *string) error {
	raw, err := d.raw()
	*s = d.kept.get(raw)
	return err
}

func (d *primaryDecoder) location() string {
	href, _ := d.Attr("href")
	if base, ok := d.Attr("base"); ok && len(base) > 0 {
		return strings.TrimSuffix(string(base), "/") + "/" + string(href)
	}
	return string(href)
}

func (d *primaryDecoder) format(p *rpm.Package) error {
	d.files = d.files[:0]
	err := d.children(func(name string) error {
		switch name {
		case "license":
			return d.word(&p.License)
		case "vendor":
			return d.word(&p.Vendor)
		case "group":
			return d.word(&p.Group)
		case "buildhost":
			return d.word(&p.BuildHost)
		case "sourcerpm":
			return d.word(&p.SourceRPM)
		case "header-range":
			d.count("start", &p.HeaderStart)
			d.count("end", &p.HeaderEnd)
			return d.Skip()
		case "file":
			return d.file()
		}
		if deps := depList(p, name); deps != nil {
			return d.depList(deps)
		}
		return d.unknown()
	})
	if len(d.files) > 0 {
		p.Files = append([]rpm.File(nil), d.files...)
	}
	return err
}

// depList is the list of dependencies that an element holds, or nil.
func depList(p *rpm.Package, name string) *[]rpm.Dep {
	switch name {
	case "provides":
		return &p.Provides
	case "requires":
		return &p.Requires
	case "conflicts":
		return &p.Conflicts
	case "obsoletes":
		return &p.Obsoletes
	case "suggests":
		return &p.Suggests
	case "enhances":
		return &p.Enhances
	case "recommends":
		return &p.Recommends
	case "supplements":
		return &p.Supplements
	}
	return nil
}

func (d *primaryDecoder) file() error {
	kind := d.fileKind()
	raw, err := d.raw()
	d.files = append(d.files, rpm.File{Path: d.kept.get(raw), Kind: kind})
	return err
}

// fileKind reads the type of a file element.
func (d *decoder) fileKind() rpm.FileKind {
	kind, ok := d.Attr("type")
	if !ok {
		return rpm.Plain
	}
	switch string(kind) {
	case "", "file":
		return rpm.Plain
	case "dir":
		return rpm.Dir
	case "ghost":
		return rpm.Ghost
	}
	d.warnAt(d.Line(), "the file type %.20q is not known", kind)
	return rpm.Plain
}

// depList reads a list of entries. This is most of primary: no closure and no
// look-up of the element's name.
func (d *primaryDecoder) depList(list *[]rpm.Dep) error {
	d.deps = d.deps[:0]
	for {
		kind, err := d.Next()
		switch {
		case err != nil:
			return err
		case kind == xmlscan.End:
			*list = append(*list, d.deps...)
			return nil
		case kind == xmlscan.Text:
		case string(d.Name()) != "entry":
			if err := d.unknown(); err != nil {
				return err
			}
		default:
			d.entry()
			if err := d.Skip(); err != nil {
				return err
			}
		}
	}
}

var depFlags = map[string]pkgset.Op{
	"EQ": pkgset.EQ, "LT": pkgset.LT, "LE": pkgset.LE, "GT": pkgset.GT, "GE": pkgset.GE,
}

// entry takes a dependency. A rich one that cannot be read stays a name, which
// nobody provides.
func (d *primaryDecoder) entry() {
	name, _ := d.Attr("name")
	if len(name) == 0 {
		d.warnAt(d.Line(), "a dependency without a name is passed over")
		return
	}
	dep := rpm.Dep{Name: d.kept.get(name)}
	if flags, ok := d.Attr("flags"); ok && len(flags) > 0 {
		if dep.Op, ok = depFlags[string(flags)]; !ok {
			d.warnAt(d.Line(), "the comparison %.20q of %s is not known", flags, dep.Name)
		}
	}
	if dep.Op != pkgset.Any {
		dep.EVR = d.evr()
	}
	if pre, ok := d.Attr("pre"); ok {
		dep.Pre = string(pre) == "1" || strings.EqualFold(string(pre), "true")
	}
	if name[0] == '(' {
		rich, err := rpm.ParseDep(dep.Name)
		if err != nil {
			d.warnAt(d.Line(), "%v", err)
		} else {
			dep.Rich, dep.Op, dep.EVR = rich.Rich, pkgset.Any, rpm.EVR{}
		}
	}
	d.deps = append(d.deps, dep)
}

// epochOf writes an epoch as metadata does.
func epochOf(e rpm.EVR) string { return cmp.Or(e.Epoch, "0") }
