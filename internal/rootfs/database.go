package rootfs

import (
	"bytes"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"

	"cdbuilder/internal/deb"
)

// database is dpkg's, in var/lib/dpkg of the target. It is written between runs
// of dpkg, never beside one.
type database struct {
	root      *os.Root // var/lib/dpkg
	interests []interest
}

// openDatabase makes the database of a system without packages.
func openDatabase(root *os.Root) (*database, error) {
	for _, dir := range []string{"info", "updates", "triggers", "alternatives", "parts"} {
		if err := root.MkdirAll(path.Join("var/lib/dpkg", dir), 0o755); err != nil {
			return nil, err
		}
	}
	sub, err := root.OpenRoot("var/lib/dpkg")
	if err != nil {
		return nil, err
	}
	db := &database{root: sub}
	for name, text := range map[string]string{"status": "", "diversions": "", "statoverride": "", "info/format": "1\n", "triggers/Unincorp": ""} {
		if err := db.write(name, []byte(text)); err != nil {
			return nil, err
		}
	}
	return db, nil
}

func (db *database) Close() error { return db.root.Close() }

// write writes a file under a temporary name first. Nothing is synced here: an
// installation that is cut off begins anew.
func (db *database) write(name string, data []byte) error {
	if err := db.root.WriteFile(name+".new", data, 0o644); err != nil {
		return err
	}
	if err := db.root.Chmod(name+".new", 0o644); err != nil {
		return err
	}
	return db.root.Rename(name+".new", name)
}

// binary is what the database calls the package, and its files in info.
func (p *pkg) binary() string {
	if p.control.Get("Multi-Arch") == "same" {
		return p.Name + ":" + p.Arch
	}
	return p.Name
}

// writeInfo writes what the control archive holds into info. dpkg keeps every
// file of it but control; a name with a dot in it it ignores.
func (db *database) writeInfo(p *pkg, control []deb.ControlFile) error {
	for _, c := range control {
		if c.Name == "control" || c.Name == "list" || strings.Contains(c.Name, ".") {
			continue
		}
		name := "info/" + p.binary() + "." + c.Name
		if err := db.root.WriteFile(name, c.Data, c.Mode); err != nil {
			return err
		}
		if err := db.root.Chmod(name, c.Mode); err != nil {
			return err
		}
	}
	if sums := p.placed.sums; len(sums) > 0 || !slices.ContainsFunc(control, func(c deb.ControlFile) bool { return c.Name == "md5sums" }) {
		var b bytes.Buffer
		for _, s := range sums {
			fmt.Fprintf(&b, "%s  %s\n", s.md5, s.name)
		}
		return db.root.WriteFile("info/"+p.binary()+".md5sums", b.Bytes(), 0o644)
	}
	return nil
}

// noteInterests takes note of the triggers that a package waits for.
func (db *database) noteInterests(p *pkg, control []deb.ControlFile) error {
	for _, c := range control {
		if c.Name != "triggers" {
			continue
		}
		found, err := parseInterests(c.Data, p.binary())
		if err != nil {
			return err
		}
		db.interests = append(db.interests, found...)
	}
	return nil
}

// record enters packages as unpacked: their lists, their triggers, their status.
func (db *database) record(pkgs []*pkg) error {
	for _, p := range pkgs {
		var b bytes.Buffer
		for _, name := range p.placed.list {
			switch {
			case name == ".":
				b.WriteString("/.\n")
			case !p.placed.lost[name]:
				b.WriteString("/" + name + "\n")
			}
		}
		if err := db.root.WriteFile("info/"+p.binary()+".list", b.Bytes(), 0o644); err != nil {
			return err
		}
	}
	if err := db.writeTriggers(pkgs); err != nil {
		return err
	}
	return db.addStatus(pkgs)
}

func (db *database) writeTriggers(pkgs []*pkg) error {
	files := map[string]*bytes.Buffer{"File": {}}
	for _, i := range db.interests {
		if strings.HasPrefix(i.trigger, "/") {
			fmt.Fprintf(files["File"], "%s %s\n", i.trigger, i.who())
			continue
		}
		if files[i.trigger] == nil {
			files[i.trigger] = &bytes.Buffer{}
		}
		fmt.Fprintf(files[i.trigger], "%s\n", i.who())
	}
	for name, b := range files {
		if err := db.write("triggers/"+name, b.Bytes()); err != nil {
			return err
		}
	}
	pulled, err := db.root.ReadFile("triggers/Unincorp")
	if err != nil {
		return err
	}
	return db.write("triggers/Unincorp", append(pulled, deferred(db.interests, pkgs)...))
}

// addStatus adds packages to dpkg's status as unpacked. It reads the fields and
// writes them its own way when it runs.
func (db *database) addStatus(pkgs []*pkg) error {
	status, err := db.root.ReadFile("status")
	if err != nil {
		return err
	}
	b := bytes.NewBuffer(status)
	if len(status) > 0 && !bytes.HasSuffix(status, []byte("\n\n")) {
		b.WriteByte('\n')
	}
	for _, p := range pkgs {
		b.Write(p.stanza())
		b.WriteByte('\n')
	}
	return db.write("status", b.Bytes())
}

// generated are the fields that a control file has no say in.
var generated = []string{"status", "conffiles", "config-version", "triggers-pending", "triggers-awaited", "filename", "size", "md5sum"}

// stanza is the package's paragraph in dpkg's status: its control file word for
// word, as dpkg keeps it, and the fields of an unpacked package.
func (p *pkg) stanza() []byte {
	var b bytes.Buffer
	dropping := false
	for line := range bytes.Lines(p.text) {
		if line = bytes.TrimRight(line, "\r\n"); len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if line[0] != ' ' && line[0] != '\t' {
			name, _, _ := strings.Cut(string(line), ":")
			dropping = slices.Contains(generated, strings.ToLower(strings.TrimSpace(name)))
		}
		if !dropping {
			b.Write(line)
			b.WriteByte('\n')
		}
	}
	b.WriteString("Status: install ok unpacked\n")
	if text := p.placed.conffilesField(); text != "" {
		b.WriteString("Conffiles:" + text + "\n")
	}
	return b.Bytes()
}

// conffilesField is the field Conffiles of an unpacked package.
func (p *placed) conffilesField() string {
	var b strings.Builder
	for _, c := range p.conffiles {
		b.WriteString("\n /" + c.name + " newconffile")
		switch {
		case p.lost[c.name]:
			b.WriteString(" obsolete")
		case c.removeOnUpgrade:
			b.WriteString(" remove-on-upgrade")
		}
	}
	return b.String()
}
