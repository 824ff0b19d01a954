package medium

import (
	"archive/tar"
	"io"
	"path"
	"slices"
	"strconv"
	"strings"

	"cdbuilder/internal/deb"
	"cdbuilder/internal/filelist"
	"cdbuilder/kickstart/scripts"
)

// self is the owner in the table of one package: whoever asks for it knows
// its name.
const self = "-"

// maxText is the size beyond which a unit or a list of accounts is not read, bytes.
const maxText = 256 << 10

// readDeb lists what a package brings.
func readDeb(r io.Reader) (*filelist.Table, error) {
	d, err := deb.NewReader(r)
	if err != nil {
		return nil, err
	}
	var b filelist.Builder
	for _, f := range d.ControlFiles() {
		switch f.Name {
		case "preinst", "postinst", "config":
			maintainer(&b, string(f.Data))
		}
	}
	if bare(d) {
		return b.Table(), nil
	}
	for f, err := range d.Files() {
		if err != nil {
			return nil, err
		}
		if f.Typeflag == tar.TypeDir {
			continue
		}
		key, ok := filelist.Key(f.Name)
		if ok {
			b.Add(key, self)
		}
		if kind, _ := filelist.Is(key); f.Typeflag == tar.TypeReg && f.Size <= maxText && (ok && kind == "unit" || accountsIn(f.Name) != nil) {
			text, err := io.ReadAll(f.Body)
			if err != nil {
				return nil, err
			}
			if ok {
				aliases(&b, string(text))
			} else {
				accountsIn(f.Name)(&b, string(text))
			}
		}
	}
	return b.Table(), nil
}

// large is the installed size from which it pays to look first, kB.
const large = 8 << 10

// bare reports whether a large package, a kernel, firmware, fonts, has nothing
// that anybody looks for: its md5sums list every file that isn't a link.
// To unpack such a one takes seconds.
func bare(d *deb.Reader) bool {
	p, err := d.Paragraph()
	if err != nil {
		return false
	}
	if size, err := strconv.Atoi(p.Get("Installed-Size")); err != nil || size < large {
		return false
	}
	for _, f := range d.ControlFiles() {
		if f.Name != "md5sums" {
			continue
		}
		n := 0
		for l := range strings.Lines(string(f.Data)) {
			_, name, ok := strings.Cut(strings.TrimSpace(l), " ")
			name = strings.TrimSpace(name)
			if _, key := filelist.Key(name); !ok || key || accountsIn(name) != nil {
				return false
			}
			n++
		}
		return n > 0
	}
	return false
}

// aliases notes the other names that a unit takes when it is enabled
// (systemd.unit(5), Alias=).
func aliases(b *filelist.Builder, unit string) {
	for l := range strings.Lines(unit) {
		if names, ok := strings.CutPrefix(strings.TrimSpace(l), "Alias="); ok {
			for _, name := range strings.Fields(names) {
				b.Add(filelist.Unit(name), self)
			}
		}
	}
}

// accountsIn says how to read a file that lists accounts; nil where it is none.
func accountsIn(name string) func(*filelist.Builder, string) {
	name = filelist.Path(name)
	switch {
	case path.Dir(name) == "/usr/lib/sysusers.d" && path.Ext(name) == ".conf":
		return sysusers
	case name == "/usr/share/base-passwd/passwd.master", name == "/etc/passwd":
		return func(b *filelist.Builder, text string) { passwd(b, userKey, text) }
	case name == "/usr/share/base-passwd/group.master", name == "/etc/group":
		return func(b *filelist.Builder, text string) { passwd(b, groupKey, text) }
	}
	return nil
}

// sysusers reads lines as sysusers.d(5) has them: u NAME makes a user and a
// group of that name, g NAME a group.
func sysusers(b *filelist.Builder, text string) {
	for l := range strings.Lines(text) {
		f := strings.Fields(l)
		if len(f) < 2 {
			continue
		}
		switch strings.TrimRight(f[0], "!") {
		case "u":
			b.Add(userKey+f[1], self)
			b.Add(groupKey+f[1], self)
		case "g":
			b.Add(groupKey+f[1], self)
		}
	}
}

// passwd reads lines as passwd(5) and group(5) have them.
func passwd(b *filelist.Builder, kind, text string) {
	for l := range strings.Lines(text) {
		if name, _, ok := strings.Cut(l, ":"); ok && name != "" && name[0] != '#' {
			b.Add(kind+name, self)
		}
	}
}

// maintainer reads off a maintainer script the accounts that it creates and the
// links that it has update-alternatives make.
func maintainer(b *filelist.Builder, text string) {
	line, _, _ := strings.Cut(text, "\n")
	interpreter := "/bin/sh"
	if f := strings.Fields(strings.TrimPrefix(line, "#!")); strings.HasPrefix(line, "#!") && len(f) > 0 {
		interpreter = f[0]
	}
	s := scripts.Source{Interpreter: interpreter, Body: text, Line: 1, Sh: scripts.Dash}.Read()
	for _, a := range scripts.Accounts(s.Calls) {
		if a.Group {
			b.Add(groupKey+a.Name, self)
		} else {
			b.Add(userKey+a.Name, self)
		}
	}
	for _, c := range s.Calls {
		if path.Base(c.Name) != "update-alternatives" || !slices.Contains(c.Args, "--install") {
			continue
		}
		for i, a := range c.Args {
			if (a == "--install" || a == "--slave") && i+1 < len(c.Args) {
				if key, ok := filelist.Key(c.Args[i+1]); ok && !strings.ContainsAny(key, "$`\"'") {
					b.Add(key, self)
				}
			}
		}
	}
}
