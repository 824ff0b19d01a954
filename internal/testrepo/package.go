package testrepo

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"path"
	"strconv"
	"strings"
	"time"

	"cdbuilder/internal/deb"
)

// Package is a binary package to make.
type Package struct {
	// Control is its control file. Version, Architecture and the other fields
	// that dpkg wants are added where they are missing. A Filename stands in
	// the index in place of the true one, which an honest package has no use for.
	Control deb.Paragraph
	Files   []File // a copyright file is always there
}

// File is a file of a package.
type File struct {
	Name string // usr/bin/true, below the root
	Mode int64  // 0 is 0644
	Data []byte
}

// New makes a package of the lines of its control file.
func New(control string, files ...File) Package {
	p, err := deb.ReadParagraph(strings.NewReader(strings.TrimSpace(control) + "\n"))
	if err != nil {
		panic(fmt.Sprintf("testrepo: %v in %q", err, control)) // a fault of the test itself
	}
	return Package{p, files}
}

// Parse reads packages from paragraphs of control fields, with an empty line
// between one and the next. "Bulk: 100000" gives a package so many bytes of
// content that can't be packed smaller; "Programs: a b" gives it commands.
func Parse(text string) ([]Package, error) {
	var out []Package
	scan := deb.NewScanner(strings.NewReader(text))
	scan.Comments = true
	for scan.Scan() {
		p := Package{Control: scan.Paragraph()}
		if bulk := p.Control.Get("Bulk"); bulk != "" {
			n, err := strconv.Atoi(bulk)
			if err != nil {
				return nil, fmt.Errorf("package %s: Bulk: %w", p.name(), err)
			}
			p.Control.Delete("Bulk")
			p.Files = append(p.Files, File{Name: "usr/share/" + p.name() + "/bulk", Data: bulkOf(p.name(), n)})
		}
		for _, name := range strings.Fields(p.Control.Get("Programs")) {
			p.Files = append(p.Files, File{Name: "usr/bin/" + name, Mode: 0o755, Data: []byte("#!/bin/sh\n")})
		}
		p.Control.Delete("Programs")
		out = append(out, p)
	}
	return out, scan.Err()
}

// bulkOf is n bytes of noise, the same for one name.
func bulkOf(name string, n int) []byte {
	var seed [32]byte
	copy(seed[:], name)
	data := make([]byte, n)
	_, _ = rand.NewChaCha8(seed).Read(data) // never fails
	return data
}

func (p *Package) name() string { return p.Control.Get("Package") }

// fields is the control file with what dpkg demands.
func (p *Package) fields() deb.Paragraph {
	c := deb.Paragraph{Fields: append([]deb.Field(nil), p.Control.Fields...)}
	c.Delete("Filename")
	for _, f := range [][2]string{
		{"Version", "1.0"}, {"Architecture", "amd64"}, {"Maintainer", "Tests <tests@example.org>"},
		{"Section", "misc"}, {"Priority", "optional"}, {"Description", "a package made for tests"},
	} {
		if c.Get(f[0]) == "" {
			c.Set(f[0], f[1])
		}
	}
	return c
}

// path is where the package stands in the archive.
func (p *Package) path(component string) string {
	c := p.fields()
	_, version, epoch := strings.Cut(c.Get("Version"), ":")
	if !epoch {
		version = c.Get("Version")
	}
	name := p.name()
	prefix := name[:min(1, len(name))]
	if strings.HasPrefix(name, "lib") && len(name) > 3 {
		prefix = name[:4]
	}
	return path.Join("pool", component, prefix, name, name+"_"+version+"_"+c.Get("Architecture")+".deb")
}

// Deb makes the package's file: an ar archive with the format's version, the
// control file and the content, both packed tar archives.
func (p *Package) Deb() ([]byte, error) {
	var control bytes.Buffer
	c := p.fields()
	if _, err := c.WriteTo(&control); err != nil {
		return nil, fmt.Errorf("package %s: %w", p.name(), err)
	}
	meta, err := pack([]File{{Name: "control", Data: control.Bytes()}})
	if err != nil {
		return nil, fmt.Errorf("package %s: %w", p.name(), err)
	}
	doc := File{Name: "usr/share/doc/" + p.name() + "/copyright", Data: []byte("made for tests, free of any right\n")}
	data, err := pack(append([]File{doc}, p.Files...))
	if err != nil {
		return nil, fmt.Errorf("package %s: %w", p.name(), err)
	}
	b := bytes.NewBufferString("!<arch>\n")
	for _, m := range []struct {
		name string
		data []byte
	}{{"debian-binary", []byte("2.0\n")}, {"control.tar.gz", meta}, {"data.tar.gz", data}} {
		fmt.Fprintf(b, "%-16s%-12d%-6d%-6d%-8o%-10d`\n", m.name, 0, 0, 0, 0o100644, len(m.data))
		b.Write(m.data)
		if len(m.data)%2 == 1 {
			b.WriteByte('\n')
		}
	}
	return b.Bytes(), nil
}

// stamp is on every file in every package: 1 January 2020.
var stamp = time.Unix(1577836800, 0).UTC()

// pack makes a tar.gz with the directories that the files need.
func pack(files []File) ([]byte, error) {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	w := tar.NewWriter(z)
	made := map[string]bool{}
	for _, f := range files {
		if err := directories(w, path.Dir(f.Name), made); err != nil {
			return nil, err
		}
		mode := f.Mode
		if mode == 0 {
			mode = 0o644
		}
		h := &tar.Header{Name: "./" + f.Name, Typeflag: tar.TypeReg, Mode: mode, Size: int64(len(f.Data)), ModTime: stamp, Uname: "root", Gname: "root", Format: tar.FormatGNU}
		err := w.WriteHeader(h)
		if err == nil {
			_, err = io.Copy(w, bytes.NewReader(f.Data))
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	err := errors.Join(w.Close(), z.Close())
	return b.Bytes(), err
}

func directories(w *tar.Writer, dir string, made map[string]bool) error {
	if made[dir] {
		return nil
	}
	made[dir] = true
	name := "./"
	if dir != "." {
		if err := directories(w, path.Dir(dir), made); err != nil {
			return err
		}
		name = "./" + dir + "/"
	}
	return w.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeDir, Mode: 0o755, ModTime: stamp, Uname: "root", Gname: "root", Format: tar.FormatGNU})
}
