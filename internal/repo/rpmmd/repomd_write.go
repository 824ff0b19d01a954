package rpmmd

import "io"

// Encode writes repomd.xml.
func (m *Repomd) Encode() []byte {
	e := &encoder{w: io.Discard}
	e.raw("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n")
	e.raw(`<repomd xmlns="http://linux.duke.edu/metadata/repo" xmlns:rpm="http://linux.duke.edu/metadata/rpm">`, "\n")
	e.text("  ", "revision", m.Revision)
	e.tags(&m.Tags)
	for _, d := range m.Data {
		e.data(&d)
	}
	e.raw("</repomd>\n")
	return e.b
}

func (e *encoder) tags(t *Tags) {
	if len(t.Repo)+len(t.Content)+len(t.Distro) == 0 {
		return
	}
	e.raw("  <tags>\n")
	for _, s := range t.Content {
		e.text("    ", "content", s)
	}
	for _, s := range t.Repo {
		e.text("    ", "repo", s)
	}
	for _, d := range t.Distro {
		e.raw("    <distro")
		if d.CPEID != "" {
			e.attrs("cpeid", d.CPEID)
		}
		e.raw(">")
		e.b = appendEscaped(e.b, d.Name, false)
		e.raw("</distro>\n")
	}
	e.raw("  </tags>\n")
}

func (e *encoder) data(d *Data) {
	e.raw("  <data")
	e.attrs("type", d.Type)
	e.raw(">\n")
	for _, c := range []struct {
		name string
		sum  Checksum
	}{{"checksum", d.Checksum}, {"open-checksum", d.OpenChecksum}} {
		if !c.sum.IsZero() {
			e.raw("    <", c.name)
			e.attrs("type", c.sum.Type)
			e.raw(">")
			e.b = appendEscaped(e.b, c.sum.Hex, false)
			e.raw("</", c.name, ">\n")
		}
	}
	if d.Base != "" {
		e.empty("    ", "location", "xml:base", d.Base, "href", d.Location)
	} else {
		e.empty("    ", "location", "href", d.Location)
	}
	e.text("    ", "timestamp", decimal(d.Timestamp))
	if d.Size >= 0 {
		e.text("    ", "size", decimal(d.Size))
	}
	if d.OpenSize >= 0 {
		e.text("    ", "open-size", decimal(d.OpenSize))
	}
	if d.DatabaseVersion != 0 {
		e.text("    ", "database_version", decimal(int64(d.DatabaseVersion)))
	}
	e.raw("  </data>\n")
}
