package fat

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
)

// ErrFormat is in the chain of every error about an image that is no sound
// FAT file system.
var ErrFormat = errors.New("not a sound FAT file system")

func damaged(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrFormat, fmt.Sprintf(format, args...))
}

// Bounds on what Open takes up, far above what a boot partition holds.
const (
	maxEntries  = 1 << 17 // files and directories
	maxDirBytes = 1 << 28 // of all directories together
	maxDepth    = 128     // directories in one another
)

// FS is an image opened for reading. It implements fs.FS, fs.ReadDirFS and
// fs.StatFS; names are found whatever their case, as firmware does it. It is
// safe for concurrent use where its io.ReaderAt is.
type FS struct {
	r     io.ReaderAt
	geo   *geometry
	root  *inode
	label string
	id    uint32

	mu     sync.Mutex // guards the window on the allocation table
	window []byte
	at     int64
}

// Open reads the boot sector and all directories of the image in the first
// size bytes of r. A directory that two names lead to, or that contains
// itself, is an error, so that walking the result always ends.
func Open(r io.ReaderAt, size int64) (*FS, error) {
	boot := make([]byte, sectorSize)
	if size < sectorSize {
		return nil, damaged("%d bytes are too few", size)
	}
	if _, err := r.ReadAt(boot, 0); err != nil {
		return nil, fmt.Errorf("reading the boot sector: %w", err)
	}
	g, err := parseBoot(boot, size)
	if err != nil {
		return nil, err
	}
	f := &FS{r: r, geo: g, at: -1}
	tail, first := boot[36:], uint32(0)
	if g.bits == 32 {
		tail, first = boot[64:], binary.LittleEndian.Uint32(boot[44:])
	}
	if tail[2] == 0x29 {
		f.id = binary.LittleEndian.Uint32(tail[3:])
		f.label = shortText(tail[7:18])
	}
	if f.root, err = f.index(first); err != nil {
		return nil, err
	}
	return f, nil
}

// Label is the volume label: the root directory's, or else the boot sector's.
func (f *FS) Label() string { return f.label }

// ID is the volume's serial number.
func (f *FS) ID() uint32 { return f.id }

// Bits is the kind of file system: 12, 16 or 32.
func (f *FS) Bits() int { return f.geo.bits }

// Size is the length in bytes that the image states of itself, which is less
// than that of the file where the file has something behind it.
func (f *FS) Size() int64 { return f.geo.total * f.geo.sector }

// parseBoot reads the BIOS parameter block, §3, believing only what fits into
// size bytes.
func parseBoot(b []byte, size int64) (*geometry, error) {
	le := binary.LittleEndian
	if le.Uint16(b[510:]) != bootSignature {
		return nil, damaged("the boot sector lacks its signature")
	}
	g := &geometry{
		sector:     int64(le.Uint16(b[11:])),
		perCluster: int64(b[13]),
		reserved:   int64(le.Uint16(b[14:])),
		fats:       int64(b[16]),
		rootSlots:  int64(le.Uint16(b[17:])),
		total:      int64(le.Uint16(b[19:])),
		fatSectors: int64(le.Uint16(b[22:])),
	}
	if g.total == 0 {
		g.total = int64(le.Uint32(b[32:]))
	}
	// Drivers tell FAT32 by this field, whatever the number of clusters.
	wide := g.fatSectors == 0
	if wide {
		g.fatSectors = int64(le.Uint32(b[36:]))
		if version := le.Uint16(b[42:]); version != 0 {
			return nil, damaged("FAT32 version %#x", version)
		}
	}
	switch {
	case g.sector < 512 || g.sector > 4096 || g.sector&(g.sector-1) != 0:
		return nil, damaged("sectors of %d bytes", g.sector)
	case g.perCluster == 0 || g.perCluster&(g.perCluster-1) != 0:
		return nil, damaged("clusters of %d sectors", g.perCluster)
	case g.reserved == 0 || g.fats == 0 || g.fatSectors == 0:
		return nil, damaged("%d reserved sectors, %d tables of %d sectors", g.reserved, g.fats, g.fatSectors)
	case wide != (g.rootSlots == 0):
		return nil, damaged("a fixed root directory of %d entries does not go with its kind", g.rootSlots)
	case g.total*g.sector > size:
		return nil, damaged("it states %d bytes, there are %d", g.total*g.sector, size)
	case g.dataStart() >= g.total*g.sector:
		return nil, damaged("no room for data in %d bytes", g.total*g.sector)
	}
	return g, g.count(wide)
}

// count finds the number of clusters and with it the kind, §3.5.
func (g *geometry) count(wide bool) error {
	g.clusters = (g.total*g.sector - g.dataStart()) / g.cluster()
	switch {
	case wide:
		g.bits = 32
	case g.clusters < fat12Limit:
		g.bits = 12
	default:
		g.bits = 16
	}
	switch covered := g.fatSectors*g.sector*8/int64(g.bits) - 2; {
	case g.clusters < 1 || covered < 1:
		return damaged("no clusters")
	case g.clusters > fat32Limit-1 || g.bits == 16 && g.clusters >= fat16Limit:
		return damaged("%d clusters are too many for FAT%d", g.clusters, g.bits)
	case covered < g.clusters:
		return damaged("its table covers %d of %d clusters", covered, g.clusters)
	}
	return nil
}
