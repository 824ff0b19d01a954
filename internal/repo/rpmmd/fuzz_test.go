package rpmmd

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"cdbuilder/internal/pkgset"
	"cdbuilder/internal/rpm"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// example is a package that uses everything metadata can say.
func example() *rpm.Package {
	rich, err := rpm.ParseDep("(a if (b or c))")
	if err != nil {
		panic(err)
	}
	return &rpm.Package{
		Name: "bash", EVR: rpm.EVR{Epoch: "1", Version: "5.2~rc1", Release: "3.el9"}, Arch: "x86_64",
		Summary: "the <shell> & \"more\"", Description: "\n  two lines,\nein Käfer\n", Packager: "p", URL: "https://example.com/?a&b", License: "GPLv3+", Vendor: "v", Group: "g",
		BuildHost: "h", SourceRPM: "bash-5.2-3.el9.src.rpm", BuildTime: 1, InstalledSize: 2, ArchiveSize: 3, Size: 4, FileTime: 5,
		ChecksumType: "sha256", Checksum: strings.Repeat("ab", 32), Location: "Packages/b/bash-5.2~rc1-3.el9.x86_64.rpm", HeaderStart: 6, HeaderEnd: 7,
		Requires:  []rpm.Dep{{Name: "glibc", Op: pkgset.GE, EVR: rpm.EVR{Version: "2.34"}, Pre: true}, rich, {Name: "libc.so.6()(64bit)"}},
		Provides:  []rpm.Dep{{Name: "bash", Op: pkgset.EQ, EVR: rpm.EVR{Epoch: "1", Version: "5.2~rc1", Release: "3.el9"}}, {Name: "/bin/bash"}},
		Conflicts: []rpm.Dep{{Name: "x", Op: pkgset.LT, EVR: rpm.EVR{Version: "1"}}}, Obsoletes: []rpm.Dep{{Name: "y", Op: pkgset.LE, EVR: rpm.EVR{Version: "1"}}},
		Recommends: []rpm.Dep{{Name: "r"}}, Suggests: []rpm.Dep{{Name: "s", Op: pkgset.GT, EVR: rpm.EVR{Version: "1"}}}, Supplements: []rpm.Dep{rich}, Enhances: []rpm.Dep{{Name: "e"}},
		Files:     []rpm.File{{Path: "/etc/bash", Kind: rpm.Dir}, {Path: "/usr/bin/bash"}, {Path: "/usr/share/doc/b&<c>"}, {Path: "/var/log/bash", Kind: rpm.Ghost}},
		Changelog: []rpm.Change{{Author: "A <a@example.com> - 5.2-3", Time: 1000, Text: "- newest\n- & more"}, {Author: "B", Time: 900, Text: "- older"}},
	}
}

