package isotree

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"testing"
	"time"

	"cdbuilder/internal/iso9660"
)

const sector = iso9660.SectorSize

// TestDefectsOfTheImage spoils bytes of finished media.
func TestDefectsOfTheImage(t *testing.T) {
	damaged := `checksum implanted MD5 fail the image is not as it was`
	for _, c := range []struct {
		name, medium string
		spoil        func(t testing.TB, b []byte) []byte
		want         []string
	}{
		{"flipped byte in a package", "el9", flip(noise("a", 7000), 5000),
			[]string{damaged, `files packages of repodata fail 1 of 2 files as listed, 1 differ`, `files packages of repodata fail Packages/a-1-1.el7.noarch.rpm differs`}},
		{"flipped byte in a Debian package", "debian", flip(noise("b", 54321), 54320),
			[]string{`files md5sum.txt fail`, `files md5sum.txt fail pool/main/b/b/b_2-1_amd64.deb differs`, `files dists/trixie, packages fail`, `files dists/trixie, packages fail pool/main/b/b/b_2-1_amd64.deb differs`}},
		{"flipped byte in a kernel that no list names", "el7", flip(noise("vmlinuz", 50000), 100), []string{damaged}},
		{"truncated by a sector", "debian", cut(sector),
			[]string{`volume size fail truncated: `, `hybrid MBR fail partition 1 ends`}},
		{"truncated to a half", "el7", func(_ testing.TB, b []byte) []byte { return b[:len(b)/2/sector*sector] },
			[]string{`volume size fail truncated: `, damaged, `label EFI/BOOT/grub.cfg fail 226 bytes at`, `files packages of repodata fail 0 of 2`, `files packages of repodata fail Packages/`}},
		{"primary GPT's header spoiled", "own", flipAt(512 + 40), []string{damaged, `hybrid primary GPT fail the header's checksum is wrong`}},
		{"primary GPT's entries spoiled", "own", func(t testing.TB, b []byte) []byte {
			return flipAt(int(le64(b, 512+72))*512+60)(t, b)
		}, []string{damaged, `hybrid primary GPT fail the entries' checksum is wrong`, `hybrid GPT fail primary and backup GPT differ in partition 1`}},
		{"backup GPT's header spoiled", "el10", func(t testing.TB, b []byte) []byte { return flipAt(len(b)-512+40)(t, b) },
			[]string{`hybrid backup GPT fail the header's checksum is wrong`}},
		{"backup GPT gone", "own", func(_ testing.TB, b []byte) []byte {
			clear(b[len(b)-512:])
			return b
		}, []string{`hybrid GPT fail there is a primary GPT and no backup`}},
		{"backup GPT not at the end", "own", func(_ testing.TB, b []byte) []byte { return append(b, make([]byte, 8*sector)...) },
			[]string{`hybrid primary GPT fail the backup is at block`, `hybrid backup GPT fail the primary one looks for it at block`}},
		{"MBR without its signature", "debian", flipAt(511), []string{`hybrid MBR fail it does not end with 55 AA`}},
		{"isohybrid that looks elsewhere", "el9", flipAt(432), []string{damaged, `hybrid boot code fail isohybrid looks for ISOLINUX at block`}},
		{"boot information table with a wrong checksum", "el9", func(t testing.TB, b []byte) []byte {
			return flipAt(bytes.Index(b, []byte(fakeISOLINUX())[64:])-64+8+12)(t, b)
		}, []string{damaged, `el torito entry 1, BIOS, info table fail the checksum is wrong`}},
		{"boot information table of another sector", "debian", func(t testing.TB, b []byte) []byte {
			return flipAt(bytes.Index(b, []byte(fakeISOLINUX())[64:])-64+8+4)(t, b)
		}, []string{`el torito entry 1, BIOS, info table fail it says that ISOLINUX is at sector`, `files md5sum.txt fail`}},
		{"boot loader changed after its table", "el7", flip(fakeISOLINUX()[64:], 20000),
			[]string{damaged, `el torito entry 1, BIOS, info table fail the checksum is wrong`}},
		{"no boot record", "debian", func(_ testing.TB, b []byte) []byte {
			b[17*sector] = 2 // a supplementary descriptor that is none
			return b
		}, []string{`el torito boot record fail none in sector 17, though /`, `hybrid boot code fail isohybrid, and the boot catalog has no BIOS image`, `files md5sum.txt fail`}},
		{"boot record behind the Joliet descriptor", "debian", func(_ testing.TB, b []byte) []byte {
			swap := bytes.Clone(b[17*sector : 18*sector])
			copy(b[17*sector:], b[18*sector:19*sector])
			copy(b[18*sector:], swap)
			return b
		}, []string{`el torito boot record fail in sector 18; a BIOS such as SeaBIOS looks nowhere else than in 17`}},
		{"boot catalog spoiled", "debian", func(t testing.TB, b []byte) []byte {
			return flipAt(int(binary.LittleEndian.Uint32(b[17*sector+71:]))*sector+4)(t, b)
		}, []string{`el torito catalog fail`, `hybrid boot code fail`, `files md5sum.txt fail`}},
		{"boot image beyond the end", "debian", func(_ testing.TB, b []byte) []byte {
			binary.LittleEndian.PutUint32(b[int(binary.LittleEndian.Uint32(b[17*sector+71:]))*sector+32+8:], 1<<30)
			return b
		}, []string{`el torito entry 1, BIOS fail its image is at block 1073741824, beyond`, `hybrid boot code fail isohybrid looks for`, `files md5sum.txt fail`}},
		{"Joliet label of another medium", "own", func(_ testing.TB, b []byte) []byte {
			for at := 16 * sector; ; at += sector {
				if b[at] == 2 {
					b[at+40+1] = 'X'
					return b
				}
			}
		}, []string{damaged, `label Joliet descriptor fail "XDdemo-13R-Debia"; it should be "CDdemo-13R-Debia"`}},
		{"not an ISO", "own", func(_ testing.TB, b []byte) []byte { return make([]byte, len(b)) }, []string{`volume ISO 9660 fail not an ISO 9660 image`}},
		{"empty", "own", func(testing.TB, []byte) []byte { return nil }, []string{`volume ISO 9660 fail`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, image := soundImage(t, c.medium)
			checkFails(t, verifyBytes(t, c.spoil(t, image), VerifyOptions{}), c.want)
		})
	}
}

