package isotree

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// Bounds on the boot menus of a medium.
const (
	maxMenus     = 400
	maxMenuBytes = 1 << 20
	maxLabelRows = 50
	jolietLabel  = 16 // characters that the Joliet descriptor has room for
	driverLabel  = "OEMDRV"
)

// labels checks that everything that finds the medium by its label names the
// label it has.
func (v *verifier) labels(ctx context.Context) error {
	v.descriptorLabels()
	v.productLabel()
	c := &labelCheck{v: v}
	for _, f := range v.files.files {
		if isMenu(f.path) {
			c.menu("", f.path, v.img)
		}
	}
	for _, e := range v.esps {
		if err := ctx.Err(); err != nil {
			return err
		}
		if e.err == nil {
			c.esp(e)
		}
	}
	c.rows()
	return nil
}

func (v *verifier) descriptorLabels() {
	if v.label == "" {
		v.add("label", "volume descriptor", VerdictWarn, "the volume has no label")
	} else {
		v.add("label", "volume descriptor", VerdictOK, "%s", v.label)
	}
	joliet, ok := v.img.Joliet()
	if !ok {
		return
	}
	if want := jolietForm(v.label); joliet.Label != want {
		v.add("label", "Joliet descriptor", VerdictFail, "%q; it should be %q", joliet.Label, want)
		return
	}
	v.add("label", "Joliet descriptor", VerdictOK, "%s", joliet.Label)
}

// jolietForm is the label as far as the Joliet descriptor holds it.
func jolietForm(label string) string {
	runes := []rune(label)
	return strings.TrimRight(string(runes[:min(len(runes), jolietLabel)]), " ")
}

// productLabel checks the label that our own media state of themselves.
func (v *verifier) productLabel() {
	text, err := readSome(v.img, ProductPath, maxMenuBytes)
	if err != nil {
		return
	}
	var id Identity
	if _, err := toml.Decode(string(text), &id); err != nil {
		v.add("label", ProductPath, VerdictFail, "%v", err)
		return
	}
	if id.Label != v.label {
		v.add("label", ProductPath, VerdictFail, "it says %q; the label is %q", id.Label, v.label)
		return
	}
	v.add("label", ProductPath, VerdictOK, "%s", id.Label)
}

// isMenu tells the configurations of boot loaders by where they lie.
func isMenu(p string) bool {
	switch path.Ext(strings.ToLower(p)) {
	case ".cfg", ".conf":
	default:
		return false
	}
	top, _, below := strings.Cut(strings.ToLower(p), "/")
	if !below {
		return slices.Contains([]string{"isolinux.cfg", "syslinux.cfg", "extlinux.conf", "grub.cfg"}, top)
	}
	return slices.Contains([]string{"isolinux", "syslinux", "boot", "efi", "loader", "grub", "grub2", "images"}, top)
}

// labelCheck goes through the menus.
type labelCheck struct {
	v           *verifier
	menus, refs int
	failed      int   // references that lead elsewhere
	bad         []Row // the first ones
	unsaid      int   // rows beyond those
}

// esp looks at every menu in an EFI system partition.
func (c *labelCheck) esp(e *espImage) {
	err := fs.WalkDir(e.fat, ".", func(p string, d fs.DirEntry, err error) error {
		ext := strings.ToLower(path.Ext(p))
		if err == nil && !d.IsDir() && (ext == ".cfg" || ext == ".conf") {
			c.menu(e.name(), p, e.fat)
		}
		return err
	})
	if err != nil {
		c.fault(e.name(), VerdictFail, reason(err).Error())
	}
}

// menu looks at one menu of a file system, which is that of the medium or, with
// a name, that of an image on it.
func (c *labelCheck) menu(image, p string, fsys fs.FS) {
	if image != "" {
		image += ": "
	}
	if c.menus++; c.menus > maxMenus {
		if c.menus == maxMenus+1 {
			c.fault(image+p, VerdictWarn, fmt.Sprintf("more than %d menus; the rest was not looked at", maxMenus))
		}
		return
	}
	text, err := readSome(fsys, p, maxMenuBytes)
	if err != nil {
		c.fault(image+p, VerdictFail, reason(err).Error())
		return
	}
	for _, ref := range LabelsIn(text) {
		c.refs++
		if verdict, what := c.judge(ref); verdict != VerdictOK {
			if verdict == VerdictFail {
				c.failed++
			}
			c.fault(fmt.Sprintf("%s%s:%d", image, p, ref.Line), verdict, what)
		}
	}
}

func (c *labelCheck) fault(check string, verdict Verdict, detail string) {
	if len(c.bad) == maxLabelRows {
		c.unsaid++
		return
	}
	c.bad = append(c.bad, Row{"label", check, verdict, detail})
}

// judge says whether a reference leads to this medium.
func (c *labelCheck) judge(ref LabelRef) (Verdict, string) {
	label := c.v.label
	switch {
	case ref.Where == "search --file":
		_, there := c.v.files.find(MarkerPath(ref.Label))
		switch {
		case !there:
			return VerdictFail, fmt.Sprintf("%s: no file %s is on the medium; the label is %q", ref.Where, MarkerPath(ref.Label), label)
		case ref.Label != label:
			return VerdictWarn, fmt.Sprintf("%s: finds the medium by %s, though the label is %q", ref.Where, MarkerPath(ref.Label), label)
		}
	case ref.Label == label:
	case ref.Where == "search --label" && ref.Label == jolietForm(label):
	case ref.Label == driverLabel && ref.Where != "search --label":
		return VerdictWarn, fmt.Sprintf("%s: %s is another medium, that of drivers and kickstarts", ref.Where, driverLabel)
	default:
		return VerdictFail, fmt.Sprintf("%s: %q; the label is %q", ref.Where, ref.Label, label)
	}
	return VerdictOK, ""
}

func (c *labelCheck) rows() {
	menus := plural(min(c.menus, maxMenus), "menu", "menus")
	switch {
	case c.refs == 0 && len(c.bad) == 0:
		c.v.add("label", "boot menus", VerdictNone, "%s, none of which names a label", menus)
	case c.failed > 0:
		c.v.add("label", "boot menus", VerdictFail, "%d of %s in %s lead elsewhere", c.failed, plural(c.refs, "reference", "references"), menus)
	default:
		c.v.add("label", "boot menus", VerdictOK, "%s in %s", plural(c.refs, "reference", "references"), menus)
	}
	for _, r := range c.bad {
		c.v.add(r.Group, r.Check, r.Verdict, "%s", r.Detail)
	}
	if c.unsaid > 0 {
		c.v.add("label", "boot menus", VerdictWarn, "and %d more", c.unsaid)
	}
}

// readSome reads a file that must not be longer than limit bytes.
func readSome(fsys fs.FS, name string, limit int64) ([]byte, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // only read
	text, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(text)) > limit {
		return nil, &fs.PathError{Op: "read", Path: name, Err: fmt.Errorf("more than %d bytes", limit)}
	}
	return text, nil
}

// reason is an error without operation and path, which rows say themselves.
func reason(err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	return err
}
