package storage

import (
	"errors"
	"fmt"
	"strings"
)

// Check proves the plan: every table is sound, every new partition on whole
// MiB, nothing on a disk that was not to be touched, and no device larger than
// what it lies on. A plan that Make returns passes.
func (p *Plan) Check() error {
	var errs []error
	for _, d := range p.Disks {
		errs = append(errs, d.check())
	}
	for _, a := range p.Arrays {
		for _, m := range a.Members {
			if a.Offset+a.Each > m.Room()>>10 {
				errs = append(errs, fmt.Errorf("%s does not fit on its member %s", a.Path, m.Path))
			}
		}
	}
	for _, g := range p.Groups {
		errs = append(errs, g.check())
	}
	for _, v := range p.Volumes() {
		if !strings.HasPrefix(v.Path, "/dev/") || v.Room() <= 0 {
			errs = append(errs, fmt.Errorf("%q of %d bytes is no device", v.Path, v.Size))
		}
		if formats(v.FS) && v.UUID == "" && !v.Keep {
			errs = append(errs, fmt.Errorf("%s has no UUID", v.Path))
		}
	}
	return errors.Join(errs...)
}

func (d *DiskPlan) check() error {
	var errs []error
	if d.InUse != "" || d.ReadOnly {
		errs = append(errs, fmt.Errorf("%s must not be written to", d.Name))
	}
	if len(d.New)+len(d.Removed) > 0 || d.Fresh {
		if err := d.After().Validate(d.Size, d.Sector); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", d.Name, err))
		}
	}
	for _, n := range d.New {
		if n.Start%mib != 0 || n.Entry.Size%mib != 0 || n.Entry.Size != n.Volume.Size {
			errs = append(errs, fmt.Errorf("%s is not on whole MiB", n.Path))
		}
	}
	return errors.Join(errs...)
}

func (g *Group) check() error {
	var errs []error
	extents := int64(0)
	for _, l := range g.Volumes {
		extents += l.Extents
		if l.Extents <= 0 || l.Size != l.Extents*g.Extent {
			errs = append(errs, fmt.Errorf("%s has no size", l.Path))
		}
	}
	if extents > g.Extents {
		errs = append(errs, fmt.Errorf("the volume group %s has %d extents, and its volumes take %d", g.Name, g.Extents, extents))
	}
	return errors.Join(errs...)
}
