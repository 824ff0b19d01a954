package rpmmd

import (
	"bytes"
	"errors"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"cdbuilder/internal/judge"
	"cdbuilder/internal/pgp"
	"cdbuilder/internal/rpm"

	"github.com/google/go-cmp/cmp"
)

// another is the example under another name.
func another(name string) *rpm.Package {
	p := example()
	p.Name, p.Location, p.Checksum = name, "Packages/"+name+".rpm", sum256([]byte(name)).Hex
	return p
}

func TestSameBytesWhateverTheOrder(t *testing.T) {
	for _, format := range []string{"gz", "zst"} {
		r := Repodata{Time: time.Unix(1000, 0), Compression: format, Group: []byte("<comps/>"), Modules: []byte("---\n"), Updateinfo: []byte("<updates/>"), Others: []Extra{{"productid", "productid", []byte("x")}}}
		a, b := another("a"), another("b")
		first := written(t, r, []*rpm.Package{a, b})
		if d := cmp.Diff(first, written(t, r, []*rpm.Package{b, a})); d != "" {
			t.Errorf("%s: the order of the packages shows:\n%s", format, d)
		}
		names := slices.Sorted(maps.Keys(first))
		if want := 9; len(names) != want { // repomd, three of packages, comps twice, modules, updateinfo, productid
			t.Errorf("%d files: %q", len(names), names)
		}
		for kind, want := range map[string]string{"group": "<comps/>", "group_" + format: "<comps/>", "modules": "---\n", "updateinfo": "<updates/>", "productid": "x"} {
			if got := string(document(t, first, kind)); got != want {
				t.Errorf("%s: %q, want %q", kind, got, want)
			}
		}
	}
}

// No file names one that is not yet written.
func TestRepomdComesLast(t *testing.T) {
	var order []string
	err := Write(Repodata{Time: time.Unix(1000, 0)}, []*rpm.Package{example()}, func(path string, _ []byte) error { order = append(order, path); return nil })
	if err != nil || order[len(order)-1] != "repodata/repomd.xml" {
		t.Errorf("%v: %q", err, order)
	}
	full := errors.New("disk full")
	err = Write(Repodata{Time: time.Unix(1000, 0)}, nil, func(string, []byte) error { return full })
	if !errors.Is(err, full) || !strings.Contains(err.Error(), "writing repodata/") {
		t.Errorf("got %v", err)
	}
}

func TestValidateTellsAllFaults(t *testing.T) {
	change := func(f func(*rpm.Package)) *rpm.Package { p := another("x"); f(p); return p }
	r := Repodata{Time: time.Unix(-5, 0), Compression: "lzma", Others: []Extra{{"t", "../x", nil}}}
	err := r.Validate([]*rpm.Package{
		another("a"), another("a"),
		change(func(p *rpm.Package) { p.Location = "../x.rpm" }), change(func(p *rpm.Package) { p.Location = "" }),
		change(func(p *rpm.Package) { p.Checksum = "12" }), change(func(p *rpm.Package) { p.ChecksumType = "crc" }), change(func(p *rpm.Package) { p.Size = 0 }),
	})
	if err == nil {
		t.Fatal("all was taken")
	}
	for _, want := range []string{
		"lies before 1970", `"lzma" is neither gz nor zst`, `"../x" is not a type and the name of a file`, "Packages/a.rpm is package a-1:5.2~rc1-3.el9.x86_64 already",
		`"../x.rpm" does not lie below`, "it has no location", `"12" is not a sha256 checksum`, `"crc" is not known`, "its file has 0 bytes",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in:\n%v", want, err)
		}
	}
}

// What XML cannot hold is left out, what is not UTF-8 is Latin-1.
func TestOddTextIsWritten(t *testing.T) {
	p := example()
	p.Summary, p.Description, p.Changelog = "a\x01b\x1b", "K\xe4fer & \r\n<x>\uffff", []rpm.Change{{Author: "A\nB\t\"  ", Time: 5, Text: "x"}, {Author: "C", Time: 5, Text: "y"}, {Author: "D", Time: 5, Text: "z"}}
	got := readBack(t, written(t, Repodata{Time: time.Unix(1000, 0), Changelogs: 2}, []*rpm.Package{p}))[0]
	if got.Summary != "ab" || got.Description != "Käfer & \r\n<x>ï¿¿" {
		t.Errorf("%q, %q", got.Summary, got.Description)
	}
	want := []rpm.Change{{Author: "A\nB\t\"", Time: 6, Text: "x"}, {Author: "C", Time: 5, Text: "y"}}
	if d := cmp.Diff(want, got.Changelog); d != "" {
		t.Error(d)
	}
}

// TestSignedAsGpgvTakesIt signs repomd.xml and has gpgv and our own keyring
// look at it.
func TestSignedAsGpgvTakesIt(t *testing.T) {
	at := time.Date(2024, 5, 1, 0, 0, 0, 0, time.UTC)
	var secret, public bytes.Buffer
	if err := pgp.Generate("Test", "", "test@example.com", at.Add(-time.Hour), nil, &secret); err != nil {
		t.Fatal(err)
	}
	signer, err := pgp.ReadSigner(&secret, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := signer.PublicKey(&public); err != nil {
		t.Fatal(err)
	}
	files := written(t, Repodata{Time: at, Sign: signer}, []*rpm.Package{example()})
	text, sig := files["repodata/repomd.xml"], files["repodata/repomd.xml.asc"]
	keys, err := pgp.ReadKeyring(bytes.NewReader(public.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := keys.VerifyDetached(bytes.NewReader(text), sig, at); err != nil {
		t.Error(err)
	}
	dir := t.TempDir()
	writeTree(t, dir, map[string][]byte{"repomd.xml": text, "repomd.xml.asc": sig, "key.asc": public.Bytes()})
	ring := filepath.Join(dir, "key.gpg")
	if out, err := exec.Command(judge.Program(t, "gpg"), "--homedir", dir, "--batch", "--yes", "-o", ring, "--dearmor", filepath.Join(dir, "key.asc")).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	out, err := exec.Command(judge.Program(t, "gpgv"), "--keyring", ring, filepath.Join(dir, "repomd.xml.asc"), filepath.Join(dir, "repomd.xml")).CombinedOutput()
	if err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
