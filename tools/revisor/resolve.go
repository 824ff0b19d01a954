package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"cdbuilder/comps"
	"cdbuilder/internal/deb"
	"cdbuilder/internal/pkgset"
	"cdbuilder/internal/solve/debian"
)

// resolve finds the packages of every kickstart, and makes one lock of them.
func (r *revisor) resolve(ctx context.Context, req *request, set *pkgset.Set) (*pkgset.Lock, error) {
	digest, err := req.digest()
	if err != nil {
		return nil, err
	}
	b := lockBuilder{
		lock: &pkgset.Lock{Format: pkgset.LockFormat, Request: digest, Asked: req.asked(), Arch: req.Arch},
		at:   make(map[string]int),
	}
	index := debian.NewIndex(set, req.Arch)
	asks := req.Kickstarts
	if len(asks) == 0 {
		asks = []ask{{From: "version.toml"}}
	}
	var refused refusals
	for _, a := range asks {
		solution, err := r.solve(ctx, index, req, a)
		if err != nil {
			refused.add(a.From, err)
			continue
		}
		for _, c := range solution.Packages {
			if c.Instead != nil {
				r.Warn("%s: %s %s instead of %s, which cannot be installed together with the rest", a.From, c.Name, c.Version, c.Instead.Version)
			}
		}
		for _, d := range solution.Dropped {
			r.Say("%s: left out: %s", a.From, d)
		}
		b.add(solution)
	}
	if err := errors.Join(refused.err(), r.addBoot(ctx, &b, index, req, set), r.addTools(ctx, &b, index, req, set)); err != nil {
		return nil, err
	}
	b.lock.Sort()
	return b.lock, nil
}

// solve answers one kickstart. A conditional member of a group joins when the
// package it waits for is there, which may bring the next one's in.
func (r *revisor) solve(ctx context.Context, index *debian.Index, req *request, a ask) (*debian.Solution, error) {
	ground := debian.Request{
		Arch: req.Arch, Exclude: a.Exclude, Recommends: req.Recommends,
		Essential: true, Priorities: []string{"required"}, PickProvider: true,
	}
	wants := append(slices.Clone(a.Wants), req.Extra...)
	waiting := slices.Clone(a.Conditional)
	for {
		ground.Wants = wants
		solution, err := index.Solve(ctx, ground)
		if err != nil {
			// A refusal names lines. A lock doesn't: it must not change with a remark.
			ground.Wants = a.placed(wants)
			_, err := index.Solve(ctx, ground)
			return nil, err
		}
		there := make(map[string]bool)
		for _, c := range solution.Packages {
			there[c.Name] = true
		}
		n := len(wants)
		waiting = slices.DeleteFunc(waiting, func(c comps.Chosen) bool {
			if there[c.Requires] {
				wants = append(wants, debian.Want{Name: c.Name, By: reason(a.From, c)})
			}
			return there[c.Requires]
		})
		if len(wants) == n {
			return solution, nil
		}
	}
}

// placed gives the wishes with the lines in which they stand.
func (a *ask) placed(wants []debian.Want) []debian.Want {
	wants = slices.Clone(wants)
	for i, w := range wants {
		if place := a.places[w.Name]; place != "" && w.By == a.From {
			wants[i].By = place
		}
	}
	return wants
}

// lockBuilder joins solutions into one lock.
type lockBuilder struct {
	lock *pkgset.Lock
	at   map[string]int // by package identity
}

func (b *lockBuilder) add(s *debian.Solution) {
	for _, c := range s.Packages {
		i, known := b.at[c.ID()]
		if !known {
			i = len(b.lock.Package)
			b.at[c.ID()] = i
			b.lock.Package = append(b.lock.Package, locked(c.Package, "medium", c.Why))
		}
		p := &b.lock.Package[i]
		p.Needs = merge(p.Needs, c.Needs)
		p.Wants = merge(p.Wants, c.Wants)
	}
}

