package rpm

import (
	"path"

	"cdbuilder/internal/pkgset"
)

// Package is what a repository's metadata, or a package's own header, says of
// a package: all that a resolver, and the primary, filelists and other of
// rpm-md, need of it.
type Package struct {
	Name string
	EVR  EVR
	Arch string // "src" for a source package; "noarch" where it fits all

	Summary, Description string // in the C locale
	Packager, URL        string
	License, Vendor      string
	Group, BuildHost     string
	SourceRPM            string // the file that it was built from; empty for a source package
	BuildTime            int64  // seconds since 1970

	// The sizes, in bytes: what it takes installed, its payload unpacked, its
	// file. The last is set by who knows the file, as are the next four.
	InstalledSize, ArchiveSize, Size int64
	FileTime                         int64  // of the file: seconds since 1970
	ChecksumType, Checksum           string // of the file: "sha256" and lower-case hexadecimal
	Location                         string // path below its repository's base, slash separated
	Repo                             string // id of the repository

	// HeaderStart and HeaderEnd are where the main header lies in the file,
	// bytes from its start; the payload begins at HeaderEnd.
	HeaderStart, HeaderEnd int64

	Requires, Provides, Conflicts, Obsoletes    []Dep
	Recommends, Suggests, Supplements, Enhances []Dep

	Files     []File
	Changelog []Change // as the header has it: newest first
}

// NEVRA is name-epoch:version-release.arch, the epoch only where it is not 0.
func (p *Package) NEVRA() string {
	evr := p.EVR
	if compareNumbers(evr.Epoch, "") == 0 {
		evr.Epoch = ""
	}
	return p.Name + "-" + evr.String() + "." + p.Arch
}

// FileName is the name that rpmbuild gives the package's file.
func (p *Package) FileName() string {
	return p.Name + "-" + EVR{Version: p.EVR.Version, Release: p.EVR.Release}.String() + "." + p.Arch + ".rpm"
}

// Self is what a package of this name, version and release provides by being
// itself.
func (p *Package) Self() Dep { return Dep{Name: p.Name, Op: pkgset.EQ, EVR: p.EVR} }

// File is a path of a package and what is there.
type File struct {
	Path string
	Kind FileKind
}

// FileKind tells files of a package apart as filelists do.
type FileKind uint8

// The kinds of files. A Ghost belongs to the package but is not in it.
const (
	Plain FileKind = iota // a regular file, a link, a device
	Dir
	Ghost
)

// Change is an entry of a changelog.
type Change struct {
	Author string // with address and mostly the version
	Time   int64  // seconds since 1970
	Text   string
}

// depTags are the three tags that a kind of dependency stands in.
type depTags struct{ name, flags, version Tag }

var (
	requireTags    = depTags{TagRequireName, TagRequireFlags, TagRequireVersion}
	provideTags    = depTags{TagProvideName, TagProvideFlags, TagProvideVersion}
	conflictTags   = depTags{TagConflictName, TagConflictFlags, TagConflictVersion}
	obsoleteTags   = depTags{TagObsoleteName, TagObsoleteFlags, TagObsoleteVersion}
	recommendTags  = depTags{TagRecommendName, TagRecommendFlags, TagRecommendVersion}
	suggestTags    = depTags{TagSuggestName, TagSuggestFlags, TagSuggestVersion}
	supplementTags = depTags{TagSupplementName, TagSupplementFlags, TagSupplementVersion}
	enhanceTags    = depTags{TagEnhanceName, TagEnhanceFlags, TagEnhanceVersion}
)

// Package gives what the header says of the package. What the header doesn't
// know of the file, its size and digest among it, is left empty.
func (h *Header) Package() (*Package, error) {
	p := &Package{
		Name: h.Text(TagName), EVR: EVR{Version: h.Text(TagVersion), Release: h.Text(TagRelease)}, Arch: h.Text(TagArch),
		Summary: h.Text(TagSummary), Description: h.Text(TagDescription), Packager: h.Text(TagPackager), URL: h.Text(TagURL),
		License: h.Text(TagLicense), Vendor: h.Text(TagVendor), Group: h.Text(TagGroup), BuildHost: h.Text(TagBuildHost),
		SourceRPM: h.Text(TagSourceRPM),
	}
	if epoch, ok := h.Number(TagEpoch); ok {
		p.EVR.Epoch = formatUint(epoch)
	}
	if err := h.checkName(p); err != nil {
		return nil, err
	}
	if h.Source() {
		p.Arch = "src"
	}
	p.BuildTime = h.size(TagBuildTime)
	p.InstalledSize = h.size(TagLongSize, TagSize)
	p.ArchiveSize = h.size(SigLongArchiveSize, TagArchiveSize, TagPayloadSizeAlt)
	for _, group := range []struct {
		into *[]Dep
		tags depTags
	}{
		{&p.Requires, requireTags}, {&p.Provides, provideTags}, {&p.Conflicts, conflictTags}, {&p.Obsoletes, obsoleteTags},
		{&p.Recommends, recommendTags}, {&p.Suggests, suggestTags}, {&p.Supplements, supplementTags}, {&p.Enhances, enhanceTags},
	} {
		var err error
		if *group.into, err = h.deps(group.tags); err != nil {
			return nil, err
		}
	}
	var err error
	if p.Files, err = h.paths(); err != nil {
		return nil, err
	}
	p.Changelog = h.changelog()
	return p, nil
}

// Source reports whether it is a source package's header.
func (h *Header) Source() bool { return h.Has(TagSourcePackage) || !h.Has(TagSourceRPM) }

func (h *Header) changelog() []Change {
	times, names, texts := h.Numbers(TagChangelogTime), h.Texts(TagChangelogName), h.Texts(TagChangelogText)
	out := make([]Change, min(len(times), len(names), len(texts)))
	for i := range out {
		out[i] = Change{Author: names[i], Time: int64(times[i]), Text: texts[i]}
	}
	return out
}

// paths lists the package's files.
func (h *Header) paths() ([]File, error) {
	names, err := h.fileNames()
	if err != nil {
		return nil, err
	}
	modes, flags := h.Numbers(TagFileModes), h.Numbers(TagFileFlags)
	out := make([]File, len(names))
	for i, name := range names {
		out[i].Path = name
		switch {
		case i < len(flags) && FileFlags(flags[i])&FileGhost != 0:
			out[i].Kind = Ghost
		case i < len(modes) && modes[i]&modeType == modeDir:
			out[i].Kind = Dir
		}
	}
	return out, nil
}

// Base is the last element of the file's path.
func (f File) Base() string { return path.Base(f.Path) }
