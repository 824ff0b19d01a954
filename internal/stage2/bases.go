package stage2

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"cdbuilder/comps"
	"cdbuilder/internal/wizard"
	"cdbuilder/kickstart"
	"cdbuilder/kickstart/oemdrv"
)

// bases are the kickstarts of the medium, as the boot menu has them. One that
// cannot be used is said and left out. Without any there is one of our own.
func (in *installer) bases(id identity) []wizard.Basis {
	medium := os.DirFS(in.path(RepoDir))
	groups, err := comps.ReadFile(filepath.Join(in.path(RepoDir), "comps", "comps.xml"))
	if err != nil {
		fmt.Fprintf(in.log, "%v\n", err) // an installation says so
		groups = &comps.Comps{}
	}
	var bases []wizard.Basis
	for _, e := range in.entries(medium, id) {
		b, err := in.basis(e, id, groups)
		if err != nil {
			in.say("ks/%s is not offered: %v", e.File, err)
			continue
		}
		b.SudoOffered = b.SudoOffered && offers(medium, "sudo")
		bases = append(bases, b)
	}
	if len(bases) == 0 {
		name := ""
		if groups.Group("core") != nil {
			name = "core"
		}
		own := wizard.Own(name)
		own.Syntax, own.SudoOffered = id.syntax(), offers(medium, "sudo")
		bases = []wizard.Basis{own}
	}
	return bases
}

// entries are the kickstarts in the order and with the titles of the boot menu.
func (in *installer) entries(medium fs.FS, id identity) []kickstart.Entry {
	files, _ := fs.Glob(medium, "ks/*.ks")
	var all []kickstart.Entry
	for _, name := range files {
		text, err := fs.ReadFile(medium, name)
		if err != nil {
			in.say("%s is not offered: %v", name, err)
			continue
		}
		e, err := kickstart.ReadEntry(name, text)
		if err != nil {
			fmt.Fprintf(in.log, "%v\n", err) // only its title may be missing
		}
		all = append(all, e)
	}
	menu, err := kickstart.Menu(all, id.Install, id.Name)
	if err != nil { // such as two of one title; the medium was made by somebody else
		fmt.Fprintf(in.log, "%v\n", err)
	}
	for i := range menu {
		menu[i].Title = printable(strings.TrimPrefix(menu[i].Title, "Install "))
	}
	return menu
}

// basis reads a kickstart, with what it includes put in.
func (in *installer) basis(e kickstart.Entry, id identity, groups *comps.Comps) (wizard.Basis, error) {
	source, err := readSource(in.path(RepoDir), RepoDir, path.Join("ks", e.File))
	if err != nil {
		return wizard.Basis{}, err
	}
	syntax, err := kickstart.OwnSyntax(source.Name, source.Text, id.syntax())
	if err != nil {
		return wizard.Basis{}, firstFault(err)
	}
	tree, err := kickstart.ReadTree(source.Name, source.Text, syntax, source.Open, kickstart.Limits{})
	if err != nil {
		return wizard.Basis{}, firstFault(err)
	}
	text, err := oemdrv.Inline(tree)
	if err != nil {
		return wizard.Basis{}, firstFault(err)
	}
	b := wizard.Basis{Title: cmp.Or(e.Title, e.File), Name: path.Join("ks", e.File), Text: text, Syntax: syntax}
	if err := b.Check(); err != nil {
		return wizard.Basis{}, firstFault(err)
	}
	requests := tree.Requests()
	selection, err := groups.Select(requests, id.Arch)
	if err != nil {
		return wizard.Basis{}, firstFault(err)
	}
	isSudo := func(c comps.Chosen) bool { return c.Name == "sudo" }
	b.Sudo = slices.ContainsFunc(selection.Packages, isSudo)
	b.SudoOffered = !slices.Contains(selection.Excluded, "sudo")
	return b, nil
}

// firstFault is the first of several faults: enough to leave a file out.
func firstFault(err error) error {
	text, _, more := strings.Cut(err.Error(), "\n")
	if more {
		text += ", and more"
	}
	return errors.New(printable(text))
}

// offers reports whether the medium has a package.
func offers(medium fs.FS, name string) bool {
	found, err := fs.Glob(medium, path.Join("pool", "*", name[:1], name, name+"_*.deb"))
	return err == nil && len(found) > 0
}