// lend adds a package that only lends files to the boot loader or to stage2.
func (b *lockBuilder) lend(p *pkgset.Package, why string) {
	if _, known := b.at[p.ID()]; known {
		return
	}
	b.at[p.ID()] = len(b.lock.Package)
	b.lock.Package = append(b.lock.Package, locked(p, "boot", why))
}

func merge(names []string, pkgs []*pkgset.Package) []string {
	for _, p := range pkgs {
		names = append(names, p.Name)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

func locked(p *pkgset.Package, role, why string) pkgset.Locked {
	return pkgset.Locked{
		Name: p.Name, Version: p.Version, Arch: p.Arch, Size: p.Size, SHA256: p.SHA256, Path: p.Path,
		Repository: p.Repo, Suite: p.Suite, Component: p.Component,
		Source: p.Source, Section: p.Section, Priority: p.Priority, Role: role, Why: why,
	}
}

// addBoot locks what only lends files: boot loaders, stage2's shell, and the
// kernel where no kickstart installs it.
func (r *revisor) addBoot(ctx context.Context, b *lockBuilder, index *debian.Index, req *request, set *pkgset.Set) error {
	var faults []error
	for _, name := range req.Boot {
		p := newest(set, name, req.Arch)
		if p == nil {
			faults = append(faults, fmt.Errorf("%s: no repository has the package %q, which boot.packages or installer.shell names%s", r.p.Path, name, nearNames(set, name)))
			continue
		}
		b.lend(p, "lends files to the medium's boot")
	}
	if b.lock.Named(req.Kernel) == nil {
		s, err := index.Solve(ctx, debian.Request{Arch: req.Arch, Wants: []debian.Want{{Name: req.Kernel}}, PickProvider: true})
		if err != nil {
			return errors.Join(append(faults, fmt.Errorf("%s: installer.kernel: %w", r.p.Path, err))...)
		}
		for _, c := range s.Packages {
			if c.Name == req.Kernel || strings.HasPrefix(c.Name, "linux-image-") {
				b.lend(c.Package, "kernel of the medium")
				i := b.at[c.ID()]
				b.lock.Package[i].Needs = merge(b.lock.Package[i].Needs, c.Needs)
			}
		}
	}
	return errors.Join(faults...)
}

// addTools locks the packages whose programs the installer starts, and all that
// these depend on: which of them has a library tell the files alone.
func (r *revisor) addTools(ctx context.Context, b *lockBuilder, index *debian.Index, req *request, set *pkgset.Set) error {
	var faults []error
	var wants []debian.Want
	for _, name := range req.Tools {
		if newest(set, name, req.Arch) == nil {
			faults = append(faults, fmt.Errorf("%s: no repository has the package %q, which installer.packages names%s", r.p.Path, name, nearNames(set, name)))
		}
		wants = append(wants, debian.Want{Name: name, By: "installer.packages"})
	}
	if len(wants) == 0 || len(faults) > 0 {
		return errors.Join(faults...)
	}
	s, err := index.Solve(ctx, debian.Request{Arch: req.Arch, Wants: wants, PickProvider: true})
	if err != nil {
		return fmt.Errorf("%s: installer.packages: %w", r.p.Path, err)
	}
	for _, c := range s.Packages {
		b.lend(c.Package, "lends programs or libraries to the installer")
		p := &b.lock.Package[b.at[c.ID()]]
		p.Needs = merge(p.Needs, c.Needs)
	}
	return nil
}

// newest is the best version of a package for an architecture: the highest
// pin, then the highest version.
func newest(set *pkgset.Set, name, arch string) *pkgset.Package {
	var best *pkgset.Package
	for _, p := range set.Named(name) {
		if p.Arch != arch && p.Arch != "all" {
			continue
		}
		if best == nil || p.Pin > best.Pin || p.Pin == best.Pin && deb.Compare(p.Version, best.Version) > 0 {
			best = p
		}
	}
	return best
}
