// Package modindex is what stage2 knows of the kernel modules in its
// initramfs: which file each one is, which others go into the kernel before
// and after it, and which device or on-demand names ("modaliases") call for
// it: in one file, with soft wishes resolved, what depmod(8) would spread over
// modules.dep, modules.softdep, modules.alias and modules.builtin.
//
// The form is text, sorted, one statement a line:
//
//	modules 1 6.12.41-amd64
//	builtin ext2
//	module ahci kernel/drivers/ata/ahci.ko scsi_mod libata libahci
//	after xhci_pci xhci_pci_renesas
//	alias pci:v*d*sv*sd*bc01sc06i01* ahci
//
// A module statement names, in load order, everything that must be in the
// kernel first, softly wished modules included.
package modindex

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
)

// File is the index's path below the modules' directory, which is
// /usr/lib/modules/<release>.
const File = "modules.index"

// Index is the whole of it.
type Index struct {
	Release string   // of the kernel, as uname -r has it
	Builtin []string // names of modules that this kernel has built in
	Modules []Module
	Aliases []Alias
}

// Module is one loadable file.
type Module struct {
	Name   string   // with underscores: usb_storage
	Path   string   // below the modules' directory: kernel/drivers/usb/storage/usb-storage.ko
	Before []string // goes in first, in this order
	After  []string // is wanted as soon as this one is in
}

// Alias says that a device or a request of the kernel calls for a module.
type Alias struct {
	Pattern string // as fnmatch(3) reads it: usb:v*p*d*dc*dsc*dp*ic08isc06ip50in*
	Module  string
}

// Name makes a module's name of its file's name: usb-storage.ko.xz is
// usb_storage.
func Name(file string) string {
	base, _, _ := strings.Cut(path.Base(file), ".ko")
	return strings.ReplaceAll(base, "-", "_")
}

// Sort brings the index into the order in which WriteTo expects it.
func (x *Index) Sort() {
	slices.Sort(x.Builtin)
	x.Builtin = slices.Compact(x.Builtin)
	slices.SortFunc(x.Modules, func(a, b Module) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(x.Aliases, func(a, b Alias) int {
		if c := strings.Compare(a.Pattern, b.Pattern); c != 0 {
			return c
		}
		return strings.Compare(a.Module, b.Module)
	})
	x.Aliases = slices.Compact(x.Aliases)
}

// Write writes the index as text.
func (x *Index) Write(w io.Writer) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "modules 1 %s\n", x.Release)
	for _, name := range x.Builtin {
		fmt.Fprintf(b, "builtin %s\n", name)
	}
	for _, m := range x.Modules {
		fmt.Fprintln(b, strings.Join(append([]string{"module", m.Name, m.Path}, m.Before...), " "))
		if len(m.After) > 0 {
			fmt.Fprintln(b, strings.Join(append([]string{"after", m.Name}, m.After...), " "))
		}
	}
	for _, a := range x.Aliases {
		fmt.Fprintf(b, "alias %s %s\n", a.Pattern, a.Module)
	}
	return b.Flush() // bufio keeps the first error
}

// Read reads what Write wrote.
func Read(r io.Reader) (*Index, error) {
	x := &Index{}
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		words := strings.Fields(lines.Text())
		if n == 1 {
			if len(words) != 3 || words[0] != "modules" || words[1] != "1" {
				return nil, errors.New("not a module index of version 1")
			}
			x.Release = words[2]
			continue
		}
		if err := x.statement(words); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}
	if x.Release == "" {
		return nil, errors.New("the module index is empty")
	}
	return x, nil
}

func (x *Index) statement(words []string) error {
	switch {
	case len(words) == 2 && words[0] == "builtin":
		x.Builtin = append(x.Builtin, words[1])
	case len(words) >= 3 && words[0] == "module":
		x.Modules = append(x.Modules, Module{Name: words[1], Path: words[2], Before: words[3:]})
	case len(words) >= 3 && words[0] == "after" && len(x.Modules) > 0 && x.Modules[len(x.Modules)-1].Name == words[1]:
		x.Modules[len(x.Modules)-1].After = words[2:]
	case len(words) == 3 && words[0] == "alias":
		x.Aliases = append(x.Aliases, Alias{Pattern: words[1], Module: words[2]})
	default:
		return fmt.Errorf("unknown statement %q", strings.Join(words, " "))
	}
	return nil
}

// Module finds a module by its name.
func (x *Index) Module(name string) (*Module, bool) {
	i, ok := slices.BinarySearchFunc(x.Modules, name, func(m Module, name string) int { return strings.Compare(m.Name, name) })
	if !ok {
		return nil, false
	}
	return &x.Modules[i], true
}

// IsBuiltin reports whether the kernel has the named module built in.
func (x *Index) IsBuiltin(name string) bool {
	_, ok := slices.BinarySearch(x.Builtin, name)
	return ok
}

// Match lists the modules that a modalias calls for, in the index's order.
func (x *Index) Match(modalias string) []string {
	// Every pattern starts with its bus in plain letters (pci:v…, acpi*:PNP…,
	// block-major-8-*); the aliases are sorted, so one bus is one stretch.
	bus := modalias
	if i := strings.IndexAny(modalias, ":-"); i >= 0 {
		bus = modalias[:i]
	}
	from, _ := slices.BinarySearchFunc(x.Aliases, bus, func(a Alias, bus string) int { return strings.Compare(a.Pattern, bus) })
	var names []string
	for _, a := range x.Aliases[from:] {
		if !strings.HasPrefix(a.Pattern, bus) {
			break
		}
		if Glob(a.Pattern, modalias) && !slices.Contains(names, a.Module) {
			names = append(names, a.Module)
		}
	}
	return names
}