// Oddities with which a medium may still boot are warned of.
func TestOddities(t *testing.T) {
	entry := func(b []byte, n int) []byte { // n-th record of the boot catalog
		return b[int(binary.LittleEndian.Uint32(b[17*sector+71:]))*sector+32*n:]
	}
	for _, c := range []struct {
		name, medium string
		spoil        func(b []byte) []byte
		want         string
	}{
		{"UEFI image that is loaded in part", "debian", func(b []byte) []byte {
			binary.LittleEndian.PutUint16(entry(b, 3)[6:], 4)
			return b
		}, "el torito entry 2, UEFI warn boot/grub/efi.img at block"},
		{"entry that is not bootable", "debian", func(b []byte) []byte {
			entry(b, 1)[0] = 0
			return b
		}, "el torito entry 1, BIOS warn isolinux/isolinux.bin at block"},
		{"something behind the volume", "debian", func(b []byte) []byte { return append(b, make([]byte, sector)...) }, "volume size warn 2048 bytes follow the"},
		{"no ESP for USB", "debian", func(b []byte) []byte {
			clear(b[446+16 : 446+32])
			return b
		}, "hybrid ESP warn no EFI system partition: UEFI boots this from CD and not from USB"},
		{"UEFI from USB only", "debian", func(b []byte) []byte {
			entry(b, 2)[0] = 0 // ends the catalog before its UEFI section
			return b
		}, "hybrid ESP warn MBR partition 2, and no UEFI entry in the boot catalog"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, image := soundImage(t, c.medium)
			r := verifyBytes(t, c.spoil(image), VerifyOptions{})
			if r.Count(VerdictFail) > 0 || !hasRow(r, c.want) {
				t.Errorf("no row %q, or some that fail:\n%s", c.want, r.text())
			}
		})
	}
}

// flip changes the byte at an offset of some content of the image, wherever it lies.
func flip(content string, offset int) func(testing.TB, []byte) []byte {
	return func(t testing.TB, b []byte) []byte {
		at := bytes.Index(b, []byte(content))
		if at < 0 {
			t.Fatal("the content is not in the image")
		}
		b[at+offset] ^= 1
		return b
	}
}

func flipAt(offset int) func(testing.TB, []byte) []byte {
	return func(_ testing.TB, b []byte) []byte {
		b[offset] ^= 1
		return b
	}
}

func cut(n int) func(testing.TB, []byte) []byte {
	return func(_ testing.TB, b []byte) []byte { return b[:len(b)-n] }
}

func TestPublishedDigest(t *testing.T) {
	_, image := soundImage(t, "own")
	right := fmt.Sprintf("%x", sha256.Sum256(image))
	r := verifyBytes(t, image, VerifyOptions{SHA256: right, SHA256From: "SHA256SUMS"})
	if !hasRow(r, "checksum SHA256SUMS ok SHA-256 "+right) {
		t.Error(r.text())
	}
	for _, spoiled := range [][]byte{append(bytes.Clone(image), 0), image[:len(image)-1]} {
		r = verifyBytes(t, spoiled, VerifyOptions{SHA256: right, SHA256From: "SHA256SUMS"})
		if !hasRow(r, "checksum SHA256SUMS fail the file's SHA-256 is") {
			t.Error(r.text())
		}
	}
	r = verifyBytes(t, []byte("no image at all"), VerifyOptions{SHA256: right, SHA256From: "SHA256SUMS"})
	if !hasRow(r, "checksum SHA256SUMS fail") {
		t.Error(r.text())
	}
}

// countingReader tells how often each byte was read.
type countingReader struct {
	io.ReaderAt
	n int64
}

func (c *countingReader) ReadAt(b []byte, at int64) (int, error) {
	n, err := c.ReaderAt.ReadAt(b, at)
	c.n += int64(n)
	return n, err
}

