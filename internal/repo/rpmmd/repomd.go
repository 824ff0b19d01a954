package rpmmd

import (
	"fmt"
	"io"
	"strings"
)

// maxRepomd bounds repomd.xml, bytes. It has some 3 kB.
const maxRepomd = 8 << 20

// Repomd is what repomd.xml says: which files of metadata there are.
type Repomd struct {
	Revision string // often the time of writing, in seconds since 1970
	Tags     Tags
	Data     []Data // in the file's order
}

// Tags are what a repository says of itself.
type Tags struct {
	Repo, Content []string
	Distro        []Distro
}

// Distro is a system that a repository is for.
type Distro struct{ CPEID, Name string }

// Data is one file of metadata.
type Data struct {
	Type     string // primary, filelists, other, group, modules, updateinfo …
	Location string // below the repository's base, or below Base; a URL reference, and foreign text
	Base     string // another base, as xml:base gives it; mostly empty

	Checksum     Checksum // of the file
	OpenChecksum Checksum // of what it unpacks to
	Size         int64    // bytes, -1 where it is not stated
	OpenSize     int64    // bytes, -1 where it is not stated

	Timestamp       int64 // seconds since 1970, 0 where it is not stated
	DatabaseVersion int   // of SQLite files
}

// Find returns the file of that type, or nil.
func (m *Repomd) Find(kind string) *Data {
	for i := range m.Data {
		if m.Data[i].Type == kind {
			return &m.Data[i]
		}
	}
	return nil
}

// ReadRepomd reads repomd.xml. What is odd but does no harm, such as an element
// that is not known, is told to warn, which may be nil. Whether a checksum is
// one is looked at when it is used.
func ReadRepomd(r io.Reader, warn func(error)) (*Repomd, error) {
	d := newDecoder(&bounded{r: r, left: maxRepomd}, warn)
	m := new(Repomd)
	err := d.document("repomd", func(name string) error {
		switch name {
		case "revision":
			return d.text(&m.Revision)
		case "data":
			return d.data(m)
		case "tags":
			return d.tags(&m.Tags)
		}
		return d.unknown()
	})
	if err != nil {
		return nil, fmt.Errorf("repomd.xml: %w", err)
	}
	return m, nil
}

// data reads a data element.
func (d *decoder) data(m *Repomd) error {
	data := Data{Size: -1, OpenSize: -1}
	line := d.Line()
	d.attr("type", &data.Type)
	err := d.children(func(name string) error {
		switch name {
		case "checksum":
			return d.checksum(&data.Checksum)
		case "open-checksum":
			return d.checksum(&data.OpenChecksum)
		case "location":
			d.attr("href", &data.Location)
			d.attr("base", &data.Base)
			return d.Skip()
		case "size":
			return d.number(&data.Size)
		case "open-size":
			return d.number(&data.OpenSize)
		case "timestamp":
			return d.number(&data.Timestamp)
		case "database_version", "database-version":
			n := int64(0)
			err := d.number(&n)
			data.DatabaseVersion = int(n)
			return err
		}
		if strings.HasPrefix(name, "header-") || strings.HasPrefix(name, "zck-") { // of zchunk, which we don't read
			return d.Skip()
		}
		return d.unknown()
	})
	switch {
	case err != nil:
		return err
	case data.Type == "":
		d.warnAt(line, "a data element without a type is passed over")
	case data.Location == "":
		return d.faultAt(line, "data of type %q has no location", data.Type)
	default:
		m.Data = append(m.Data, data)
	}
	return nil
}

func (d *decoder) tags(t *Tags) error {
	return d.children(func(name string) error {
		var s string
		switch name {
		case "repo":
			err := d.text(&s)
			t.Repo = append(t.Repo, s)
			return err
		case "content":
			err := d.text(&s)
			t.Content = append(t.Content, s)
			return err
		case "distro":
			var distro Distro
			d.attr("cpeid", &distro.CPEID)
			err := d.text(&distro.Name)
			t.Distro = append(t.Distro, distro)
			return err
		}
		return d.unknown()
	})
}

// checksum reads an element that holds a digest.
func (d *decoder) checksum(c *Checksum) error {
	d.attr("type", &c.Type)
	err := d.text(&c.Hex)
	c.Hex = strings.ToLower(c.Hex)
	return err
}
