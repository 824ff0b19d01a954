package rpmmd

import (
	"io"
	"strconv"
	"strings"
	"unicode/utf8"

	"cdbuilder/internal/pkgset"
	"cdbuilder/internal/rpm"
)

// encoder writes XML as createrepo_c lays it out, except that letters beyond
// ASCII are written as they are. It holds one package at most.
type encoder struct {
	w   io.Writer
	b   []byte
	err error
}

// flush hands on what was gathered.
func (e *encoder) flush() {
	if e.err == nil {
		_, e.err = e.w.Write(e.b)
	}
	e.b = e.b[:0]
}

func (e *encoder) raw(parts ...string) {
	for _, p := range parts {
		e.b = append(e.b, p...)
	}
}

// text writes <name>s</name>.
func (e *encoder) text(indent, name, s string) {
	e.raw(indent, "<", name, ">")
	e.b = appendEscaped(e.b, s, false)
	e.raw("</", name, ">\n")
}

// empty writes <name a="b" …/>; attributes come in pairs.
func (e *encoder) empty(indent, name string, attrs ...string) {
	e.raw(indent, "<", name)
	e.attrs(attrs...)
	e.raw("/>\n")
}

func (e *encoder) attrs(attrs ...string) {
	for i := 0; i+1 < len(attrs); i += 2 {
		e.raw(" ", attrs[i], `="`)
		e.b = appendEscaped(e.b, attrs[i+1], true)
		e.raw(`"`)
	}
}

func decimal(n int64) string { return strconv.FormatInt(n, 10) }

// appendEscaped writes s so that XML can hold it. Packages of before 2010 are
// not always UTF-8: what is not is taken for Latin-1. Control characters, which
// XML cannot hold in any form, are left out; createrepo_c leaves out the whole
// package.
func appendEscaped(b []byte, s string, attribute bool) []byte {
	latin := !utf8.ValidString(s)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '&':
			b = append(b, "&amp;"...)
		case c == '<':
			b = append(b, "&lt;"...)
		case c == '>':
			b = append(b, "&gt;"...)
		case c == '"' && attribute:
			b = append(b, "&quot;"...)
		case c == '\r':
			b = append(b, "&#13;"...)
		case c == '\n' && attribute:
			b = append(b, "&#10;"...)
		case c == '\t' && attribute:
			b = append(b, "&#9;"...)
		case c < ' ' && c != '\n' && c != '\t':
		case c >= utf8.RuneSelf && latin:
			b = utf8.AppendRune(b, rune(c))
		case c == 0xef && strings.HasPrefix(s[i:], "\uffff"), c == 0xef && strings.HasPrefix(s[i:], "\ufffe"):
			i += 2
		default:
			b = append(b, c)
		}
	}
	return b
}

// primary writes the package's part of primary.
func (e *encoder) primary(p *rpm.Package) {
	e.raw("<package type=\"rpm\">\n")
	e.text("  ", "name", p.Name)
	e.text("  ", "arch", p.Arch)
	e.version(p.EVR)
	e.raw(`  <checksum type="`, p.ChecksumType, `" pkgid="YES">`, p.Checksum, "</checksum>\n")
	e.text("  ", "summary", p.Summary)
	e.text("  ", "description", p.Description)
	e.text("  ", "packager", p.Packager)
	e.text("  ", "url", p.URL)
	e.empty("  ", "time", "file", decimal(p.FileTime), "build", decimal(p.BuildTime))
	e.empty("  ", "size", "package", decimal(p.Size), "installed", decimal(p.InstalledSize), "archive", decimal(p.ArchiveSize))
	e.empty("  ", "location", "href", p.Location)
	e.raw("  <format>\n")
	e.text("    ", "rpm:license", p.License)
	e.text("    ", "rpm:vendor", p.Vendor)
	e.text("    ", "rpm:group", p.Group)
	e.text("    ", "rpm:buildhost", p.BuildHost)
	e.text("    ", "rpm:sourcerpm", p.SourceRPM)
	e.empty("    ", "rpm:header-range", "start", decimal(p.HeaderStart), "end", decimal(p.HeaderEnd))
	e.deps("provides", p.Provides)
	e.deps("requires", slimRequires(p))
	e.deps("conflicts", p.Conflicts)
	e.deps("obsoletes", p.Obsoletes)
	e.deps("suggests", p.Suggests)
	e.deps("enhances", p.Enhances)
	e.deps("recommends", p.Recommends)
	e.deps("supplements", p.Supplements)
	e.files("    ", p.Files, InPrimary)
	e.raw("  </format>\n</package>\n")
	e.flush()
}

func (e *encoder) version(v rpm.EVR) {
	e.empty("  ", "version", "epoch", epochOf(v), "ver", v.Version, "rel", v.Release)
}

// opNames are the comparisons as metadata writes them, by pkgset.Op.
var opNames = [...]string{pkgset.Any: "", pkgset.LT: "LT", pkgset.LE: "LE", pkgset.EQ: "EQ", pkgset.GE: "GE", pkgset.GT: "GT"}

func (e *encoder) deps(kind string, deps []rpm.Dep) {
	if len(deps) == 0 {
		return
	}
	e.raw("    <rpm:", kind, ">\n")
	for _, d := range deps {
		e.raw(`      <rpm:entry`)
		e.attrs("name", d.Name)
		if d.Op != pkgset.Any {
			e.attrs("flags", opNames[d.Op], "epoch", epochOf(d.EVR), "ver", d.EVR.Version)
			if d.EVR.Release != "" {
				e.attrs("rel", d.EVR.Release)
			}
		}
		if d.Pre && kind == "requires" {
			e.attrs("pre", "1")
		}
		e.raw("/>\n")
	}
	e.raw("    </rpm:", kind, ">\n")
}

var fileTypes = [...]string{rpm.Plain: "", rpm.Dir: "dir", rpm.Ghost: "ghost"}

func (e *encoder) files(indent string, files []rpm.File, want func(path string) bool) {
	for _, f := range files {
		if want != nil && !want(f.Path) {
			continue
		}
		e.raw(indent, "<file")
		if kind := fileTypes[f.Kind]; kind != "" {
			e.attrs("type", kind)
		}
		e.raw(">")
		e.b = appendEscaped(e.b, f.Path, false)
		e.raw("</file>\n")
	}
}

// entry opens the package's part of filelists or other.
func (e *encoder) entry(p *rpm.Package) {
	e.raw("<package")
	e.attrs("pkgid", p.Checksum, "name", p.Name, "arch", p.Arch)
	e.raw(">\n")
	e.version(p.EVR)
}

func (e *encoder) filelists(p *rpm.Package) {
	e.entry(p)
	e.files("  ", p.Files, nil)
	e.raw("</package>\n")
	e.flush()
}

// other writes the newest entries of the changelog, the oldest of them first.
// Readers sort by date, so that entries of one day must differ: a newer one is
// a second later.
func (e *encoder) other(p *rpm.Package, limit int) {
	e.entry(p)
	log := p.Changelog
	if limit >= 0 && len(log) > limit {
		log = log[:limit]
	}
	for i := len(log) - 1; i >= 0; i-- {
		later := int64(0)
		for j := i + 1; j < len(log) && log[j].Time == log[i].Time; j++ {
			later++
		}
		e.raw("  <changelog")
		e.attrs("author", strings.TrimRight(log[i].Author, " "), "date", decimal(log[i].Time+later))
		e.raw(">")
		e.b = appendEscaped(e.b, log[i].Text, false)
		e.raw("</changelog>\n")
	}
	e.raw("</package>\n")
	e.flush()
}
