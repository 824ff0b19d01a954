package repo

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"cdbuilder/internal/deb"
	"cdbuilder/internal/pkgset"
)

// maxPackages bounds one index; Debian's largest has 70,000 packages.
const maxPackages = 1 << 20

// packagesParser turns a Packages index into packages.
type packagesParser struct {
	scan *deb.Scanner
	rel  deb.Relations
}

// parsePackages reads a Packages index and hands out each package, which is
// the receiver's only until it returns. Errors begin with ":line: ", to stand
// behind the index's name.
func parsePackages(r io.Reader, give func(*pkgset.Package)) error {
	p := packagesParser{scan: deb.NewScanner(r)}
	for n := 0; p.scan.Scan(); n++ {
		if n == maxPackages {
			return fmt.Errorf(":%d: more than %d packages", p.scan.Line(), maxPackages)
		}
		var pkg pkgset.Package
		if err := p.read(&pkg); err != nil {
			return err
		}
		give(&pkg)
	}
	err := p.scan.Err()
	if syntax := new(deb.SyntaxError); errors.As(err, &syntax) {
		return fmt.Errorf(":%d: %s", syntax.Line, syntax.What)
	}
	if err != nil {
		return fmt.Errorf(": %w", err)
	}
	return nil
}

// read reads the package of the scanner's paragraph.
func (p *packagesParser) read(pkg *pkgset.Package) error {
	for i := range p.scan.Len() {
		name, value, line := p.scan.Field(i)
		if err := p.field(pkg, name, value); err != nil {
			return fmt.Errorf(":%d: package %s: %s: %w", line, p.name(), name, err)
		}
	}
	if pkg.Source == "" {
		pkg.Source = pkg.Name
	}
	if err := complete(pkg); err != nil {
		return fmt.Errorf(":%d: package %s: %w", p.scan.Line(), p.name(), err)
	}
	return nil
}

// name is the package's as its paragraph gives it, for errors.
func (p *packagesParser) name() string {
	for i := range p.scan.Len() {
		if name, value, _ := p.scan.Field(i); strings.EqualFold(string(name), "Package") {
			return fmt.Sprintf("%.80q", value)
		}
	}
	return "without a name"
}

// complete reports the fields without which a package cannot be fetched,
// verified or installed.
func complete(pkg *pkgset.Package) error {
	var missing []string
	for _, f := range []struct {
		name string
		ok   bool
	}{
		{"Package", pkg.Name != ""}, {"Version", pkg.Version != ""}, {"Architecture", pkg.Arch != ""},
		{"Filename", pkg.Path != ""}, {"Size", pkg.Size > 0}, {"SHA256", pkg.SHA256 != ""},
	} {
		if !f.ok {
			missing = append(missing, f.name)
		}
	}
	if len(missing) > 0 {
		return fmt.Errorf("the index has no %s for it", strings.Join(missing, ", no "))
	}
	return nil
}

// field takes one field of a paragraph. Names are matched as everybody spells
// them; another spelling is brought to that.
func (p *packagesParser) field(pkg *pkgset.Package, name, value []byte) (err error) {
	switch string(name) {
	case "Package":
		pkg.Name, err = p.checked(value, deb.CheckName)
	case "Version":
		pkg.Version, err = p.checked(value, checkVersion)
	case "Architecture":
		pkg.Arch, err = p.checked(value, deb.CheckName)
	case "Filename":
		pkg.Path, err = p.path(value)
	case "Size":
		pkg.Size, err = number(value)
	case "Installed-Size":
		pkg.Installed, err = number(value)
		pkg.Installed *= 1024
	case "SHA256":
		pkg.SHA256, err = digest(value)
	case "Source":
		source, _, _ := strings.Cut(string(value), " ")
		pkg.Source = p.rel.Strings.Of([]byte(source))
	case "Section":
		pkg.Section = p.rel.Strings.Of(value)
	case "Priority":
		pkg.Priority = p.rel.Strings.Of(value)
	case "Essential":
		pkg.Essential = string(value) == "yes"
	case "Multi-Arch":
		pkg.MultiArch = p.rel.Strings.Of(value)
	default:
		return p.relation(pkg, name, value)
	}
	return err
}

func (p *packagesParser) relation(pkg *pkgset.Package, name, value []byte) (err error) {
	switch string(name) {
	case "Depends":
		pkg.Depends, err = p.rel.Clauses(value)
	case "Pre-Depends":
		pkg.PreDepends, err = p.rel.Clauses(value)
	case "Recommends":
		pkg.Recommends, err = p.rel.Clauses(value)
	case "Suggests":
		pkg.Suggests, err = p.rel.Clauses(value)
	case "Enhances":
		pkg.Enhances, err = p.rel.Clauses(value)
	case "Conflicts":
		pkg.Conflicts, err = p.rel.Deps(value)
	case "Breaks":
		pkg.Breaks, err = p.rel.Deps(value)
	case "Replaces":
		pkg.Replaces, err = p.rel.Deps(value)
	case "Provides":
		pkg.Provides, err = p.rel.Deps(value)
	default:
		if usual := usualSpelling(name); usual != "" && usual != string(name) {
			return p.field(pkg, []byte(usual), value)
		}
	}
	return err
}

var knownFields = []string{
	"Package", "Version", "Architecture", "Filename", "Size", "Installed-Size", "SHA256", "Source", "Section", "Priority",
	"Essential", "Multi-Arch", "Depends", "Pre-Depends", "Recommends", "Suggests", "Enhances", "Conflicts", "Breaks", "Replaces", "Provides",
}

func usualSpelling(name []byte) string {
	i := slices.IndexFunc(knownFields, func(k string) bool { return len(k) == len(name) && strings.EqualFold(k, string(name)) })
	if i < 0 {
		return ""
	}
	return knownFields[i]
}

func (p *packagesParser) checked(value []byte, check func(string) error) (string, error) {
	s := p.rel.Strings.Of(value)
	return s, check(s)
}

// path admits file names below the repository's base. Some tools write ./ in front.
func (p *packagesParser) path(value []byte) (string, error) {
	s := strings.TrimPrefix(string(value), "./")
	if !utf8.ValidString(s) || !cleanPath(s) {
		return "", fmt.Errorf("%.200q is not a path below the repository", value)
	}
	return s, nil
}

// checkVersion is what a version must be for us to handle it; dpkg, which asks
// for more, has its say when the package is built and installed.
func checkVersion(v string) error {
	for i := range len(v) {
		if c := v[i]; c <= ' ' || c > '~' || strings.IndexByte(`/\()<>=|,[]"'`, c) >= 0 {
			return fmt.Errorf("%q is not allowed in the version %.80q", c, v)
		}
	}
	return nil
}

func number(value []byte) (int64, error) {
	n, err := strconv.ParseInt(string(value), 10, 64)
	if err != nil || n < 0 || n > 1<<50 {
		return 0, fmt.Errorf("%.40q is not a size", value)
	}
	return n, nil
}

func digest(value []byte) (string, error) {
	s := strings.ToLower(string(value))
	if b, err := hex.DecodeString(s); err != nil || len(b) != 32 {
		return "", fmt.Errorf("%.80q is not a digest of 64 hexadecimal digits", value)
	}
	return s, nil
}
