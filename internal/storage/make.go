package storage

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"

	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
)

// Options are what a plan takes from the product and not from the kickstart.
type Options struct {
	// FS is the file system of what names none: ext4, xfs. Empty: ext4.
	FS string
	// Random gives the bytes of all UUIDs: crypto/rand.Reader.
	Random io.Reader
}

// Make plans what a kickstart makes of a machine's disks. The recipe is one
// that language.Read found no errors in. The error joins all faults, each a
// *kickstart.Fault with its line; there is no plan then.
func Make(r *language.Recipe, m Machine, o Options) (*Plan, error) {
	p := &planner{recipe: r, machine: m, options: o, plan: &Plan{Firmware: m.Firmware}, said: make(map[kickstart.Fault]bool)}
	p.options.FS = cmp.Or(o.FS, "ext4")
	if m.Firmware != BIOS && m.Firmware != UEFI {
		return nil, fmt.Errorf("firmware %q: a plan is for %s or %s", m.Firmware, BIOS, UEFI)
	}
	p.chooseDisks()
	p.clear()
	p.bootOrder()
	p.read()
	p.bootWhereSaid()
	p.kinds()
	p.automatic()
	p.place()
	p.resolve()
	p.finish()
	if err := p.err(); err != nil {
		return nil, err
	}
	p.require()
	if err := p.err(); err != nil {
		return nil, err
	}
	if err := p.identify(); err != nil {
		return nil, err
	}
	if err := p.plan.Check(); err != nil {
		return nil, fmt.Errorf("the plan contradicts itself, which is a fault of the planner: %w", err)
	}
	return p.plan, nil
}

type planner struct {
	recipe  *language.Recipe
	machine Machine
	options Options
	plan    *Plan
	faults  []*kickstart.Fault
	said    map[kickstart.Fault]bool

	grounds []*ground
	wants   []*want // new partitions
	arrays  []*arrayWant
	groups  []*groupWant
	btrfs   []*btrfsWant
	boots   []*ground // in the order in which a boot loader would take them
	auto    *language.Statement
	reqpart *language.Statement
	byName  map[string]*Volume // pv.01, raid.01, btrfs.01

	diskless bool // no disk can be used, and that was said
}

// fault says what is wrong with a statement; without one, with the whole.
func (p *planner) fault(s *language.Statement, format string, args ...any) {
	f := kickstart.Fault{Text: fmt.Sprintf(format, args...)}
	if s != nil {
		f.File, f.Line = s.File.Name, s.Line()
	} else if len(p.recipe.Statements) > 0 {
		f.File, f.Line = p.recipe.Statements[0].File.Name, 1
	}
	if p.said[f] {
		return
	}
	p.said[f] = true
	p.faults = append(p.faults, &f)
}

func (p *planner) note(format string, args ...any) {
	p.plan.Notes = append(p.plan.Notes, fmt.Sprintf(format, args...))
}

func (p *planner) err() error {
	slices.SortStableFunc(p.faults, func(a, b *kickstart.Fault) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
	})
	errs := make([]error, len(p.faults))
	for i, f := range p.faults {
		errs[i] = f
	}
	return errors.Join(errs...)
}

// identify gives everything that is new its UUID, in the order of the plan.
func (p *planner) identify() error {
	next := func(to *string) error {
		if *to != "" {
			return nil
		}
		b := make([]byte, 16)
		if _, err := io.ReadFull(p.options.Random, b); err != nil {
			return fmt.Errorf("make a UUID: %w", err)
		}
		b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80 // RFC 9562, version 4
		*to = fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
		return nil
	}
	var errs []error
	for _, d := range p.plan.Disks {
		errs = append(errs, next(&d.ID))
		if d.Kind != "gpt" && len(d.ID) > 8 {
			d.ID = d.ID[:8]
		}
		for _, n := range d.New {
			if d.Kind == "gpt" {
				errs = append(errs, next(&n.GUID))
			}
		}
	}
	for _, a := range p.plan.Arrays {
		errs = append(errs, next(&a.UUID))
		a.UUID = mdUUID(a.UUID)
	}
	for _, b := range p.plan.Btrfs {
		errs = append(errs, next(&b.UUID))
		for _, m := range b.Members {
			m.UUID, m.Label = b.UUID, b.Label
		}
	}
	for _, v := range p.plan.Volumes() {
		if v.Crypt != nil {
			errs = append(errs, next(&v.Crypt.UUID))
		}
		if v.Mount == "" && !formats(v.FS) {
			continue
		}
		errs = append(errs, next(&v.UUID))
		if v.FS == "vfat" && len(v.UUID) == 36 {
			v.UUID = fatSerial(v.UUID)
		}
	}
	return errors.Join(errs...)
}
