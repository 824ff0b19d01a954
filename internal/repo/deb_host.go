package repo

import (
	"fmt"
	"io/fs"
	"net/url"
	"path"
	"slices"
	"strings"

	"cdbuilder/internal/deb"
	"cdbuilder/internal/product"
)

// Where Debian's archives are found when nothing else is known.
var defaultMirrors = map[string]string{
	"debian":          "http://ftp.debian.org/debian",
	"debian-security": "http://security.debian.org/debian-security",
}

// Base finds the URL that a repository of version.toml stands for. A mirror
// that is a URL stays what it is. For "host" it is, in this order: MIRROR of
// the environment (the security archive is taken to stand beside it), the
// mirror that this machine's own apt uses, Debian's own.
func Base(r product.Repository, hostFS fs.FS, getenv func(string) string) (string, error) {
	archive := r.Archive
	if archive == "" {
		archive = "debian"
	}
	if r.Mirror != "host" && r.Mirror != "" {
		return checkBase(r.ID, r.Mirror)
	}
	if m := getenv("MIRROR"); m != "" {
		base, err := checkBase("MIRROR", m)
		if err != nil || archive == "debian" {
			return base, err
		}
		u, err := url.Parse(base)
		if err != nil {
			return "", fmt.Errorf("MIRROR: %q is not a URL", Redact(m))
		}
		u.Path = path.Join(path.Dir(u.Path), archive)
		return u.String(), nil
	}
	if base, ok := HostMirror(hostFS, archive); ok {
		return base, nil
	}
	if base := defaultMirrors[archive]; base != "" {
		return base, nil
	}
	return "", fmt.Errorf("repository %s: this machine's apt uses no mirror of the archive %q; write its URL into mirror = in version.toml, or set MIRROR", r.ID, archive)
}

func checkBase(what, base string) (string, error) {
	u, err := url.Parse(base)
	if err != nil || !slices.Contains([]string{"http", "https", "file"}, u.Scheme) || (u.Host == "" && u.Scheme != "file") {
		return "", fmt.Errorf("%s: the mirror %q is not an http, https or file URL", what, Redact(base))
	}
	return strings.TrimRight(base, "/"), nil
}

// aptSource is one entry of apt's sources (sources.list(5)), for one URI.
type aptSource struct {
	uri                string
	suites, components []string
	signedBy           string
}

// HostMirror returns the mirror of a Debian archive, "debian" or
// "debian-security", that the machine's apt is set up with. Entries are taken
// for one when their path ends in the archive's name or when they give a
// Debian suite with the component main; those of third parties, who may use
// the same names, sign with keys of their own.
func HostMirror(fsys fs.FS, archive string) (base string, ok bool) {
	best := 0
	for _, s := range aptSources(fsys) {
		if score := s.likeness(archive); score > best {
			best, base = score, strings.TrimRight(s.uri, "/")
		}
	}
	return base, best > 0
}

func (s *aptSource) likeness(archive string) int {
	u, err := url.Parse(s.uri)
	if err != nil || !slices.Contains([]string{"http", "https", "file"}, u.Scheme) {
		return 0
	}
	if s.signedBy != "" && !strings.Contains(s.signedBy, "debian-archive") {
		return 0
	}
	score := 0
	if path.Base(u.Path) == archive {
		score += 2
	}
	if slices.Contains(s.components, "main") && slices.ContainsFunc(s.suites, func(suite string) bool { return isSuiteOf(suite, archive) }) {
		score++
	}
	return score
}

var debianSuites = []string{
	"oldoldstable", "oldstable", "stable", "testing", "unstable", "sid", "experimental",
	"buster", "bullseye", "bookworm", "trixie", "forky", "duke",
}

// isSuiteOf knows trixie and trixie-updates for debian; trixie-security and
// buster/updates for debian-security.
func isSuiteOf(suite, archive string) bool {
	name, security := strings.CutSuffix(strings.TrimRight(suite, "/"), "-security")
	if !security {
		name, security = strings.CutSuffix(name, "/updates")
	}
	if security != (archive == "debian-security") {
		return false
	}
	for _, more := range []string{"-updates", "-proposed-updates", "-backports", "-backports-sloppy"} {
		name = strings.TrimSuffix(name, more)
	}
	return slices.Contains(debianSuites, name)
}

// aptSources reads what apt would, in its order. A file that cannot be read
// counts for nothing: we only look for a hint.
func aptSources(fsys fs.FS) []aptSource {
	files := []string{"etc/apt/sources.list"}
	parts, _ := fs.Glob(fsys, "etc/apt/sources.list.d/*")
	slices.Sort(parts)
	var out []aptSource
	for _, name := range append(files, parts...) {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			continue
		}
		switch path.Ext(name) {
		case ".list":
			out = append(out, oneLineSources(string(data))...)
		case ".sources":
			out = append(out, stanzaSources(string(data))...)
		}
	}
	return out
}

// oneLineSources reads "deb [option=value …] uri suite component…".
func oneLineSources(text string) (out []aptSource) {
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		rest, ok := strings.CutPrefix(strings.Join(strings.Fields(line), " "), "deb ")
		if !ok {
			continue
		}
		var s aptSource
		if options, after, found := strings.Cut(rest, "]"); found && strings.HasPrefix(options, "[") {
			for _, o := range strings.Fields(options[1:]) {
				if by, ok := strings.CutPrefix(o, "signed-by="); ok {
					s.signedBy = by
				}
			}
			rest = after
		}
		part := strings.Fields(rest)
		if len(part) < 2 {
			continue
		}
		s.uri, s.suites, s.components = part[0], part[1:2], part[2:]
		out = append(out, s)
	}
	return out
}

// stanzaSources reads the deb822 form.
func stanzaSources(text string) (out []aptSource) {
	scan := deb.NewScanner(strings.NewReader(text))
	scan.Comments = true
	for scan.Scan() {
		p := scan.Paragraph()
		switch strings.ToLower(p.Get("Enabled")) {
		case "no", "false", "without", "off", "disable", "0":
			continue
		}
		if !slices.Contains(strings.Fields(p.Get("Types")), "deb") {
			continue
		}
		for _, uri := range strings.Fields(p.Get("URIs")) {
			out = append(out, aptSource{
				uri: uri, suites: strings.Fields(p.Get("Suites")), components: strings.Fields(p.Get("Components")), signedBy: p.Get("Signed-By"),
			})
		}
	}
	return out
}