// readBack reads what Write wrote into packages.
func readBack(t testing.TB, files map[string][]byte) []*rpm.Package {
	t.Helper()
	byID := make(map[string]*rpm.Package)
	var pkgs []*rpm.Package
	fail := func(err error) { t.Error(err) }
	err := ReadPrimary(bytes.NewReader(document(t, files, "primary")), fail, func(p *rpm.Package) error {
		pkgs, byID[p.Checksum] = append(pkgs, p), p
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	err = ReadFilelists(bytes.NewReader(document(t, files, "filelists")), fail, func(e Entry, f []rpm.File) error {
		byID[e.PkgID].Files = append([]rpm.File(nil), f...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	err = ReadOther(bytes.NewReader(document(t, files, "other")), fail, func(e Entry, log []rpm.Change) error {
		byID[e.PkgID].Changelog = log
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return pkgs
}

func TestWrittenComesBack(t *testing.T) {
	for _, format := range []string{"gz", "zst"} {
		files := written(t, Repodata{Time: time.Unix(1000, 0), Compression: format}, []*rpm.Package{example()})
		if d := cmp.Diff([]*rpm.Package{example()}, readBack(t, files)); d != "" {
			t.Errorf("%s (-written +read):\n%s", format, d)
		}
	}
}

// FuzzPackages holds what is read to what comes back when it is written.
func FuzzPackages(f *testing.F) {
	files := written(f, Repodata{Time: time.Unix(1000, 0)}, []*rpm.Package{example()})
	f.Add(document(f, files, "primary"), document(f, files, "filelists"), document(f, files, "other"))
	f.Fuzz(func(t *testing.T, primary, filelists, other []byte) {
		var pkgs []*rpm.Package
		err := ReadPrimary(bytes.NewReader(primary), nil, func(p *rpm.Package) error { pkgs = append(pkgs, p); return nil })
		_ = ReadFilelists(bytes.NewReader(filelists), nil, func(Entry, []rpm.File) error { return nil })
		_ = ReadOther(bytes.NewReader(other), nil, func(Entry, []rpm.Change) error { return nil })
		r := Repodata{Time: time.Unix(1000, 0)}
		if err != nil || r.Validate(pkgs) != nil {
			return
		}
		again := readBack(t, written(t, r, pkgs))
		for i, p := range pkgs {
			if len(pkgs) == 1 {
				p.Requires, again[i].Requires = slimRequires(p), slimRequires(again[i])
				p.Files = nil // of filelists, which is another input
				again[i].Files, again[i].Changelog = nil, nil
				if d := cmp.Diff(p, again[i], cmpopts.EquateEmpty()); d != "" {
					t.Errorf("(-read +read again):\n%s", d)
				}
			}
		}
	})
}

func FuzzRepomd(f *testing.F) {
	files := written(f, Repodata{Time: time.Unix(1000, 0), Tags: Tags{Repo: []string{"r"}, Content: []string{"c"}, Distro: []Distro{{"cpe:/o", "x"}}}}, []*rpm.Package{example()})
	f.Add(files["repodata/repomd.xml"], []byte("x"))
	f.Add([]byte(`<repomd><data type="a"><location href="b"/><checksum type="sha256">0</checksum><size>-1</size></data></repomd>`), []byte("\x1f\x8b"))
	f.Fuzz(func(t *testing.T, text, packed []byte) {
		m, err := ReadRepomd(bytes.NewReader(text), nil)
		if err != nil {
			return
		}
		for i := range m.Data {
			_ = m.Data[i].Read(bytes.NewReader(packed), Trust{Weak: true}, func(r io.Reader) error {
				_, err := io.Copy(io.Discard, io.LimitReader(r, 1<<20))
				return err
			})
		}
		again, err := ReadRepomd(bytes.NewReader(m.Encode()), nil)
		if err != nil {
			t.Fatalf("%v in\n%s", err, m.Encode())
		}
		if d := cmp.Diff(m, again, cmpopts.EquateEmpty()); d != "" {
			t.Errorf("(-read +read again):\n%s", d)
		}
	})
}

func FuzzMetalink(f *testing.F) {
	f.Add([]byte(sampleMetalink), []byte("repomd"))
	f.Add([]byte("# x\nhttp://example.com/a\n$x"), []byte(""))
	f.Fuzz(func(t *testing.T, text, file []byte) {
		_, _ = ReadMirrorlist(bytes.NewReader(text), nil)
		if m, err := ReadMetalink(bytes.NewReader(text), "repomd.xml", nil); err == nil {
			if len(m.Mirrors) == 0 || len(m.Versions) == 0 {
				t.Error("a metalink without mirrors or versions was taken")
			}
			_ = m.Check(file, Trust{})
		}
	})
}

func FuzzUpdateinfo(f *testing.F) {
	f.Add([]byte(sampleUpdateinfo))
	f.Fuzz(func(t *testing.T, text []byte) {
		_ = ReadUpdateinfo(bytes.NewReader(text), nil, func(a *Advisory) error {
			if a.ID == "" {
				t.Error("an advisory without an id was given")
			}
			return nil
		})
	})
}
