package product

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"cdbuilder/internal/product/tomlpos"
)

func (f *File) checkTarget(c *faults) {
	t := f.Target
	c.oneOf("target.family", t.Family, "debian", "rpm")
	if c.need("target.version", t.Version) {
		c.form("target.version", t.Version, namePart, 32, nameHint)
	}
	if t.Kickstart != "" && !knownSyntax(t.Kickstart) {
		c.add("target.kickstart", fmt.Sprintf("target.kickstart = %q is not a version of the kickstart syntax", t.Kickstart),
			"write RHEL3 to RHEL11, FC3 to FC6 or F7 to F45")
	}
	switch t.Family {
	case "debian":
		f.checkArch(c, map[string]string{"x86_64": "amd64", "aarch64": "arm64"})
		if c.need("target.suite", t.Suite) {
			c.form("target.suite", t.Suite, namePart, 64, nameHint)
		}
	case "rpm":
		c.need("target.kickstart", t.Kickstart)
		f.checkArch(c, map[string]string{"amd64": "x86_64", "arm64": "aarch64"})
	}
}

// checkArch takes the family's own names of the architectures; foreign maps
// the other family's onto them.
func (f *File) checkArch(c *faults, foreign map[string]string) {
	arch := f.Target.Arch
	if own := foreign[arch]; own != "" {
		c.add("target.arch", fmt.Sprintf("target.arch = %q is not what the %s family calls it", arch, f.Target.Family),
			fmt.Sprintf("write %q", own))
		return
	}
	known := []string{}
	for _, own := range foreign {
		known = append(known, own)
	}
	slices.Sort(known)
	c.oneOf("target.arch", arch, known...)
}

var syntaxForm = regexp.MustCompile(`^(RHEL|FC|F)([1-9][0-9]?)$`)

// knownSyntax knows the versions that pykickstart knows.
func knownSyntax(version string) bool {
	m := syntaxForm.FindStringSubmatch(version)
	if m == nil {
		return false
	}
	n, err := strconv.Atoi(m[2])
	if err != nil {
		return false
	}
	bounds := map[string][2]int{"RHEL": {3, 11}, "FC": {3, 6}, "F": {7, 45}}[m[1]]
	return n >= bounds[0] && n <= bounds[1]
}

func (f *File) checkPackages(c *faults) {
	for key, names := range map[string][]string{"packages.extra": f.Packages.Extra, "packages.exclude": f.Packages.Exclude} {
		for i, name := range names {
			if at := tomlpos.Index(key, i); c.need(at, name) {
				c.packageName(at, name, f.Target.Family)
			}
		}
		c.distinct(key, names)
	}
	extra := make(map[string]bool, len(f.Packages.Extra))
	for _, name := range f.Packages.Extra {
		extra[name] = true
	}
	for i, name := range f.Packages.Exclude {
		if extra[name] {
			c.add(tomlpos.Index("packages.exclude", i), fmt.Sprintf("%q is in packages.extra and in packages.exclude", name),
				"leave one of them out")
		}
	}
}

func (f *File) checkRepositories(c *faults) {
	if len(f.Repository) == 0 {
		c.add("repository", "there is no repository to take packages from",
			"write [[repository]] with id, mirror, suites and keys")
	}
	first := map[string]string{}
	for i := range f.Repository {
		r, key := &f.Repository[i], tomlpos.Index("repository", i)
		id := tomlpos.Key(key, "id")
		if c.need(id, r.ID) {
			c.form(id, r.ID, namePart, 64, nameHint)
		}
		if taken := first[r.ID]; taken != "" {
			c.add(id, fmt.Sprintf("the id %q is taken by %s", r.ID, c.where(taken)), "give each repository an id of its own")
		} else if r.ID != "" {
			first[r.ID] = key
		}
		f.checkSource(c, key, r)
		c.checkTrust(key, r)
		if r.Pin < 0 || r.Pin > 1000 {
			c.add(tomlpos.Key(key, "pin"), fmt.Sprintf("pin = %d is outside 0 to 1000", r.Pin), "write 0 unless this repository must win over newer versions")
		}
	}
}

// where names a table by its line, or by its path in a File made by hand.
func (c *faults) where(key string) string {
	if c.doc == nil {
		return key
	}
	return fmt.Sprintf("the repository in line %d", c.doc.Line(key))
}

func (f *File) checkSource(c *faults, key string, r *Repository) {
	switch f.Target.Family {
	case "debian":
		f.checkDebianSource(c, key, r)
	case "rpm":
		f.checkRPMSource(c, key, r)
	}
}

func (f *File) checkDebianSource(c *faults, key string, r *Repository) {
	suites, archive := tomlpos.Key(key, "suites"), tomlpos.Key(key, "archive")
	if len(r.Suites) == 0 {
		c.need(suites, "")
	}
	for list, values := range map[string][]string{suites: r.Suites, tomlpos.Key(key, "components"): r.Components} {
		for i, v := range values {
			c.form(tomlpos.Index(list, i), v, suiteForm, 100, "write the name as it stands in the repository")
		}
		c.distinct(list, values)
	}
	if r.Mirror != "host" {
		c.mirror(tomlpos.Key(key, "mirror"), r.Mirror, `, or "host" for the mirror that this machine's apt uses`)
		if r.Archive != "" {
			c.add(archive, `archive picks among this machine's own mirrors and means nothing beside an address`, `leave it out, or write mirror = "host"`)
		}
		return
	}
	c.oneOf(archive, r.Archive, "debian", "debian-security")
	for i, s := range r.Suites {
		if r.Archive == "debian" && (strings.HasSuffix(s, "-security") || strings.HasSuffix(s, "/updates")) {
			c.add(tomlpos.Index(suites, i), fmt.Sprintf("the suite %q is not in the archive \"debian\"", s),
				`give it a [[repository]] of its own with archive = "debian-security"`)
		}
	}
}

func (f *File) checkRPMSource(c *faults, key string, r *Repository) {
	mirror := tomlpos.Key(key, "mirror")
	if r.Mirror == "host" {
		c.add(mirror, `mirror = "host" is for the debian family`, "write the repository's address")
	} else if c.need(mirror, r.Mirror) {
		c.mirror(mirror, r.Mirror, "")
	}
	for name, given := range map[string]bool{"archive": r.Archive != "", "suites": len(r.Suites) > 0, "components": len(r.Components) > 0} {
		if given {
			c.add(tomlpos.Key(key, name), name+" means nothing in the rpm family", "leave it out")
		}
	}
}

func (c *faults) mirror(key, value, other string) {
	hint := "write an address that begins with https:// or http://" + other
	u, err := url.Parse(value)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		c.add(key, fmt.Sprintf("mirror = %q is not the address of a repository", value), hint)
	case u.RawQuery != "" || u.Fragment != "":
		c.add(key, fmt.Sprintf("mirror = %q has a query or a fragment, below which no file can stand", value), hint)
	}
}

func (c *faults) checkTrust(key string, r *Repository) {
	keys := tomlpos.Key(key, "keys")
	if len(r.Keys) == 0 && !r.Trusted {
		c.add(keys, "nothing says whose signature this repository must carry",
			"write "+lastKey(keys)+" = "+example(keys)+", or trusted = true to take it unsigned")
	}
	if len(r.Keys) > 0 && r.Trusted {
		c.add(tomlpos.Key(key, "trusted"), "trusted = true takes the repository unsigned, so that its keys are never asked",
			"leave out one of the two")
	}
	for i, path := range r.Keys {
		if at := tomlpos.Index(keys, i); c.need(at, path) {
			c.below(at, path)
		}
	}
	c.distinct(keys, r.Keys)
}
