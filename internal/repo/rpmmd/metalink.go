package rpmmd

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"cdbuilder/internal/repo/rpmmd/xmlscan"
)

// maxMirrors bounds metalinks and lists of mirrors, bytes. Fedora's have 60 kB.
const maxMirrors = 4 << 20

// Metalink tells where copies of one file are, and what the file is. The
// format is Metalink 3.0, as MirrorManager writes it, with its own alternates.
type Metalink struct {
	File     string // repomd.xml
	Versions []Version
	Mirrors  []Mirror // the best first
}

// Version is what the file may be: the current one first, then older ones that
// mirrors may still have.
type Version struct {
	Timestamp int64 // seconds since 1970
	Size      int64 // bytes, -1 where it is not stated
	Hashes    []Checksum
}

// Mirror is one copy.
type Mirror struct {
	URL        string // of the file itself
	Protocol   string // http, https, rsync …
	Location   string // country, two letters
	Preference int    // up to 100, higher is better
	Private    bool
}

// Base is the mirror's repository: the URL without the end that names the file
// below it, repodata/repomd.xml.
func (m *Mirror) Base() string {
	return strings.TrimSuffix(m.URL, "repodata/repomd.xml")
}

// ReadMetalink reads what a metalink says of the file of that name.
func ReadMetalink(r io.Reader, file string, warn func(error)) (*Metalink, error) {
	d := newDecoder(&bounded{r: r, left: maxMirrors}, warn)
	var m *Metalink
	var others []string
	err := d.document("metalink", func(name string) error {
		if name != "files" {
			return d.Skip()
		}
		return d.children(func(name string) error {
			called, _ := d.Attr("name")
			if name != "file" || m != nil || string(called) != file {
				others = append(others, string(called))
				return d.Skip()
			}
			m = &Metalink{File: file, Versions: []Version{{Size: -1}}}
			return d.metalinkFile(m)
		})
	})
	switch {
	case err != nil:
		return nil, fmt.Errorf("metalink: %w", err)
	case m == nil:
		return nil, fmt.Errorf("metalink: it does not tell of %s, but of %q", file, others)
	case len(m.Mirrors) == 0:
		return nil, fmt.Errorf("metalink: it names no mirror that has %s", file)
	}
	slices.SortStableFunc(m.Mirrors, func(a, b Mirror) int { return b.Preference - a.Preference })
	return m, nil
}

func (d *decoder) metalinkFile(m *Metalink) error {
	return d.children(func(name string) error {
		switch name {
		case "resources":
			return d.children(func(name string) error {
				if name != "url" {
					return d.unknown()
				}
				return d.mirror(m)
			})
		case "alternates":
			return d.children(func(string) error {
				v := Version{Size: -1}
				err := d.children(func(name string) error { return d.version(&v, name) })
				m.Versions = append(m.Versions, v)
				return err
			})
		}
		return d.version(&m.Versions[0], name)
	})
}

// version reads one of the elements that say what the file is.
func (d *decoder) version(v *Version, name string) error {
	switch name {
	case "timestamp":
		return d.number(&v.Timestamp)
	case "size":
		return d.number(&v.Size)
	case "verification":
		return d.children(func(name string) error {
			if name != "hash" {
				return d.Skip() // signature, pieces
			}
			var c Checksum
			err := d.checksum(&c)
			v.Hashes = append(v.Hashes, c)
			return err
		})
	}
	return d.unknown()
}

func (d *decoder) mirror(m *Metalink) error {
	var u Mirror
	var preference int64
	var private string
	d.attr("protocol", &u.Protocol)
	d.attr("location", &u.Location)
	d.count("preference", &preference)
	d.attr("private", &private)
	u.Preference, u.Private = int(min(preference, 1000)), strings.EqualFold(private, "true")
	line := d.Line()
	if err := d.text(&u.URL); err != nil {
		return err
	}
	scheme, ok := mirrorScheme(u.URL)
	if !ok {
		d.warnAt(line, "%.80q is not the URL of a mirror", u.URL)
		return nil
	}
	if u.Protocol == "" {
		u.Protocol = scheme
	}
	m.Mirrors = append(m.Mirrors, u)
	return nil
}

// Check holds a file to the metalink: it must be one of the versions, by the
// strongest hash that each states. A metalink without any hash tells only of
// mirrors and passes everything; one with hashes that cannot be used passes
// nothing.
func (m *Metalink) Check(file []byte, trust Trust) error {
	var faults []error
	stated := false
	for _, v := range m.Versions {
		stated = stated || len(v.Hashes) > 0
		err := v.check(file, trust)
		if err == nil {
			return nil
		}
		faults = append(faults, err)
	}
	if !stated {
		return nil
	}
	return fmt.Errorf("%s is none of the versions that the metalink tells of: %w", m.File, errors.Join(faults...))
}

func (v *Version) check(file []byte, trust Trust) error {
	best := Checksum{}
	for _, c := range v.Hashes {
		if c.Check() == nil && (best.IsZero() || c.strength() < best.strength()) {
			best = c
		}
	}
	switch {
	case best.IsZero():
		return errors.New("no hash of it can be used")
	case best.Weak() && !trust.Weak:
		return &WeakChecksum{best.Type}
	case v.Size >= 0 && v.Size != int64(len(file)):
		return &Mismatch{"size", strconv.FormatInt(v.Size, 10), strconv.Itoa(len(file))}
	}
	h := best.newHash()
	h.Write(file)
	if got := hex.EncodeToString(h.Sum(nil)); got != best.Hex {
		return &Mismatch{"checksum", best.String(), best.Type + ":" + got}
	}
	return nil
}

// ReadMirrorlist reads a list of mirrors: a base URL a line, comments behind #.
// Variables such as $releasever stay as they are.
func ReadMirrorlist(r io.Reader, warn func(error)) ([]string, error) {
	text, err := io.ReadAll(&bounded{r: r, left: maxMirrors})
	if err != nil {
		return nil, fmt.Errorf("list of mirrors: %w", err)
	}
	if warn == nil {
		warn = func(error) {}
	}
	var urls []string
	line := 0
	for l := range strings.Lines(string(text)) {
		line++
		l = strings.TrimSpace(l)
		if l == "" || l[0] == '#' {
			continue
		}
		if _, ok := mirrorScheme(l); ok {
			urls = append(urls, l)
		} else {
			warn(&xmlscan.SyntaxError{Line: line, What: fmt.Sprintf("%.80q is not the URL of a mirror", l)})
		}
	}
	if len(urls) == 0 {
		return nil, errors.New("list of mirrors: it names none")
	}
	return urls, nil
}

// mirrorScheme gives the scheme of a URL that a mirror may have. Whether it is
// one that we fetch from is for who fetches.
func mirrorScheme(u string) (string, bool) {
	scheme, rest, ok := strings.Cut(u, "://")
	scheme = strings.ToLower(scheme)
	ok = ok && rest != "" && slices.Contains([]string{"http", "https", "ftp", "rsync", "file"}, scheme)
	return scheme, ok && !strings.ContainsFunc(u, func(r rune) bool { return r <= ' ' || r == 0x7f })
}