// The whole image is read once for both its digests, and every listed file once
// for all lists.
func TestReadsLittle(t *testing.T) {
	tree := files{"big": noise("big", 4<<20)}
	tree["sha256sum.txt"] = fmt.Sprintf("%x  big\n", sha256.Sum256([]byte(tree["big"])))
	tree[SumsPath] = string(Sums([]File{{Path: "big", MD5: "00000000000000000000000000000000"}}))
	image := plan(t, tree, iso9660.Options{VolumeID: "BIG", Time: mediumTime, ImplantMD5: true})
	c := &countingReader{ReaderAt: bytes.NewReader(image)}
	opt := VerifyOptions{SHA256: fmt.Sprintf("%x", sha256.Sum256(image)), SHA256From: "SHA256SUMS"}
	r, err := Verify(context.Background(), c, int64(len(image)), opt)
	if err != nil {
		t.Fatal(err)
	}
	checkFails(t, r, []string{"files md5sum.txt fail"})
	if limit := int64(len(image)) + 4<<20 + 1<<20; c.n > limit {
		t.Errorf("%d bytes were read of an image of %d; %d would do", c.n, len(image), limit)
	}
}

// TestHostile spoils sound media in many places at once: no panic, and an end.
func TestHostile(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, k := range kinds {
		_, image := soundImage(t, k.name)
		for range 60 {
			b := bytes.Clone(image)
			for range 1 + rng.IntN(40) {
				// Where the structures are: the first hundred sectors.
				at := rng.IntN(min(len(b), 100*sector))
				b[at] = byte(rng.Uint32())
			}
			start := time.Now()
			verifyBytes(t, b[:len(b)-rng.IntN(2)*rng.IntN(len(b))], VerifyOptions{})
			if d := time.Since(start); d > time.Minute {
				t.Errorf("%s: took %v", k.name, d)
			}
		}
	}
}

func FuzzVerify(f *testing.F) {
	for i, k := range kinds {
		if k.name == "own" || k.name == "el9" {
			_, image := soundImage(f, k.name)
			f.Add(uint8(i), uint32(17*sector), []byte{1}, uint32(0))
			f.Add(uint8(i), uint32(512), []byte("EFI PART"), uint32(sector))
			f.Add(uint8(i), uint32(bytes.Index(image, []byte("LABEL="))), []byte("LABEL=x"), uint32(0))
		}
	}
	f.Fuzz(func(t *testing.T, medium uint8, at uint32, patch []byte, less uint32) {
		_, image := soundImage(t, kinds[int(medium)%len(kinds)].name)
		copy(image[int(at)%len(image):], patch)
		verifyBytes(t, image[:len(image)-int(less)%len(image)], VerifyOptions{})
	})
}

// FuzzLists gives any bytes to the readers of lists.
func FuzzLists(f *testing.F) {
	f.Add([]byte("[checksums]\nimages/boot.iso = sha256:00\na = md5:d41d8cd98f00b204e9800998ecf8427e\n"))
	f.Add([]byte("<repomd><data type='primary'><checksum type='sha256'>00</checksum><location href='a'/></data></repomd>"))
	f.Add([]byte("-----BEGIN PGP SIGNED MESSAGE-----\n\nSHA256:\n 00 1 a\n-----BEGIN PGP SIGNATURE-----\n"))
	f.Add([]byte("\\d41d8cd98f00b204e9800998ecf8427e  a\\nb\nSHA256 (x) = 00\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		l := &ledger{v: &verifier{}, wanted: map[string][]claim{}, seen: map[string]sums{}, budget: 1 << 20}
		list := l.list("fuzz")
		_ = l.treeinfoSums(list, bytes.NewReader(data))
		for _, element := range []string{"data", "package"} {
			_ = repoFiles(bytes.NewReader(data), element, func(r repoFile) { l.claim(list, r.href, r.digest, r.size) }, list.fault)
		}
		clearText(data)
		if s, ok := ParseSum(string(data)); ok {
			l.claim(list, s.Name, s.Digest, -1)
		}
		for p := range l.wanted {
			if len(p) > 0 && (p[0] == '/' || bytes.Contains([]byte(p), []byte(".."+"/"))) {
				t.Errorf("%q is claimed", p)
			}
		}
	})
}

func BenchmarkVerify(b *testing.B) {
	tree := files{}
	for i := range 64 {
		tree[fmt.Sprintf("pool/%d", i)] = noise(fmt.Sprint(i), 1<<20)
	}
	sums := ""
	for p, text := range tree {
		sums += fmt.Sprintf("%x  %s\n", sha256.Sum256([]byte(text)), p)
	}
	tree["sha256sum.txt"] = sums
	image := plan(b, tree, iso9660.Options{VolumeID: "BENCH", Time: mediumTime, ImplantMD5: true})
	b.SetBytes(int64(len(image)))
	for b.Loop() {
		if r := verifyBytes(b, image, VerifyOptions{}); r.Count(VerdictFail) > 0 {
			b.Fatal(r.text())
		}
	}
}
