package install

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"cdbuilder/comps"
	"cdbuilder/internal/pkgset"
	"cdbuilder/internal/solve/debian"
	"cdbuilder/kickstart"
)

// chosen is a package that will be installed.
type chosen struct {
	*pkgset.Package
	auto bool // for another one's sake
}

// packagesHeader is what the headers of %packages say.
type packagesHeader struct {
	ignoreMissing, excludeDocs, noWeak bool
	languages                          []string // nil: all
	seen                               bool
}

func (in *installation) header() (h packagesHeader) {
	for _, s := range in.recipe.Sections {
		if s.Name != "packages" {
			continue
		}
		h.seen = true
		for _, o := range s.Options {
			switch strings.ToLower(o.Name) {
			case "ignoremissing":
				h.ignoreMissing = true
			case "excludedocs":
				h.excludeDocs = true
			case "exclude-weakdeps", "excludeweakdeps":
				h.noWeak = true
			case "inst-langs", "instlangs":
				h.languages = languages(o.Value)
			case "multilib", "ignorebroken", "timeout", "retries":
				in.Say("warning: %s:%d: %%packages --%s has no effect: packages come from this medium", s.File.Name, s.Number, o.Name)
			}
		}
	}
	return h
}

// languages reads "en:de"; of an empty list English is left.
func languages(value string) []string {
	list := []string{}
	for _, l := range strings.FieldsFunc(value, func(c rune) bool { return c == ':' || c == ',' }) {
		if l != "none" {
			list = append(list, strings.TrimSpace(l))
		}
	}
	return list
}

// choose resolves %packages, with what the disks and the boot loader need, from
// what is on the medium, and sees that it is there and that there is room.
func (in *installation) choose(ctx context.Context) error {
	set, err := in.archive(ctx)
	if err != nil {
		return err
	}
	h := in.header()
	ask, waiting, err := in.wishes(h, set)
	if err != nil {
		return err
	}
	solution, err := resolve(ctx, debian.NewIndex(set, in.Medium.Arch), ask, waiting)
	if err != nil {
		return fmt.Errorf("the packages of this medium do not make what the kickstart asks for:\n%w", err)
	}
	for _, d := range solution.Dropped {
		fmt.Fprintf(in.Log, "left out: %v\n", d)
	}
	in.take(solution, ask.Wants)
	if err := in.onMedium(); err != nil {
		return err
	}
	return in.room()
}

// wishes is what is asked for, and what joins when another package is there.
func (in *installation) wishes(h packagesHeader, set *pkgset.Set) (debian.Request, []comps.Chosen, error) {
	req := debian.Request{
		Arch: in.Medium.Arch, Recommends: in.Medium.Recommends && !h.noWeak,
		Essential: true, Priorities: []string{"required"}, PickProvider: true,
	}
	requests := in.tree.Requests()
	if !h.seen {
		requests = []kickstart.Request{{Name: "core", Group: true, Implied: true, From: in.Kickstart.Name}}
	}
	groups, err := in.groups()
	if err != nil {
		return req, nil, err
	}
	if h.ignoreMissing {
		requests = slices.DeleteFunc(requests, func(r kickstart.Request) bool {
			missing := r.Group && groups.Group(r.Name) == nil || r.Environment && groups.Environment(r.Name) == nil
			if missing && !r.Exclude {
				in.Say("warning: %s: %s is not on this medium and left out", r.From, r)
			}
			return missing
		})
	}
	selection, err := groups.Select(requests, in.Medium.Arch)
	if err != nil {
		return req, nil, err
	}
	for _, c := range selection.Packages {
		req.Wants = append(req.Wants, debian.Want{Name: c.Name, By: c.Why, Optional: h.ignoreMissing && !known(set, c.Name)})
	}
	for _, name := range in.layout.Packages() {
		req.Wants = append(req.Wants, debian.Want{Name: name, By: "the disks and the boot loader"})
	}
	req.Exclude = selection.Excluded
	return req, selection.Conditional, nil
}

func known(set *pkgset.Set, name string) bool {
	return len(set.Named(name)) > 0 || len(set.Providers(name)) > 0
}

// resolve answers the request. A conditional member of a group joins when the
// package that it waits for is there, which may bring the next one's in.
func resolve(ctx context.Context, index *debian.Index, req debian.Request, waiting []comps.Chosen) (*debian.Solution, error) {
	for {
		solution, err := index.Solve(ctx, req)
		if err != nil {
			return nil, err
		}
		n := len(req.Wants)
		waiting = slices.DeleteFunc(waiting, func(c comps.Chosen) bool {
			there := slices.ContainsFunc(solution.Packages, func(p *debian.Chosen) bool { return p.Name == c.Requires })
			if there {
				req.Wants = append(req.Wants, debian.Want{Name: c.Name, By: c.Why})
			}
			return there
		})
		if len(req.Wants) == n {
			return solution, nil
		}
	}
}

// take keeps the solution. What nobody asked for by its name is marked for apt
// as there for others' sake, but not the base of every system.
func (in *installation) take(s *debian.Solution, wants []debian.Want) {
	asked := make(map[string]bool)
	for _, w := range wants {
		asked[w.Name] = true
	}
	in.set = nil
	for _, p := range s.Packages {
		in.set = append(in.set, chosen{p.Package, p.By != nil && !asked[p.Name] && !p.Essential && p.Priority != "required" && p.Priority != "important"})
	}
}

// onMedium sees that every package's file is there, as long as it should be.
func (in *installation) onMedium() error {
	var faults []error
	for _, p := range in.set {
		info, err := os.Stat(in.packageFile(p.Package))
		switch {
		case err != nil:
			faults = append(faults, fmt.Errorf("%s is not on the medium: %w", p.ID(), err))
		case info.Size() != p.Size:
			faults = append(faults, fmt.Errorf("%s on the medium is damaged: %s has %d bytes instead of %d", p.ID(), p.Path, info.Size(), p.Size))
		}
	}
	return errors.Join(faults...)
}

func (in *installation) packageFile(p *pkgset.Package) string {
	return filepath.Join(in.path(in.Medium.Dir), filepath.FromSlash(p.Path))
}

// Room that a system needs beside its packages: what dpkg keeps of them, the
// initramfs, logs; bytes. File systems hold some back too.
const spare = 200 << 20

// room sees that the packages fit onto the disks as planned.
func (in *installation) room() error {
	need := int64(spare)
	for _, p := range in.set {
		need += p.Installed
	}
	have := in.layout.Capacity("/")
	for _, dir := range []string{"/usr", "/var", "/boot", "/opt"} {
		if c := in.layout.Capacity(dir); c != in.layout.Capacity("/") {
			have += c
		}
	}
	if have < need {
		return fmt.Errorf("the file systems are too small: %d packages need %d MiB, with what a system needs beside them, and there are %d MiB: %d MiB are missing",
			len(in.set), need>>20, have>>20, (need-have)>>20+1)
	}
	return nil
}
