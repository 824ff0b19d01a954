package rpmmd

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"cdbuilder/internal/rpm"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
)

func sum256(b []byte) Checksum {
	s := sha256.Sum256(b)
	return Checksum{"sha256", hex.EncodeToString(s[:])}
}

func sum1(b []byte) Checksum {
	s := sha1.Sum(b)
	return Checksum{"sha", hex.EncodeToString(s[:])}
}

func gzipped(b []byte) []byte {
	var out bytes.Buffer
	z := gzip.NewWriter(&out)
	z.Write(b)
	z.Close()
	return out.Bytes()
}

// TestReadHoldsToChecksums reads files of which something is not as stated.
func TestReadHoldsToChecksums(t *testing.T) {
	plain := []byte("<metadata>some text of it</metadata>")
	packed := gzipped(plain)
	good := Data{Type: "primary", Location: "repodata/p.xml.gz", Checksum: sum256(packed), OpenChecksum: sum256(plain), Size: int64(len(packed)), OpenSize: int64(len(plain))}
	with := func(change func(*Data)) Data { d := good; change(&d); return d }
	tests := []struct {
		name  string
		data  Data
		file  []byte
		trust Trust
		want  string // in the error, empty for none
		warns int
	}{
		{"right", good, packed, Trust{}, "", 0},
		{"sizes not stated", with(func(d *Data) { d.Size, d.OpenSize = -1, -1 }), packed, Trust{}, "", 0},
		{"a bit of the file turned", good, append(bytes.Clone(packed[:len(packed)-1]), packed[len(packed)-1]^1), Trust{}, "its checksum is", 0},
		{"cut off", good, packed[:len(packed)-4], Trust{}, "its size is", 0},
		{"more behind it", good, append(bytes.Clone(packed), 0), Trust{}, "its size is more", 0},
		{"another file", good, []byte("<html>go away</html>"), Trust{}, "the file is not the right one", 0},
		{"open checksum wrong", with(func(d *Data) { d.OpenChecksum = sum256(nil) }), packed, Trust{}, "", 1},
		{"open size wrong", with(func(d *Data) { d.OpenSize = 3 }), packed, Trust{}, "", 1},
		{"open checksum decides", with(func(d *Data) { d.Checksum, d.OpenChecksum = Checksum{}, sum256(nil) }), packed, Trust{}, "its open checksum is", 0},
		{"open checksum stronger", with(func(d *Data) { d.Checksum, d.OpenChecksum = sum1(packed), sum256(nil) }), packed, Trust{}, "its open checksum is", 0},
		{"only weak", with(func(d *Data) { d.Checksum, d.OpenChecksum = sum1(packed), sum1(plain) }), packed, Trust{}, "weak checksum only, sha", 0},
		{"weak allowed", with(func(d *Data) { d.Checksum, d.OpenChecksum = sum1(packed), sum1(plain) }), packed, Trust{Weak: true}, "", 0},
		{"none stated", with(func(d *Data) { d.Checksum, d.OpenChecksum = Checksum{}, Checksum{} }), packed, Trust{Weak: true}, "states no checksum", 0},
		{"not a checksum", with(func(d *Data) { d.Checksum.Hex = "xyz" }), packed, Trust{}, "is not a sha256 checksum", 0},
		{"unknown checksum", with(func(d *Data) { d.Checksum.Type = "crc32" }), packed, Trust{}, `"crc32" is not known`, 0},
		{"zchunk", with(func(d *Data) { d.Checksum, d.Size = sum256([]byte("\x00ZCK1...")), 8 }), []byte("\x00ZCK1..."), Trust{}, "zchunk is not read", 0},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			warnings := 0
			test.trust.Warn = func(error) { warnings++ }
			var got []byte
			err := test.data.Read(bytes.NewReader(test.file), test.trust, func(r io.Reader) (err error) { got, err = io.ReadAll(r); return err })
			if test.want == "" && (err != nil || !bytes.Equal(got, plain)) {
				t.Errorf("got %q, %v", got, err)
			}
			if test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "repodata/p.xml.gz")) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			if warnings != test.warns {
				t.Errorf("%d warnings, want %d", warnings, test.warns)
			}
		})
	}
}

