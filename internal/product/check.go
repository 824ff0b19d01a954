package product

import (
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"cdbuilder/internal/product/tomlpos"
)

// Forms of values. What goes into names of files and labels keeps to what
// ISO 9660 labels, kernel arguments and shells all take without quoting.
var (
	namePart      = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.-]*$`)
	stageForm     = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.]*$`)
	labelForm     = regexp.MustCompile(`^[A-Za-z0-9_.-]+$`)
	valueKey      = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	envForm       = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	suiteForm     = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9.+_-]*(/[A-Za-z0-9][A-Za-z0-9.+_-]*)*$`)
	argForm       = regexp.MustCompile(`^[A-Za-z0-9_.,:/=@%+~\[\]-]+$`)
	kickstartForm = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*\.ks$`)
	dropForm      = regexp.MustCompile(`^[a-z0-9_][a-z0-9_+.-]*(/[a-z0-9_][a-z0-9_+.-]*)*$`)
	debPackage    = regexp.MustCompile(`^[a-z0-9][a-z0-9+.-]+$`) // Debian Policy §5.6.7
	rpmPackage    = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._+-]*$`)
)

const nameHint = `only letters, digits, "_", "." and "-" can stand in the name of a file and in a label`

// check finds the impossible values.
func (f *File) check(c *faults) {
	f.checkProduct(c)
	f.checkRelease(c)
	f.checkTarget(c)
	f.checkPackages(c)
	f.checkRepositories(c)
	f.checkInstaller(c)
	f.checkBoot(c)
	f.checkSigning(c)
	f.checkMirror(c)
	for k := range f.Values {
		if !valueKey.MatchString(k) {
			c.add(tomlpos.Key("values", k), fmt.Sprintf("%q cannot be asked for as {{ .Values.… }}", k),
				`write a name of letters, digits and "_"`)
		}
	}
}

func (f *File) checkProduct(c *faults) {
	p := f.Product
	if c.need("product.id", p.ID) {
		c.form("product.id", p.ID, namePart, 32, nameHint)
	}
	c.need("product.name", p.Name)
	c.line("product.name", p.Name)
	c.line("product.vendor", p.Vendor)
	c.line("product.summary", p.Summary)
	c.web("product.url", p.URL)
}

func (f *File) checkRelease(c *faults) {
	r := f.Release
	if c.need("release.series", r.Series) {
		c.form("release.series", r.Series, namePart, 32, nameHint)
	}
	if c.need("release.base", r.Base) {
		c.form("release.base", r.Base, namePart, 32, nameHint)
	}
	if c.need("release.stage", r.Stage) {
		c.form("release.stage", r.Stage, stageForm, 16, `only letters, digits, "_" and "." can stand in it`)
	}
	if r.Date.IsZero() {
		c.need("release.date", "")
	} else if y := r.Date.Year(); y < firstYear || y > lastYear {
		c.add("release.date", fmt.Sprintf("release.date %s is outside the years %d to %d, which is what the medium's file systems can hold",
			r.Date, firstYear, lastYear), c.write("release.date"))
	}
	if c.doc != nil && !c.given("release.number") {
		c.need("release.number", "")
	} else if r.Number < 0 || r.Number > 99 {
		c.add("release.number", fmt.Sprintf("release.number = %d does not fit the two digits it has in the release's name", r.Number),
			"write a number from 0 to 99; a new stage starts again at 1")
	}
}

func (f *File) checkInstaller(c *faults) {
	i := f.Installer
	c.oneOf("installer.kind", i.Kind, "stage2")
	c.packageName("installer.kernel", i.Kernel, f.Target.Family)
	c.packageName("installer.shell", i.Shell, f.Target.Family)
	for n, name := range i.Packages {
		if at := tomlpos.Index("installer.packages", n); c.need(at, name) {
			c.packageName(at, name, f.Target.Family)
		}
	}
	c.distinct("installer.packages", i.Packages)
	for n, dir := range i.Drop {
		c.form(tomlpos.Index("installer.drop", n), dir, dropForm, 200,
			"write a directory below the kernel's modules, or a program")
	}
	c.distinct("installer.drop", i.Drop)
	if i.Kickstart != "" {
		c.form("installer.kickstart", i.Kickstart, kickstartForm, 100, "write the name of a file in kickstart/")
	}
}

func (f *File) checkSigning(c *faults) {
	s := f.Signing
	if c.need("signing.key", s.Key) && !filepath.IsAbs(s.Key) {
		c.below("signing.key", s.Key)
	}
	if s.Passphrase != "" && !envForm.MatchString(s.Passphrase) { // not shown: it may be the passphrase
		c.add("signing.passphrase_env", "signing.passphrase_env is not the name of an environment variable",
			c.write("signing.passphrase_env")+" and keep the passphrase itself out of this file")
	}
	if filepath.Base(s.Key) == "demo-signing-key.asc" && !s.Demo {
		c.add("signing.demo", "signing.key is the published demo key, which proves nothing",
			"write demo = true, or name a key of your own (docs/publishing.md)")
	}
}

func (f *File) checkMirror(c *faults) {
	c.line("mirror.directory", f.Mirror.Directory)
	if f.Mirror.Keep < 0 {
		c.add("mirror.keep", fmt.Sprintf("mirror.keep = %d is negative", f.Mirror.Keep),
			"write how many releases stay in the mirror's directory, 0 for all")
	}
}

// need reports whether a required text is there.
func (c *faults) need(key, value string) bool {
	switch {
	case value != "":
		return true
	case c.given(key):
		c.add(key, show(key)+" is empty", c.write(key))
	default:
		c.add(key, show(key)+" is missing", c.write(key)+" under "+header(tomlpos.Parent(key)))
	}
	return false
}

func (c *faults) form(key, value string, form *regexp.Regexp, most int, hint string) {
	if eg := example(key); eg != "" {
		hint += ", as in " + eg
	}
	switch {
	case len(value) > most:
		c.add(key, fmt.Sprintf("%s has %d characters", show(key), len(value)), fmt.Sprintf("write at most %d", most))
	case !form.MatchString(value):
		c.add(key, said(key, value)+" is impossible", hint)
	}
}

// line takes one line of text for people.
func (c *faults) line(key, value string) {
	if strings.ContainsFunc(value, unicode.IsControl) || len(value) > 200 {
		c.add(key, show(key)+" is not one line of at most 200 characters", c.write(key))
	}
}

func (c *faults) web(key, value string) {
	if value == "" {
		return
	}
	u, err := url.Parse(value)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		c.add(key, said(key, value)+" is not a web address", "write one that begins with https:// or http://")
	}
}

func (c *faults) oneOf(key, value string, allowed ...string) {
	if slices.Contains(allowed, value) {
		return
	}
	hint := "write " + quoted(allowed)
	if meant := nearest(value, allowed); meant != "" && len(allowed) > 1 {
		hint = fmt.Sprintf("did you mean %q? it can be %s", meant, quoted(allowed))
	}
	c.add(key, said(key, value)+" is not known", hint)
}

func (c *faults) packageName(key, name, family string) {
	form := debPackage
	if family == "rpm" {
		form = rpmPackage
	}
	if name != "" && !form.MatchString(name) {
		c.add(key, said(key, name)+" is not the name of a package", c.write(key))
	}
}

func (c *faults) distinct(key string, values []string) {
	seen := make(map[string]bool, len(values))
	for i, v := range values {
		if seen[v] {
			c.add(tomlpos.Index(key, i), fmt.Sprintf("%s has %q twice", show(key), v), "leave one of them out")
		}
		seen[v] = true
	}
}

// below takes a path that stays in the product's directory.
func (c *faults) below(key, path string) {
	if !filepath.IsLocal(path) || strings.ContainsFunc(path, unicode.IsControl) {
		c.add(key, said(key, path)+" leaves the product's directory", c.write(key))
	}
}
