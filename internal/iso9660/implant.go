package iso9660

import (
	"crypto/md5" //nolint:gosec // isomd5sum's checksum is an MD5; it finds accidents, not attacks
	"encoding/hex"
	"fmt"
	"hash"
)

// What isomd5sum writes and expects.
const (
	skipSectors   = 15 // sectors at the end that are not summed up
	fragmentCount = 20
	fragmentSums  = 60       // hexadecimal digits of all fragments together
	md5Unit       = 32 << 10 // isomd5sum reads, and looks at fragments, in these bytes
)

// A mediaSum sums up an image as isomd5sum does. The image counts as fragments+1
// parts; with the first unit of each part but the first, the sum so far is taken as that
// fragment's sum.
type mediaSum struct {
	total    int64 // bytes that are summed up
	part     int64 // bytes of one part; 0 without fragments
	fragment func(number int64, digest []byte)

	md5    hash.Hash
	offset int64
	last   int64 // number of the fragment that was seen last
}

func newMediaSum(total, fragments int64, fragment func(int64, []byte)) *mediaSum {
	m := &mediaSum{total: max(total, 0), fragment: fragment, md5: md5.New()} //nolint:gosec // as above
	if fragments > 0 {
		m.part = m.total / (fragments + 1)
	}
	return m
}

// add takes the next bytes of the image and ignores those behind the total.
func (m *mediaSum) add(p []byte) {
	for len(p) > 0 && m.offset < m.total {
		unit := m.offset / md5Unit * md5Unit
		end := min(unit+md5Unit, m.total)
		n := min(int64(len(p)), end-m.offset)
		m.md5.Write(p[:n])
		m.offset += n
		p = p[n:]
		if m.offset == end && m.part > 0 {
			if number := unit / m.part; number != m.last {
				m.fragment(number, m.md5.Sum(nil))
				m.last = number
			}
		}
	}
}

func (m *mediaSum) sum() string { return hex.EncodeToString(m.md5.Sum(nil)) }

// fragmentDigits gives n digits of a fragment's digest. isomd5sum takes the
// first digit of each byte as printf's %x gives it, without a leading zero.
func fragmentDigits(digest []byte, n int) string {
	var digits []byte
	for _, b := range digest[:min(n, len(digest))] {
		digits = append(digits, fmt.Sprintf("%x", b)[0])
	}
	return string(digits)
}

// An implant gathers what is implanted while an image is written.
type implant struct {
	*mediaSum
	sums [fragmentSums]byte
}

func newImplant(size int64) *implant {
	i := &implant{}
	for j := range i.sums {
		// An image of less than 21 units has fragments without a sum. The
		// checker looks for each sum at its own place, so they keep theirs;
		// implantisomd5 closes the gaps, and then its own checker fails.
		i.sums[j] = '0'
	}
	i.mediaSum = newMediaSum(size-skipSectors*SectorSize, fragmentCount, func(number int64, digest []byte) {
		const digits = fragmentSums / fragmentCount
		copy(i.sums[(number-1)*digits:], fragmentDigits(digest, digits))
	})
	return i
}

// field is the application use field of the primary volume descriptor.
func (i *implant) field() []byte {
	text := fmt.Sprintf("ISO MD5SUM = %s;SKIPSECTORS = %d;RHLISOSTATUS=0;FRAGMENT SUMS = %s;FRAGMENT COUNT = %d;"+
		"THIS IS NOT THE SAME AS RUNNING MD5SUM ON THIS ISO!!", i.sum(), skipSectors, i.sums[:], fragmentCount)
	return fmt.Appendf(nil, "%-*s", appUseSize, text)
}
