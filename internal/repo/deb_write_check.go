package repo

import (
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"cdbuilder/internal/deb"
)

// Validate reports everything for which apt would refuse the archive.
func (a *Archive) Validate(entries []Entry) error {
	var faults []error
	add := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if dir := cmp.Or(a.Suite, a.Codename); !cleanPath(dir) {
		add("suite %q is not a directory below dists/", dir)
	}
	for _, s := range []string{a.Suite, a.Codename, a.Origin, a.Label, a.Version, a.Description} {
		if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' }) || s != strings.TrimSpace(s) {
			add("%q cannot stand in a Release file: it is not one line", s)
		}
	}
	if a.Date.IsZero() {
		add("it has no date")
	}
	if len(a.Architectures) == 0 {
		add("it has no architecture")
	}
	for _, arch := range a.Architectures {
		if arch == "all" || deb.CheckName(arch) != nil {
			add("%q is not an architecture to index; packages for all are listed under each", arch)
		}
	}
	if len(a.Components) == 0 {
		add("it has no component")
	}
	for _, c := range a.Components {
		if !cleanPath(c) || strings.ContainsAny(c, " \t") {
			add("component %q is not a directory below the suite", c)
		}
	}
	seen := make(map[string]string, len(entries))
	for i := range entries {
		if err := a.checkEntry(&entries[i], seen); err != nil {
			add("package file %q: %w", entries[i].Filename, err)
		}
	}
	if err := errors.Join(faults...); err != nil {
		return fmt.Errorf("archive %s: %w", cmp.Or(a.Suite, a.Codename), err)
	}
	return nil
}

// checkEntry holds an entry to what parsePackages asks of an index, and to the
// archive. seen remembers the packages by name, version and architecture.
func (a *Archive) checkEntry(e *Entry, seen map[string]string) error {
	name, version, arch := e.Control.Get("Package"), e.Control.Get("Version"), e.Control.Get("Architecture")
	id := name + "_" + version + "_" + arch
	switch {
	case deb.CheckName(name) != nil:
		return fmt.Errorf("%q is not a package name", name)
	case deb.CheckVersion(version) != nil:
		return deb.CheckVersion(version)
	case arch != "all" && !slices.Contains(a.Architectures, arch):
		return fmt.Errorf("its architecture %q is not one of the archive's: %s", arch, strings.Join(a.Architectures, ", "))
	case !slices.Contains(a.Components, e.Component):
		return fmt.Errorf("its component %q is not one of the archive's: %s", e.Component, strings.Join(a.Components, ", "))
	case !cleanPath(e.Filename):
		return errors.New("is not a path below the archive")
	case e.Size <= 0:
		return fmt.Errorf("%d bytes is not its size", e.Size)
	case seen[id] != "":
		return fmt.Errorf("is %s, and so is %s", id, seen[id])
	}
	seen[id] = e.Filename
	for _, d := range []struct {
		name, value string
		size        int
	}{{"SHA256", e.SHA256, 32}, {"SHA512", e.SHA512, 64}, {"MD5", e.MD5, 16}} {
		if d.value == "" && d.name != "SHA256" {
			continue
		}
		b, err := hex.DecodeString(d.value)
		if err != nil || len(b) != d.size {
			return fmt.Errorf("%s %q is not a digest of %d bytes", d.name, d.value, d.size)
		}
	}
	return nil
}
