package install

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"cdbuilder/internal/rootfs"
	"cdbuilder/internal/storage"
	"cdbuilder/internal/target"
	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
)

// realTarget is a system as package target plans it.
type realTarget struct {
	*target.Config
	warnings []string
}

func (r *realHands) target(recipe *language.Recipe, d Disks, packages []string, ks []byte) (Target, error) {
	disks, ok := d.(realDisks)
	if !ok {
		return nil, fmt.Errorf("the disks are planned by %T", d)
	}
	random, err := os.Open("/dev/urandom")
	if err != nil {
		return nil, err
	}
	defer random.Close()
	facts := disks.facts()
	facts.Product, facts.Medium, facts.Cmdline = r.Product, r.Info, r.Cmdline
	facts.Packages, facts.Kickstart, facts.Random = packages, ks, bufio.NewReader(random)
	if slices.Contains(packages, "debian-archive-keyring") {
		facts.Sources = target.DebianSources(r.Suite, "main")
	}
	config, found := target.Plan(recipe, facts)
	t := &realTarget{Config: config}
	var faults []error
	for i := range found {
		switch found[i].Level {
		case kickstart.Error:
			faults = append(faults, errors.New(place(&found[i])))
		case kickstart.Note:
			fmt.Fprintf(r.Log, "note: %s\n", place(&found[i]))
		default:
			t.warnings = append(t.warnings, place(&found[i]))
		}
	}
	return t, errors.Join(faults...)
}

// place writes a finding as the installer says things: with its line, without
// its rule.
func place(f *kickstart.Finding) string {
	if f.File == "" {
		return f.Text
	}
	return fmt.Sprintf("%s:%d: %s", f.File, f.Line, f.Text)
}

// facts are what the configuration is to know of the disks.
func (d realDisks) facts() target.Facts {
	f := target.Facts{UEFI: d.Firmware == storage.UEFI, Fstab: d.Fstab(), Crypttab: d.Crypttab(), Mdadm: d.MdadmConf()}
	for _, name := range d.Boot {
		f.Boot = append(f.Boot, "/dev/"+strings.TrimPrefix(name, "/dev/"))
	}
	if v := d.Holding("/boot"); v != nil {
		f.BootPartition = v.Path
	}
	for _, disk := range d.Disks {
		for _, n := range disk.New {
			if d.esp(n.Volume) {
				f.ESP = append(f.ESP, target.ESP{Disk: disk.Path(), Number: n.Number})
			}
		}
		for _, part := range disk.Kept {
			if slices.ContainsFunc(disk.Used, func(v *storage.Volume) bool { return v.Path == "/dev/"+part.Name && d.esp(v) }) {
				f.ESP = append(f.ESP, target.ESP{Disk: disk.Path(), Number: part.Number})
			}
		}
	}
	return f
}

// esp reports whether the firmware reads the volume: an ESP, or a member of an
// array that is one.
func (d realDisks) esp(v *storage.Volume) bool {
	return v.ESP || slices.ContainsFunc(d.Arrays, func(a *storage.Array) bool { return a.ESP && slices.Contains(a.Members, v) })
}

// Warnings implements Target.
func (t *realTarget) Warnings() []string { return t.warnings }

// Configure implements Target. Programs may sync: grub-install reads back from
// the disk what it wrote.
func (t *realTarget) Configure(ctx context.Context, root string, log io.Writer, step func(n, of int, does string), warn func(text string)) error {
	return target.Apply(ctx, t.Config, target.Options{
		Root: root, Runner: rootfs.Chroot{Root: root, Sync: true}, Log: log,
		Progress: func(e target.Event) {
			if e.Warning != "" {
				warn(e.Warning)
				return
			}
			step(e.Done+1, e.Total, e.Step)
		},
	})
}
