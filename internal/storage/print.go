package storage

import (
	"cmp"
	"fmt"
	"strings"
	"text/tabwriter"
)

// String is the plan for a person: what is erased, what is made where.
func (p *Plan) String() string {
	var b strings.Builder
	for _, d := range p.Disks {
		d.print(&b)
	}
	for _, a := range p.Arrays {
		fmt.Fprintf(&b, "RAID %d %s, %s, of %s\n", a.Level, a.Path, Bytes(a.Size), paths(a.Members))
		if use := a.use(); use != "" {
			fmt.Fprintf(&b, "  %s\n", use)
		}
	}
	for _, g := range p.Groups {
		used := int64(0)
		for _, l := range g.Volumes {
			used += l.Extents
		}
		fmt.Fprintf(&b, "volume group %s, %s, %s of it free, of %s\n", g.Name, Bytes(g.Extents*g.Extent), Bytes((g.Extents-used)*g.Extent), paths(g.Members))
		rows(&b, func(w *tabwriter.Writer) {
			for _, l := range g.Volumes {
				fmt.Fprintf(w, "  %s\t%s\t%s\n", l.ID, Bytes(l.Size), l.use())
			}
		})
	}
	for _, f := range p.Btrfs {
		f.print(&b)
	}
	for _, m := range p.Tmpfs {
		fmt.Fprintf(&b, "tmpfs %s\n", m.Where)
	}
	if len(p.Boot) > 0 {
		fmt.Fprintf(&b, "starts by %s from %s\n", strings.ToUpper(string(p.Firmware)), strings.Join(p.Boot, ", "))
	}
	for _, u := range p.Untouched {
		fmt.Fprintf(&b, "stays as it is: %s\n", u)
	}
	for _, n := range p.Notes {
		fmt.Fprintf(&b, "note: %s\n", n)
	}
	return b.String()
}

func rows(b *strings.Builder, write func(*tabwriter.Writer)) {
	w := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	write(w)
	_ = w.Flush() // to memory
}

func paths(volumes []*Volume) string {
	var all []string
	for _, v := range volumes {
		all = append(all, v.Device())
	}
	return strings.Join(all, ", ")
}

func (d *DiskPlan) print(b *strings.Builder) {
	switch {
	case d.Fresh:
		fmt.Fprintf(b, "%s: ALL OF IT IS ERASED, new %s\n", d.String(), strings.ToUpper(string(d.Kind)))
	default:
		fmt.Fprintf(b, "%s: %s stays\n", d.String(), strings.ToUpper(string(d.Kind)))
	}
	rows(b, func(w *tabwriter.Writer) {
		if d.Fresh && d.Content.Type != "" {
			fmt.Fprintf(w, "  ERASED\t%s\t%s\t%s\n", d.Name, Bytes(d.Size), content(d.Content.Type, d.Content.Label))
		}
		for _, part := range d.Removed {
			fmt.Fprintf(w, "  ERASED\t%s\t%s\t%s\n", part.Name, Bytes(part.Size), content(part.Content.Type, part.Content.Label))
		}
		for _, part := range d.Kept {
			if v := d.user(part.Name); v != nil {
				what := "FORMATTED"
				if v.Keep {
					what = "used as it is"
				}
				fmt.Fprintf(w, "  %s\t%s\t%s\t%s\n", what, part.Name, Bytes(part.Size), v.use())
				continue
			}
			fmt.Fprintf(w, "  kept\t%s\t%s\t%s\n", part.Name, Bytes(part.Size), content(part.Content.Type, part.Content.Label))
		}
		for _, n := range d.New {
			fmt.Fprintf(w, "  new\t%s\t%s\t%s\n", strings.TrimPrefix(n.Path, "/dev/"), Bytes(n.Entry.Size), n.use())
		}
	})
}

func (d *DiskPlan) user(partition string) *Volume {
	for _, v := range d.Used {
		if v.Path == "/dev/"+partition {
			return v
		}
	}
	return nil
}

func content(kind, label string) string {
	if label != "" {
		return fmt.Sprintf("%s %q", kind, label)
	}
	return cmp.Or(kind, "nothing known")
}

// use is what a volume is for, in words.
func (v *Volume) use() string {
	what := v.FS
	switch {
	case v.FS == "biosboot":
		what = "BIOS boot, for GRUB"
	case v.ESP:
		what = "EFI system partition, vfat"
	case v.FS == "lvm":
		what = "physical volume"
	case v.FS == "raid":
		what = "member of a RAID"
	}
	if v.Mount != "" && v.Mount != what {
		what += " " + v.Mount
	}
	if v.Label != "" {
		what += fmt.Sprintf(" %q", v.Label)
	}
	if v.Crypt != nil {
		what += fmt.Sprintf(", encrypted by LUKS%d", v.Crypt.Version)
	}
	return what
}

func (b *Btrfs) print(w *strings.Builder) {
	what := "btrfs"
	if b.Label != "" {
		what += fmt.Sprintf(" %q", b.Label)
	}
	fmt.Fprintf(w, "%s, %s, of %s\n", what, Bytes(b.size()), paths(b.Members))
	if b.Mount != "" {
		fmt.Fprintf(w, "  %s\n", b.Mount)
	}
	for _, s := range b.Subvolumes {
		fmt.Fprintf(w, "  subvolume %s %s\n", s.Name, s.Mount)
	}
}
