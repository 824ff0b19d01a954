package iso9660

import "encoding/binary"

// pathTable is the path table of a hierarchy (ECMA-119 §9.4) with its numbers in
// the given byte order; dirs are in the table's order.
func (h hierarchy) pathTable(dirs []*node, order binary.AppendByteOrder) []byte {
	var b, id []byte
	for _, n := range dirs {
		id = append(id[:0], 0)
		if n.parent != n {
			id = h.appendIdentifier(id[:0], n)
		}
		b = append(b, byte(len(id)), 0)
		b = order.AppendUint32(b, n.dir.place[h].sector)
		b = order.AppendUint16(b, uint16(n.parent.dir.place[h].number))
		b = append(b, id...)
		if len(id)%2 == 1 {
			b = append(b, 0)
		}
	}
	return b
}

// maxDirectories is what the 16-bit parent numbers of a path table can count.
const maxDirectories = 1<<16 - 1