// A parser that stops early, or that trips over a damaged file, does not hide
// that the file is not the right one.
func TestDamageIsTheReason(t *testing.T) {
	packed := []byte("<metadata><package></metadata>")
	d := Data{Location: "p.xml", Checksum: sum256([]byte("something else")), Size: -1, OpenSize: -1}
	err := d.Read(bytes.NewReader(packed), Trust{}, func(r io.Reader) error {
		return ReadPrimary(r, nil, func(*rpm.Package) error { return nil })
	})
	if !errors.As(err, new(*Mismatch)) {
		t.Errorf("got %v", err)
	}
	d.Checksum = sum256(packed)
	stop := errors.New("enough")
	if err := d.Read(bytes.NewReader(packed), Trust{}, func(io.Reader) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v", err)
	}
}

func TestPrimaryFaults(t *testing.T) {
	const head, tail = `<metadata packages="1"><package type="rpm">`, `</package></metadata>`
	const all = `<name>a</name><arch>noarch</arch><version epoch="0" ver="1" rel="2"/><checksum type="sha256" pkgid="YES">ab</checksum><location href="a.rpm"/>`
	tests := []struct{ name, in, want string }{
		{"whole", head + all + tail, ""},
		{"another document", "<filelists/>", "the document is <filelists>, not <metadata>"},
		{"no name", head + strings.Replace(all, "<name>a</name>", "", 1) + tail, "has no name"},
		{"no checksum", head + strings.Replace(all, "ab", " ", 1) + tail, "has no checksum"},
		{"no location", head + strings.Replace(all, "a.rpm", "", 1) + tail, "has no location"},
		{"cut off", head + all, "ends inside <package>"},
		{"something behind", head + all + tail + "<x/>", "stands behind the end"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			n := 0
			err := ReadPrimary(strings.NewReader(test.in), nil, func(*rpm.Package) error { n++; return nil })
			if test.want == "" && (err != nil || n != 1) || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %d packages, %v, want %q", n, err, test.want)
			}
		})
	}
}

