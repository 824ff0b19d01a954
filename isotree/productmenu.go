package isotree

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"cdbuilder/internal/product"
	"cdbuilder/kickstart"
)

// KickstartDir is where the kickstarts lie on the medium.
const KickstartDir = "ks"

// maxRows is how many entries both menus show at once.
const maxRows = 8

// Install is one thing that a medium installs.
type Install struct {
	Title     string
	Kickstart string // path on the medium; empty: the installer asks
}

// ProductMenu is the boot menu that a product's version.toml and the heads of
// its kickstarts describe. An error names all faults.
func ProductMenu(p *product.File, kickstarts []kickstart.Entry) (Menu, error) {
	m := Menu{
		Title: fmt.Sprintf("%s %s %02d", p.Product.Name, p.Release.Stage, p.Release.Number),
		Label: p.VolumeLabel(), Kernel: KernelPath, Initrd: InitrdPath,
		Default: p.Boot.Default, Timeout: p.Boot.Timeout, Serial: p.Boot.Serial,
	}
	entries, err := kickstart.Menu(kickstarts, p.Installer.Kickstart, p.Product.Name)
	if err != nil {
		return m, err
	}
	var installs []Install
	if p.Installer.Kickstart == "" {
		installs = []Install{{Title: "Install " + p.Product.Name}}
	}
	for i, e := range entries {
		installs = append(installs, Install{e.Title, path.Join(KickstartDir, e.File)})
		if i == 0 && p.Installer.Kickstart != "" && p.Installer.Kind == "stage2" {
			installs = append(installs, Install{Title: askingTitle(p.Product.Name)})
		}
	}
	m = m.InstallerMenu(installs, p.Boot.Args)
	return m, m.Validate()
}

// askingTitle is the entry that installs by questions and answers.
func askingTitle(name string) string {
	title := "Install " + name + ", asking first"
	if utf8.RuneCountInString(title) > kickstart.MaxTitle {
		return "Install, asking first"
	}
	return title
}

// InstallerMenu makes the entries of an installer's medium: one for each thing
// that it installs, the first of them also after a test of the medium, then the
// rescue shell and the local disk. Those that the screen has no rows for are in
// a menu of their own. Args are added to every kernel command line. Where m has
// a serial console, the kernels get it too, with the screen.
func (m Menu) InstallerMenu(installs []Install, args []string) Menu {
	if m.Serial != "" {
		args = append([]string{"console=tty0", "console=" + m.Serial}, args...)
	}
	linux := func(id, title, help string, own ...string) MenuEntry {
		own = append([]string{"inst.stage2=hd:LABEL=" + m.Label}, own...)
		return MenuEntry{ID: id, Title: title, Help: help, Kind: KindLinux, Args: slices.Concat(own, args)}
	}
	var first []string // what the first one adds
	var entries []MenuEntry
	ids := map[string]bool{}
	for i, in := range installs {
		help, ks := "Start the installer from this medium.", []string(nil)
		if in.Kickstart != "" {
			ks = []string{"inst.ks=hd:LABEL=" + m.Label + ":/" + strings.TrimPrefix(in.Kickstart, "/")}
		}
		if len(installs) > 1 && in.Kickstart != "" {
			help = fmt.Sprintf("Start the installer from this medium, with %s.", in.Kickstart)
		}
		if i == 0 {
			first = ks
		}
		e := linux(installID(i, in, ids), in.Title, help, ks...)
		if e.ID == "ask" {
			e.Key, e.Help = 'a', "Answer a few questions first: disk, name, password, network, time zone."
		}
		entries = append(entries, e)
	}
	rest := []MenuEntry{
		linux("check", "Test this medium and install", "Read the whole medium first and compare it with its checksum.", append(slices.Clone(first), "rd.live.check")...),
		linux("rescue", "Rescue shell", "Start a shell from this medium, to repair an installed system.", "inst.rescue"),
		{ID: "local", Title: "Boot from the local disk", Kind: KindLocal, Help: "Leave this medium and start what is installed."},
	}
	if len(entries)+len(rest) > maxRows {
		n := 1 // and the one that asks stays beside the first
		if entries[1].ID == "ask" {
			n++
		}
		entries = append(entries[:n:n], MenuEntry{ID: "more", Title: "Install something else", Kind: KindMenu, Entries: entries[n:]})
	}
	m.Entries = slices.Concat(entries, rest)
	return m
}

var notID = regexp.MustCompile(`[^a-z0-9]+`)

// installID makes the name by which the boot loaders know an entry: install is
// the first, install-web that of ks/web.ks, ask the one that asks beside others.
func installID(i int, in Install, taken map[string]bool) string {
	switch {
	case i == 0:
		return "install"
	case in.Kickstart == "":
		return "ask"
	}
	name := strings.TrimSuffix(path.Base(in.Kickstart), ".ks")
	id := "install-" + strings.Trim(notID.ReplaceAllString(strings.ToLower(ascii(name)), "-"), "-")
	for n, plain := 2, id; taken[id]; n++ {
		id = fmt.Sprintf("%s-%d", plain, n)
	}
	taken[id] = true
	return id
}
