package rpmmd

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"cdbuilder/internal/rpm"
)

// Advisory is an update of updateinfo.xml: what it mends, and with which
// packages.
type Advisory struct {
	ID, Title string
	// Type is security, bugfix, enhancement or newpackage.
	Type, Severity, Status, From, Version string

	Issued, Updated                                 time.Time // zero where they are not stated
	Release, Rights, Summary, Description, Solution string
	References                                      []Reference
	Collections                                     []Collection
	Reboot                                          bool // the whole advisory asks for one
}

// Reference is something to read about an advisory.
type Reference struct {
	Type string // bugzilla, cve, vendor, self, other
	ID   string // CVE-2024-0001
	Href string
	Text string // its title
}

// Collection is a list of packages of an advisory.
type Collection struct {
	Short, Name string
	Module      *UpdateModule // the stream they belong to, or nil
	Packages    []UpdatePackage
}

// UpdateModule names a module stream.
type UpdateModule struct{ Name, Stream, Version, Context, Arch string }

// UpdatePackage is a package that an advisory brings.
type UpdatePackage struct {
	Name     string
	EVR      rpm.EVR
	Arch     string
	Source   string // file name of the source package
	Filename string
	Sums     []Checksum
	// What should be done after the installation.
	Reboot, Restart, Relogin bool
}

// ReadUpdateinfo reads updateinfo.xml and gives each advisory as it comes.
func ReadUpdateinfo(r io.Reader, warn func(error), give func(*Advisory) error) error {
	d := newDecoder(r, warn)
	err := d.document("updates", func(name string) error {
		if name != "update" {
			return d.unknown()
		}
		a, line := new(Advisory), d.Line()
		if err := d.advisory(a); err != nil {
			return err
		}
		if a.ID == "" {
			return d.faultAt(line, "an update without an id")
		}
		return give(a)
	})
	if err != nil {
		return fmt.Errorf("updateinfo: %w", err)
	}
	return nil
}

func (d *decoder) advisory(a *Advisory) error {
	d.attr("type", &a.Type)
	d.attr("status", &a.Status)
	d.attr("from", &a.From)
	d.attr("version", &a.Version)
	texts := map[string]*string{
		"id": &a.ID, "title": &a.Title, "severity": &a.Severity, "release": &a.Release, "rights": &a.Rights,
		"summary": &a.Summary, "description": &a.Description, "solution": &a.Solution,
	}
	return d.children(func(name string) error {
		if s, ok := texts[name]; ok {
			return d.text(s)
		}
		switch name {
		case "issued":
			return d.date(&a.Issued)
		case "updated":
			return d.date(&a.Updated)
		case "reboot_suggested":
			return d.suggested(&a.Reboot)
		case "references":
			return d.children(func(string) error {
				a.References = append(a.References, d.reference())
				return d.Skip()
			})
		case "pkglist":
			return d.collections(a)
		case "message", "pushcount": // for people and for Bodhi
			return d.Skip()
		}
		return d.unknown()
	})
}

func (d *decoder) reference() (r Reference) {
	d.attr("type", &r.Type)
	d.attr("id", &r.ID)
	d.attr("href", &r.Href)
	d.attr("title", &r.Text)
	return r
}

func (d *decoder) collections(a *Advisory) error {
	return d.children(func(name string) error {
		if name != "collection" {
			return d.unknown()
		}
		var c Collection
		d.attr("short", &c.Short)
		err := d.children(func(name string) error {
			switch name {
			case "name":
				return d.text(&c.Name)
			case "module":
				m := new(UpdateModule)
				for attr, s := range map[string]*string{"name": &m.Name, "stream": &m.Stream, "version": &m.Version, "context": &m.Context, "arch": &m.Arch} {
					d.attr(attr, s)
				}
				c.Module = m
				return d.Skip()
			case "package":
				var p UpdatePackage
				err := d.updatePackage(&p)
				c.Packages = append(c.Packages, p)
				return err
			}
			return d.unknown()
		})
		a.Collections = append(a.Collections, c)
		return err
	})
}

func (d *decoder) updatePackage(p *UpdatePackage) error {
	d.attr("name", &p.Name)
	d.attr("epoch", &p.EVR.Epoch)
	d.attr("version", &p.EVR.Version)
	d.attr("release", &p.EVR.Release)
	d.attr("arch", &p.Arch)
	d.attr("src", &p.Source)
	return d.children(func(name string) error {
		switch name {
		case "filename":
			return d.text(&p.Filename)
		case "sum":
			var c Checksum
			err := d.checksum(&c)
			p.Sums = append(p.Sums, c)
			return err
		case "reboot_suggested":
			return d.suggested(&p.Reboot)
		case "restart_suggested":
			return d.suggested(&p.Restart)
		case "relogin_suggested":
			return d.suggested(&p.Relogin)
		}
		return d.unknown()
	})
}

// suggested reads an element that says yes by being there, unless it says no.
func (d *decoder) suggested(yes *bool) error {
	var s string
	err := d.text(&s)
	*yes = !strings.EqualFold(s, "false") && s != "0"
	return err
}

// dateLayouts are how repositories write dates: Bodhi, Red Hat, SUSE and others.
var dateLayouts = []string{time.DateTime, "2006-01-02 15:04:05 MST", time.DateOnly, time.RFC3339, "2006-01-02 15:04", "2006-01-02T15:04:05"}

// date reads an element whose attribute date is one.
func (d *decoder) date(t *time.Time) error {
	v, ok := d.Attr("date")
	if !ok {
		return d.Skip()
	}
	s := strings.TrimSpace(string(v))
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n >= 0 && n < 1<<40 {
		*t = time.Unix(n, 0).UTC()
		return d.Skip()
	}
	for _, layout := range dateLayouts {
		if at, err := time.ParseInLocation(layout, s, time.UTC); err == nil {
			*t = at.UTC()
			return d.Skip()
		}
	}
	d.warnAt(d.Line(), "%.40q is not a date", s)
	return d.Skip()
}
