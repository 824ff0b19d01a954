package iso9660

import (
	"io"
	"time"
)

// A directoryWriter writes the records of one directory to one writer and its
// continuation areas to another. The areas lie behind the records, so a
// directory is written in two runs, each of which discards the other's half;
// and it is measured by a run that discards both.
type directoryWriter struct {
	h       hierarchy
	n       *node
	time    time.Time
	records recordWriter
	areas   continuation
	id, su  []byte // of the record at hand
}

func newDirectoryWriter(h hierarchy, n *node, t time.Time, records, areas io.Writer) *directoryWriter {
	p := n.dir.place[h]
	return &directoryWriter{
		h: h, n: n, time: t,
		records: recordWriter{w: records},
		areas:   continuation{sector: p.sector + uint32(sectors(p.size)), w: areas},
	}
}

// measure finds out how large the directory's records and areas are.
func measure(h hierarchy, n *node, t time.Time) error {
	w := newDirectoryWriter(h, n, t, io.Discard, io.Discard)
	if err := w.run(); err != nil {
		return err
	}
	p := &n.dir.place[h]
	p.size, p.continuation = w.records.offset, w.areas.offset/SectorSize
	return nil
}

// writeDirectory writes the records and the areas one after the other.
func writeDirectory(h hierarchy, n *node, t time.Time, w io.Writer) error {
	if err := newDirectoryWriter(h, n, t, w, io.Discard).run(); err != nil {
		return err
	}
	if n.dir.place[h].continuation == 0 {
		return nil
	}
	return newDirectoryWriter(h, n, t, io.Discard, w).run()
}

func (w *directoryWriter) run() error {
	if err := w.write(w.n, self, []byte{0}); err != nil {
		return err
	}
	if err := w.write(w.n.parent, parent, []byte{1}); err != nil {
		return err
	}
	for _, c := range w.n.dir.children[w.h] {
		w.id = w.h.appendIdentifier(w.id[:0], c)
		if err := w.write(c, child, w.id); err != nil {
			return err
		}
	}
	if err := w.records.finish(); err != nil {
		return err
	}
	return w.areas.finish()
}

// write writes the record of n, or its several records when it has several
// extents. They share their system use: Linux takes the name from the last.
func (w *directoryWriter) write(n *node, as role, id []byte) error {
	r := record{id: id, time: w.time, sector: n.sector}
	if w.h == primary {
		w.su = appendSystemUse(w.su[:0], n, as, w.time)
		head, tail := splitFields(w.su, room(id))
		if tail != nil {
			ce, err := w.areas.place(tail)
			if err != nil {
				return err
			}
			head = append(head, ce[:]...)
		}
		r.su = head
	}
	if n.isDir() {
		r.sector, r.size, r.flags = n.dir.place[w.h].sector, uint32(n.dir.place[w.h].size), flagDirectory
		return w.records.write(r)
	}
	size := n.size()
	for ; size > maxExtent; size -= maxExtent {
		r.size, r.flags = maxExtent, flagMultiExtent
		if err := w.records.write(r); err != nil {
			return err
		}
		r.sector += maxExtent / SectorSize
	}
	r.size, r.flags = uint32(size), 0
	return w.records.write(r)
}