func TestPrimaryOddities(t *testing.T) {
	const in = `<metadata><package type="patch"><name>p</name></package><package type="rpm">
<name>a</name><arch>noarch</arch><version epoch="0" ver="1" rel="2"/><checksum type="sha256" pkgid="YES">AB</checksum>
<summary lang="de">Käfer</summary><summary lang="en">bug</summary><location xml:base="http://example.com/x/" href="a.rpm"/>
<size package="many" installed="5"/><new>thing</new>
<format><rpm:requires><rpm:entry name="(a if"/><rpm:entry name="b" flags="??" ver="1"/><rpm:entry/></rpm:requires><file type="socket">/etc/s</file></format>
</package></metadata>`
	var got []*rpm.Package
	var warnings []string
	err := ReadPrimary(strings.NewReader(in), func(err error) { warnings = append(warnings, err.Error()) }, func(p *rpm.Package) error { got = append(got, p); return nil })
	if err != nil {
		t.Fatal(err)
	}
	want := []*rpm.Package{{
		Name: "a", Arch: "noarch", EVR: rpm.EVR{Version: "1", Release: "2"}, ChecksumType: "sha256", Checksum: "ab", Summary: "bug", Location: "http://example.com/x/a.rpm",
		InstalledSize: 5, Requires: []rpm.Dep{{Name: "(a if"}, {Name: "b"}}, Files: []rpm.File{{Path: "/etc/s"}},
	}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if len(warnings) != 6 {
		t.Errorf("%d warnings: %s", len(warnings), strings.Join(warnings, "; "))
	}
}

const sampleMetalink = `<?xml version="1.0"?>
<metalink version="3.0" xmlns:mm0="x"><files><file name="repomd.xml"><mm0:timestamp>5</mm0:timestamp><size>6</size>
<verification><hash type="md5">bad</hash><hash type="sha256">47ed7eb0d1fda6ee2ffa7aea09e5e64ee2c83bd7ff2e27c2e38e5e1a0a0a0a0a</hash></verification>
<mm0:alternates><mm0:alternate><size>3</size><verification><hash type="sha1">x</hash><hash type="sha256">ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad</hash></verification></mm0:alternate>
<mm0:alternate><verification><hash type="sha1">a9993e364706816aba3e25717850c26c9cd0d89d</hash></verification></mm0:alternate></mm0:alternates>
<resources><url protocol="rsync" preference="90">rsync://example.com/r/repodata/repomd.xml</url><url preference="100" location="DE">https://example.org/r/repodata/repomd.xml</url><url>gopher:x</url></resources>
</file></files></metalink>`

func TestMetalink(t *testing.T) {
	warnings := 0
	m, err := ReadMetalink(strings.NewReader(sampleMetalink), "repomd.xml", func(error) { warnings++ })
	if err != nil {
		t.Fatal(err)
	}
	if len(m.Mirrors) != 2 || m.Mirrors[0].Base() != "https://example.org/r/" || m.Mirrors[0].Protocol != "https" || m.Mirrors[1].Protocol != "rsync" || warnings != 1 {
		t.Errorf("mirrors %+v, %d warnings", m.Mirrors, warnings)
	}
	if err := m.Check([]byte("abc"), Trust{}); err != nil {
		t.Errorf("an older version that the metalink tells of: %v", err)
	}
	if err := m.Check([]byte("abd"), Trust{}); !errors.As(err, new(*Mismatch)) {
		t.Errorf("another file: %v", err)
	}
	m.Versions = m.Versions[2:]
	if err := m.Check([]byte("abc"), Trust{}); !errors.As(err, new(*WeakChecksum)) {
		t.Errorf("SHA-1 alone: %v", err)
	}
	if err := m.Check([]byte("abc"), Trust{Weak: true}); err != nil {
		t.Errorf("SHA-1 alone, allowed: %v", err)
	}
	m.Versions[0].Hashes = []Checksum{{"sha256", "bad"}}
	if err := m.Check([]byte("abc"), Trust{Weak: true}); err == nil {
		t.Error("a metalink with bad hashes passed a file")
	}
	m.Versions[0].Hashes = nil
	if err := m.Check([]byte("abc"), Trust{}); err != nil {
		t.Errorf("no hash at all: %v", err)
	}
}

const sampleUpdateinfo = `<updates><update from="a" status="final" type="security" version="3"><id>X-1</id><title>t</title>
<issued date="2024-03-15 00:00:00"/><updated date="1213630432"/><severity>Important</severity><reboot_suggested>True</reboot_suggested><new/>
<references><reference href="h" id="CVE-1" type="cve" title="c"/></references>
<pkglist><collection short="s"><name>n</name><module name="m" stream="1" version="2" context="c" arch="x86_64"/>
<package name="p" version="1" release="2" epoch="3" arch="noarch" src="p.src.rpm"><filename>p.rpm</filename><sum type="sha256">AB</sum><restart_suggested>0</restart_suggested><relogin_suggested/></package>
</collection></pkglist></update></updates>`

func TestUpdateinfo(t *testing.T) {
	var got []*Advisory
	warnings := 0
	if err := ReadUpdateinfo(strings.NewReader(sampleUpdateinfo), func(error) { warnings++ }, func(a *Advisory) error { got = append(got, a); return nil }); err != nil {
		t.Fatal(err)
	}
	want := []*Advisory{{
		ID: "X-1", Title: "t", Type: "security", Severity: "Important", Status: "final", From: "a", Version: "3", Reboot: true,
		Issued: time.Date(2024, 3, 15, 0, 0, 0, 0, time.UTC), Updated: time.Unix(1213630432, 0).UTC(), References: []Reference{{"cve", "CVE-1", "h", "c"}},
		Collections: []Collection{{Short: "s", Name: "n", Module: &UpdateModule{"m", "1", "2", "c", "x86_64"}, Packages: []UpdatePackage{{
			Name: "p", EVR: rpm.EVR{Epoch: "3", Version: "1", Release: "2"}, Arch: "noarch", Source: "p.src.rpm", Filename: "p.rpm", Sums: []Checksum{{"sha256", "ab"}}, Relogin: true,
		}}}},
	}}
	if d := cmp.Diff(want, got); d != "" || warnings != 1 {
		t.Errorf("%d warnings, %s", warnings, d)
	}
}
