package rpmmd

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"cdbuilder/internal/repo/rpmmd/xmlscan"
	"cdbuilder/internal/rpm"
)

// maxPaths bounds what the paths of one package may come to, bytes.
const maxPaths = 256 << 20

// Entry says which package a part of filelists or other belongs to. PkgID is
// the package's checksum in primary, in lower case.
type Entry struct {
	PkgID, Name, Arch string
	EVR               rpm.EVR
}

// ReadFilelists reads filelists.xml and gives the files of each package as it
// comes. The slice is the receiver's only until it returns; the paths are its
// to keep, those of a package all together or none.
func ReadFilelists(r io.Reader, warn func(error), give func(Entry, []rpm.File) error) error {
	d := newDecoder(r, warn)
	var l fileList
	err := d.entries("filelists", func(e *Entry) error {
		if err := d.fileList(e, &l); err != nil {
			return err
		}
		return give(*e, l.cut())
	})
	if err != nil {
		return fmt.Errorf("filelists: %w", err)
	}
	return nil
}

// ReadOther reads other.xml and gives the changelog of each package as it
// comes, newest first, as headers have it.
func ReadOther(r io.Reader, warn func(error), give func(Entry, []rpm.Change) error) error {
	d := newDecoder(r, warn)
	err := d.entries("otherdata", func(e *Entry) error {
		var log []rpm.Change
		err := d.children(func(name string) error {
			switch name {
			case "version":
				e.EVR = d.evr()
				return d.Skip()
			case "changelog":
				var c rpm.Change
				d.attr("author", &c.Author)
				d.count("date", &c.Time)
				raw, err := d.raw()
				c.Text = string(raw)
				log = append(log, c)
				return err
			}
			return d.unknown()
		})
		if err != nil {
			return err
		}
		// createrepo_c writes the oldest first, its forerunner the newest.
		if n := len(log); n > 0 && log[0].Time <= log[n-1].Time {
			slices.Reverse(log)
		}
		return give(*e, log)
	})
	if err != nil {
		return fmt.Errorf("other: %w", err)
	}
	return nil
}

// entries reads a document of package elements.
func (d *decoder) entries(root string, pkg func(*Entry) error) error {
	return d.document(root, func(name string) error {
		if name != "package" {
			return d.unknown()
		}
		var e Entry
		id, _ := d.Attr("pkgid")
		e.PkgID = strings.ToLower(string(id))
		d.attr("name", &e.Name)
		d.attr("arch", &e.Arch)
		switch {
		case e.PkgID == "":
			return d.faultAt(d.Line(), "package %q has no pkgid, so that it is not known which it is", e.Name)
		case e.Name == "":
			d.warnAt(d.Line(), "package %.80s has no name", e.PkgID)
		}
		return pkg(&e)
	})
}

// fileList gathers the paths of a package in one piece of memory.
type fileList struct {
	text  []byte
	ends  []int
	kinds []rpm.FileKind
	files []rpm.File
}

// cut makes the files of what was gathered, with one allocation for all paths.
func (l *fileList) cut() []rpm.File {
	all, from := string(l.text), 0
	l.files = l.files[:0]
	for i, end := range l.ends {
		l.files = append(l.files, rpm.File{Path: all[from:end], Kind: l.kinds[i]})
		from = end
	}
	return l.files
}

// fileList reads a package of filelists. Its loop sees millions of elements.
func (d *decoder) fileList(e *Entry, l *fileList) error {
	l.text, l.ends, l.kinds = l.text[:0], l.ends[:0], l.kinds[:0]
	for {
		kind, err := d.Next()
		switch {
		case err != nil:
			return err
		case kind == xmlscan.End:
			return nil
		case kind == xmlscan.Text:
			continue
		}
		switch string(d.Name()) {
		case "file":
			kind := d.fileKind()
			if l.text, err = d.Content(l.text); err != nil {
				return err
			}
			if len(l.text) > maxPaths {
				return d.faultAt(d.Line(), "the paths of package %s come to more than %d bytes", e.Name, maxPaths)
			}
			l.ends = append(l.ends, len(l.text))
			l.kinds = append(l.kinds, kind)
			continue
		case "version":
			e.EVR = d.evr()
			err = d.Skip()
		default:
			err = d.unknown()
		}
		if err != nil {
			return err
		}
	}
}
