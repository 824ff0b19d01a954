package repo

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"path"
	"slices"
	"strings"

	"cdbuilder/internal/fetch"
	"cdbuilder/internal/pgp"
	"cdbuilder/internal/pkgset"
)

// Bounds on the signed files, in bytes. Debian's largest is unstable's, 400 kB.
const (
	maxRelease   = 32 << 20
	maxSignature = 1 << 20
)

// Load reads a source: every suite, every component. What is wrong with any
// suite is reported together; no packages are returned then.
func Load(ctx context.Context, client *fetch.Client, src Source, opt Options) ([]*pkgset.Package, error) {
	if err := src.Validate(); err != nil {
		return nil, err
	}
	r := &reader{Source: &src, Options: opt, ctx: ctx, fetch: client}
	var all []*pkgset.Package
	var faults []error
	for _, suite := range src.Suites {
		pkgs, err := r.suite(suite)
		if err != nil {
			faults = append(faults, err)
			if ctx.Err() != nil {
				break
			}
		}
		all = append(all, pkgs...)
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	return all, nil
}

func (r *reader) suite(suite string) ([]*pkgset.Package, error) {
	rel, file, err := r.release(suite)
	if err != nil {
		return nil, err
	}
	var all []*pkgset.Package
	var faults []error
	for _, component := range r.Components {
		pkgs, err := r.component(rel, file, suite, component, r.Arch)
		if err == nil && !rel.AllInArch && rel.lists(component+"/binary-all/") {
			var more []*pkgset.Package
			more, err = r.component(rel, file, suite, component, "all")
			pkgs = merge(pkgs, more)
		}
		if err != nil {
			faults = append(faults, err)
		}
		all = append(all, pkgs...)
	}
	return all, errors.Join(faults...)
}

// merge adds the packages of binary-all that the architecture's own index does
// not list too.
func merge(pkgs, more []*pkgset.Package) []*pkgset.Package {
	known := make(map[string]bool)
	for _, p := range pkgs {
		if p.Arch == "all" {
			known[p.Path] = true
		}
	}
	return append(pkgs, slices.DeleteFunc(more, func(p *pkgset.Package) bool { return known[p.Path] })...)
}

// release fetches, verifies and checks a suite's Release file.
func (r *reader) release(suite string) (rel *release, file string, err error) {
	text, file, err := r.signed("dists/" + suite)
	if err != nil {
		return nil, file, err
	}
	rel, err = parseRelease(text)
	if err == nil {
		err = rel.check(suite, r.Trusted, &r.Options)
	}
	if err == nil {
		err = r.notOlder(suite, rel)
	}
	if err != nil {
		return nil, file, r.fault(file, err)
	}
	return rel, file, nil
}

// signed returns the verified text of InRelease, or of Release with
// Release.gpg where there is no InRelease. An InRelease that does not verify
// is not passed over.
func (r *reader) signed(dir string) (text []byte, file string, err error) {
	file = dir + "/InRelease"
	msg, err := r.fetch.Get(r.ctx, URL(r.Base, file), maxRelease)
	if errors.As(err, new(*fetch.NotFound)) {
		return r.detached(dir)
	}
	if err != nil {
		return nil, file, r.fault(file, err)
	}
	if r.Trusted {
		text, err = pgp.ClearText(msg)
	} else {
		text, _, err = r.Keys.VerifyClearsigned(msg, r.Now)
	}
	if err != nil {
		return nil, file, r.fault(file, err)
	}
	return text, file, nil
}

func (r *reader) detached(dir string) (text []byte, file string, err error) {
	file = dir + "/Release"
	text, err = r.fetch.Get(r.ctx, URL(r.Base, file), maxRelease)
	if errors.As(err, new(*fetch.NotFound)) {
		return nil, file, r.fault(dir, fmt.Errorf("the mirror %s has neither InRelease nor Release for this suite", Redact(r.Base)))
	}
	if err != nil {
		return nil, file, r.fault(file, err)
	}
	if r.Trusted {
		return text, file, nil
	}
	sig, err := r.fetch.Get(r.ctx, URL(r.Base, file+".gpg"), maxSignature)
	if errors.As(err, new(*fetch.NotFound)) {
		return nil, file, r.fault(file, errors.New("it is not signed: there is no Release.gpg; set trusted = true in version.toml to take it unsigned"))
	}
	if err == nil {
		_, err = r.Keys.VerifyDetached(bytes.NewReader(text), sig, r.Now)
	}
	if err != nil {
		return nil, file, r.fault(file+".gpg", err)
	}
	return text, file, nil
}

// component reads one index: from our own cache, else from the mirror.
func (r *reader) component(rel *release, file, suite, component, arch string) ([]*pkgset.Package, error) {
	choices, err := rel.choose(component, arch)
	if err != nil {
		return nil, r.fault(file, err)
	}
	shared := &pkgset.Package{Repo: r.ID, Suite: suite, Component: component, Pin: r.Pin}
	for _, c := range choices {
		if pkgs, ok := readCache(r.cachePath(c.releaseFile), shared); ok {
			return r.wanted(pkgs), nil
		}
	}
	var missing error
	for _, c := range choices {
		pkgs, err := r.index(rel, c, "dists/"+suite, shared)
		if !errors.As(err, new(*fetch.NotFound)) {
			return r.wanted(pkgs), err
		}
		if missing == nil {
			missing = err
		}
	}
	return nil, missing
}

// index fetches, parses and caches one index file.
func (r *reader) index(rel *release, c choice, dir string, shared *pkgset.Package) ([]*pkgset.Package, error) {
	name := dir + "/" + c.name
	local, err := r.fetch.Fetch(r.ctx, fetch.Want{
		URLs: c.urls(r.Base, dir, rel.ByHash), SHA256: c.SHA256, SHA512: c.SHA512, Size: c.Size, Name: name,
	}, r.Progress)
	if err != nil {
		return nil, fmt.Errorf("repository %s: %w", r.ID, err)
	}
	parsed, err := parseIndex(local, c)
	if err != nil {
		return nil, fmt.Errorf("repository %s: %s%w", r.ID, name, err)
	}
	if err := writeCache(r.cachePath(c.releaseFile), parsed); err != nil {
		return nil, fmt.Errorf("repository %s: caching %s: %w", r.ID, name, err)
	}
	pkgs, ok := decodeCache(parsed, shared)
	if !ok {
		return nil, r.fault(name, errors.New("what was parsed cannot be read back: this is a fault of cd-builder"))
	}
	return pkgs, nil
}

// wanted leaves out what is for other architectures, as some archives mix them.
func (r *reader) wanted(pkgs []*pkgset.Package) []*pkgset.Package {
	return slices.DeleteFunc(pkgs, func(p *pkgset.Package) bool { return p.Arch != r.Arch && p.Arch != "all" })
}

// choice is one form in which an index can be had.
type choice struct {
	releaseFile
	name     string // below the suite: main/binary-amd64/Packages.xz
	format   string // zst, xz, gz or empty
	unpacked int64  // bytes of the plain index, -1 when the Release file is silent
}

// indexFormats are the compressions we read, the quickest good one first.
var indexFormats = []string{"zst", "xz", "gz", ""}

// choose lists the forms of a Packages index that the Release file vouches for.
func (r *release) choose(component, arch string) ([]choice, error) {
	dir := component + "/binary-" + arch
	plain, listed := r.Files[dir+"/Packages"]
	unpacked := int64(-1)
	if listed {
		unpacked = plain.Size
	}
	var out []choice
	for _, format := range indexFormats {
		name := strings.TrimSuffix(dir+"/Packages."+format, ".")
		f, ok := r.Files[name]
		if !ok {
			continue
		}
		if f.Size > maxIndex || unpacked > maxIndex {
			return nil, fmt.Errorf("%s is said to have %d bytes, more than the %d an index may have", name, max(f.Size, unpacked), maxIndex)
		}
		out = append(out, choice{f, name, format, unpacked})
	}
	if len(out) > 0 {
		return out, nil
	}
	known := make([]string, 0, len(r.Components))
	for _, c := range r.Components {
		known = append(known, path.Base(c))
	}
	if !slices.Contains(known, path.Base(component)) {
		return nil, fmt.Errorf("there is no component %q; it has %s", component, strings.Join(known, ", "))
	}
	if arch != "all" && !slices.Contains(r.Architectures, arch) {
		return nil, fmt.Errorf("there is no architecture %q; it has %s", arch, strings.Join(r.Architectures, ", "))
	}
	return nil, fmt.Errorf("it lists no %s/Packages with a strong digest in a form we read (zst, xz, gz, plain)", dir)
}

// urls lists where the file may be: by its digest where the archive does that,
// so that a mirror that is just being updated gives the matching file.
func (c *choice) urls(base, dir string, byHash bool) []string {
	plain := URL(base, dir+"/"+c.name)
	if !byHash {
		return []string{plain}
	}
	hash := "SHA256/" + c.SHA256
	if c.SHA256 == "" {
		hash = "SHA512/" + c.SHA512
	}
	return []string{URL(base, dir+"/"+path.Dir(c.name)+"/by-hash/"+hash), plain}
}
