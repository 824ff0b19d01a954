package iso9660

import "io"

// A continuation lays out continuation areas (SUSP §5.1) in whole sectors
// behind a directory's records. No area crosses a sector boundary: Linux
// refuses one that does.
type continuation struct {
	sector uint32 // the first one
	offset int64  // of the next free byte
	w      io.Writer
}

// An area is where the fields of one CE field's target lie.
type area struct {
	fields []byte
	offset int64
}

// place writes fields, split into as many areas as they need and chained, and
// returns the CE field that leads to the first.
func (c *continuation) place(fields []byte) (ce [ceSize]byte, err error) {
	var areas []area
	end := c.offset
	for len(fields) > 0 {
		head, tail := splitFields(fields, SectorSize)
		size := int64(len(head))
		if tail != nil {
			size += ceSize
		}
		if end%SectorSize+size > SectorSize {
			end = alignUp(end, SectorSize)
		}
		areas = append(areas, area{head, end})
		end += size
		fields = tail
	}
	for i, a := range areas {
		if i+1 < len(areas) {
			next := c.ce(areas, i+1)
			a.fields = append(a.fields, next[:]...)
		}
		if err := c.write(a); err != nil {
			return ce, err
		}
	}
	return c.ce(areas, 0), nil
}

// ce is the CE field that leads to areas[i].
func (c *continuation) ce(areas []area, i int) (ce [ceSize]byte) {
	size := len(areas[i].fields)
	if i+1 < len(areas) {
		size += ceSize
	}
	copy(ce[:], "CE\x1c\x01")
	putBoth32(ce[4:], c.sector+uint32(areas[i].offset/SectorSize))
	putBoth32(ce[12:], uint32(areas[i].offset%SectorSize))
	putBoth32(ce[20:], uint32(size))
	return ce
}

// write writes an area, and zeros before it where it is not adjacent.
func (c *continuation) write(a area) error {
	if gap := a.offset - c.offset; gap > 0 {
		if _, err := c.w.Write(zeroSector[:gap]); err != nil {
			return err
		}
	}
	c.offset = a.offset + int64(len(a.fields))
	_, err := c.w.Write(a.fields)
	return err
}

// finish fills the last sector.
func (c *continuation) finish() error {
	end := alignUp(c.offset, SectorSize)
	_, err := c.w.Write(zeroSector[:end-c.offset])
	c.offset = end
	return err
}
