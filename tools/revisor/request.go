package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path"
	"path/filepath"

	"cdbuilder/comps"
	"cdbuilder/internal/product"
	"cdbuilder/internal/solve/debian"
	"cdbuilder/isotree"
	"cdbuilder/kickstart"
)

// request is what shall be on the medium: for every kickstart a set that can
// be installed, and what the product adds to all of them.
type request struct {
	Arch       string
	Recommends bool
	Kickstarts []ask
	Extra      []debian.Want // the product's own
	Boot       []string      // packages that only lend files
	Kernel     string
	Tools      []string `json:",omitempty"` // packages that lend the installer its programs
	Sources    []source
}

// ask is one kickstart's part of it.
type ask struct {
	From        string
	Asked       []string // its %packages lines
	Wants       []debian.Want
	Conditional []comps.Chosen
	Exclude     []string
	// places are the lines in which packages are asked for by name. They stand
	// in messages, and not in the digest.
	places map[string]string
}

// source is what of a repository decides what it offers.
type source struct {
	ID, Mirror, Archive string
	Suites, Components  []string
	Pin                 int
}

// request reads what the kickstarts on the medium and the product ask for.
func (r *revisor) request() (*request, error) {
	groups, err := r.comps()
	if err != nil {
		return nil, err
	}
	asks, err := r.asks(groups)
	if err != nil {
		return nil, err
	}
	req := &request{
		Arch:       r.p.Target.Arch,
		Recommends: r.p.Packages.Recommends,
		Kickstarts: asks,
		Boot:       append(append([]string{}, r.p.Boot.Packages...), r.p.Installer.Shell),
		Kernel:     r.p.Installer.Kernel,
		Tools:      r.p.Installer.Packages,
	}
	for _, name := range r.p.Packages.Extra {
		req.Extra = append(req.Extra, debian.Want{Name: name, By: product.FileName})
	}
	for _, s := range r.p.Repository {
		req.Sources = append(req.Sources, source{s.ID, s.Mirror, s.Archive, s.Suites, s.Components, s.Pin})
	}
	return req, nil
}

// digest tells requests apart: a lock answers the one it was made for.
func (q *request) digest() (string, error) {
	text, err := json.Marshal(q)
	if err != nil {
		return "", fmt.Errorf("digest of the request: %w", err)
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:]), nil
}

// asked lists what is asked for as the kickstarts and the product write it.
func (q *request) asked() []string {
	var out []string
	for _, a := range q.Kickstarts {
		for _, line := range a.Asked {
			out = append(out, a.From+": "+line)
		}
	}
	for _, w := range q.Extra {
		out = append(out, product.FileName+": "+w.Name)
	}
	return out
}

// comps reads the product's comps.xml; a product without groups needs none.
func (r *revisor) comps() (*comps.Comps, error) {
	c, err := comps.ReadFile(r.compsPath())
	if err != nil {
		return nil, err
	}
	for _, w := range c.Warnings {
		r.Warn("%v", w)
	}
	return c, nil
}

func (r *revisor) compsPath() string { return filepath.Join(r.ProductDir, "comps", "comps.xml") }

// asks reads every rendered kickstart and reports the faults of all.
func (r *revisor) asks(groups *comps.Comps) ([]ask, error) {
	syntax, err := kickstart.ParseSyntax(r.p.Target.Kickstart)
	if err != nil {
		return nil, fmt.Errorf("%s: target.kickstart: %w", r.p.Path, err)
	}
	tree, err := isotree.Open(r.BuildDir)
	if err != nil {
		return nil, err
	}
	defer tree.Close()
	files, err := tree.Step("kick")
	if err != nil {
		return nil, err
	}
	var out []ask
	var faults []error
	for _, f := range files {
		text, err := readAll(tree, f.Path)
		if err != nil {
			return nil, err
		}
		name := path.Base(f.Path)
		file, err := kickstart.Parse("kickstart/"+name, text, syntax)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		requests := kickstart.Requests(file)
		chosen, err := groups.Select(requests, r.p.Target.Arch)
		if err != nil {
			faults = append(faults, err)
			continue
		}
		for _, w := range chosen.Warnings {
			r.Warn("%v", w)
		}
		out = append(out, newAsk(name, requests, chosen, r.p.Packages.Exclude))
	}
	return out, errors.Join(faults...)
}

func newAsk(from string, requests []kickstart.Request, chosen *comps.Selection, exclude []string) ask {
	a := ask{From: from, Conditional: chosen.Conditional, places: make(map[string]string)}
	for _, q := range requests {
		a.Asked = append(a.Asked, q.String())
	}
	for _, c := range chosen.Packages {
		a.Wants = append(a.Wants, debian.Want{Name: c.Name, By: reason(from, c)})
		if c.Why != "" && c.Why[0] != '@' {
			a.places[c.Name] = c.Why
		}
	}
	a.Exclude = append(append(a.Exclude, chosen.Excluded...), exclude...)
	return a
}

// reason is who wants a package, without a line number: those of a lock must
// not change because a comment was added to a kickstart.
func reason(from string, c comps.Chosen) string {
	if len(c.Why) > 0 && c.Why[0] == '@' {
		return c.Why
	}
	return from
}

func readAll(tree *isotree.Tree, name string) ([]byte, error) {
	f, err := tree.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}
