package iso9660

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"testing"

	"cdbuilder/internal/judge"

	"github.com/google/go-cmp/cmp"
)

// fakeIsolinux is what the hybrid MBR demands of an isolinux.bin.
func fakeIsolinux(size int) string {
	b := []byte(strings.Repeat("isolinux", size/8+1)[:size])
	copy(b[infoTableEnd:], isolinuxMark)
	return string(b)
}

// hybridImage writes an image with everything for booting.
func hybridImage(t testing.TB) (string, *Layout, *Result) {
	t.Helper()
	esp := file("images/efiboot.img", strings.Repeat("FAT", 700_000))
	esp.Weight = 1
	return writeImage(t, []Entry{
		file("isolinux/isolinux.bin", fakeIsolinux(30_001)), esp, file("README", "hello"), file("pool/a.deb", strings.Repeat("d", 12345)),
	}, Options{
		VolumeID: "Hybrid-1.0_b", SystemID: "LINUX", VolumeSet: "set", Publisher: "publisher", Preparer: "preparer", Application: "application",
		Time: testTime, Joliet: true, ImplantMD5: true,
		ElTorito: &ElTorito{CatalogPath: "isolinux/boot.cat", Entries: []BootEntry{{Platform: BIOS, Path: "isolinux/isolinux.bin"}, {Platform: UEFI, Path: "images/efiboot.img"}}},
		Hybrid:   &Hybrid{MBRCode: []byte(strings.Repeat("\x90", mbrCodeSize)), ESPPath: "images/efiboot.img"},
	})
}

func sectorOf(t testing.TB, l *Layout, path string) uint32 {
	t.Helper()
	for _, f := range l.Files() {
		if f.Path == path {
			return f.Sector
		}
	}
	t.Fatalf("%s is not in the layout", path)
	return 0
}

func TestJudgesAcceptTheHybridImage(t *testing.T) {
	for _, p := range []string{"xorriso", "sgdisk", "isoinfo", "checkisomd5"} {
		judge.Program(t, p)
	}
	name, _, result := hybridImage(t)
	if result.Size%(1<<20) != 0 {
		t.Errorf("the image has %d bytes, not whole cylinders", result.Size)
	}
	report := strings.Join(strings.Fields(judged(t, "xorriso", "-abort_on", "WARNING", "-indev", name, "-report_el_torito", "plain", "-report_system_area", "plain")), " ")
	for _, want := range []string{
		"El Torito boot img : 1 BIOS y none 0x0000 0x00 4 ", "El Torito boot img : 2 UEFI y none 0x0000 0x00 4102 ",
		"El Torito img path : 1 /isolinux/isolinux.bin", "El Torito img opts : 1 boot-info-table isohybrid-suitable", "El Torito img path : 2 /images/efiboot.img",
		"El Torito cat path : /isolinux/boot.cat", "GPT partition path : 1 /images/efiboot.img", "GPT entry array : 2 128 separated",
		"Volume id : 'Hybrid-1.0_b'", "MBR partition : 1 0x00 0xee 1 ", "MBR partition : 2 0x80 0x00 0 1",
	} {
		if !strings.Contains(report, want) {
			t.Errorf("xorriso does not report %q:\n%s", want, report)
		}
	}
	if out := judged(t, "sgdisk", "-v", name); !strings.Contains(out, "No problems found") {
		t.Errorf("sgdisk: %s", out)
	}
	if out := judged(t, "checkisomd5", name); !strings.Contains(out, "PASS") {
		t.Errorf("checkisomd5: %s", out)
	}
	about := judged(t, "isoinfo", "-d", "-i", name)
	for _, want := range []string{"Joliet with UCS level 3 found", "Rock Ridge signatures version 1 found", "El Torito VD version 1 found", "Publisher id: publisher", "Volume size is: "} {
		if !strings.Contains(about, want) {
			t.Errorf("isoinfo does not say %q:\n%s", want, about)
		}
	}
}

func TestReaderSeesTheHybridImage(t *testing.T) {
	name, layout, result := hybridImage(t)
	img := openImage(t, name)
	p, want := img.Primary(), Volume{
		Label: "Hybrid-1.0_b", System: "LINUX", Set: "set", Publisher: "publisher", Preparer: "preparer", Application: "application",
		Blocks: uint32(result.Size / SectorSize), BlockSize: SectorSize, Created: testTime, Modified: testTime,
	}
	p.root = recordHead{}
	if diff := cmp.Diff(want, p, cmp.AllowUnexported(Volume{}, recordHead{})); diff != "" {
		t.Errorf("primary volume (-want +got):\n%s", diff)
	}
	if j, ok := img.Joliet(); !ok || j.Label != "Hybrid-1.0_b" {
		t.Errorf("Joliet label %q, %v", j.Label, ok)
	}
	isolinux, esp := sectorOf(t, layout, "isolinux/isolinux.bin"), sectorOf(t, layout, "images/efiboot.img")
	catalog, err := img.BootCatalog()
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]BootImage{
		{Platform: BIOS, Bootable: true, LoadSectors: 4, Block: isolinux}, {Platform: UEFI, Bootable: true, LoadSectors: 4102, Block: esp},
	}, catalog.Images); diff != "" {
		t.Errorf("boot images (-want +got):\n%s", diff)
	}
	if info, ok, err := img.BootInfo(isolinux); !ok || err != nil || info.Size != 30_001 || !img.BootMark(isolinux) {
		t.Errorf("boot information table %+v, valid %v, %v", info, ok, err)
	}
	if _, ok, err := img.BootInfo(esp); ok || err != nil {
		t.Errorf("the ESP has a boot information table, %v", err)
	}
	paths, err := img.PathsAt(isolinux, esp, 7)
	if diff := cmp.Diff(map[uint32]string{isolinux: "isolinux/isolinux.bin", esp: "images/efiboot.img"}, paths); diff != "" || err != nil {
		t.Errorf("paths (-want +got):\n%s%v", diff, err)
	}
	area, err := img.SystemArea()
	if err != nil {
		t.Fatal(err)
	}
	blocks := uint64(result.Size / blockSize)
	part := area.GPT.Partitions[0]
	if part.Type != ESPType || part.First != uint64(esp)*4 || part.Last != uint64(esp)*4+4102-1 || area.GPT.Other != blocks-1 || area.Backup.Self != blocks-1 {
		t.Errorf("GPT %+v, backup %+v", area.GPT, area.Backup)
	}
	if diff := cmp.Diff([]MBRPartition{{1, false, mbrProtective, 1, uint32(blocks - 1)}, {2, true, 0, 0, 1}}, area.MBR.Partitions); diff != "" {
		t.Errorf("MBR (-want +got):\n%s", diff)
	}
	if sum, err := img.Implanted(); err != nil || sum.MD5 != result.MD5 || sum.FragmentSums != result.FragmentSums || sum.Fragments != 20 || sum.SkipSectors != 15 {
		t.Errorf("implanted %+v, %v", sum, err)
	}
}

func TestBootRecordIsInSector17(t *testing.T) {
	name, layout, _ := hybridImage(t)
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	b := make([]byte, SectorSize)
	if _, err := f.ReadAt(b, 17*SectorSize); err != nil {
		t.Fatal(err)
	}
	if b[0] != 0 || string(b[1:6]) != "CD001" || !strings.HasPrefix(string(b[7:]), "EL TORITO SPECIFICATION\x00") {
		t.Errorf("sector 17 holds %q", b[:40])
	}
	if _, err := f.ReadAt(b[:8], mbrBootBlock); err != nil || le.Uint64(b) != 4*uint64(sectorOf(t, layout, "isolinux/isolinux.bin")) {
		t.Errorf("the MBR loads block %d, %v", le.Uint64(b), err)
	}
}

func TestSystemAreaVerdicts(t *testing.T) {
	name, _, result := hybridImage(t)
	for _, c := range []struct {
		why  string
		at   int64
		want string
	}{
		{"intact", -1, ""},
		{"primary header", blockSize + 60, "primary GPT: the header's checksum is wrong"},
		{"primary entries", 2*blockSize + 3, "primary GPT: the entries' checksum is wrong"},
		{"backup header", result.Size - blockSize + 60, "backup GPT: the header's checksum is wrong"},
		{"backup entries", result.Size - 33*blockSize + 3, "backup GPT: the entries' checksum is wrong"},
		{"backup signature", result.Size - blockSize, "there is a primary GPT and no backup"},
		{"primary signature", blockSize, "there is a backup GPT and no primary one"},
	} {
		t.Run(c.why, func(t *testing.T) {
			if c.at >= 0 {
				flip(t, name, c.at)
				defer flip(t, name, c.at)
			}
			_, err := openImage(t, name).SystemArea()
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("verdict %v", err)
			}
		})
	}
}

func TestBootImages(t *testing.T) {
	opt := func(e ...BootEntry) Options {
		return Options{VolumeID: "BOOT", Time: testTime, ElTorito: &ElTorito{CatalogPath: "boot.cat", Entries: e}}
	}
	t.Run("an ESP that the catalog can't count runs to the end", func(t *testing.T) {
		e := file("esp", "")
		e.Size, e.Open = 40<<20, func() (io.ReadCloser, error) { return io.NopCloser(io.LimitReader(zeroReader{}, 40<<20)), nil }
		name, _, _ := writeImage(t, []Entry{e}, opt(BootEntry{Platform: UEFI, Path: "esp"}))
		c, err := openImage(t, name).BootCatalog()
		if err != nil || c.Images[0].Platform != UEFI || c.Images[0].LoadSectors != 0 {
			t.Errorf("%+v, %v", c, err)
		}
	})
	t.Run("many entries", func(t *testing.T) {
		var entries []BootEntry
		for i := range maxBootEntries {
			entries = append(entries, BootEntry{Platform: Platform(i % 3), Path: "a", LoadSectors: uint16(i + 1)})
		}
		name, _, _ := writeImage(t, []Entry{file("a", "x")}, opt(entries...))
		c, err := openImage(t, name).BootCatalog()
		if err != nil || len(c.Images) != maxBootEntries || c.Images[30].LoadSectors != 31 {
			t.Errorf("%+v, %v", c, err)
		}
	})
	t.Run("an isolinux.bin without its mark", func(t *testing.T) {
		o := opt(BootEntry{Platform: BIOS, Path: "a"})
		o.Hybrid = &Hybrid{MBRCode: make([]byte, mbrCodeSize)}
		l, err := Plan([]Entry{file("a", strings.Repeat("x", 100))}, o)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := l.Write(t.Context(), &discard{}, nil); err == nil || !strings.Contains(err.Error(), "not an isolinux.bin") {
			t.Errorf("error %v", err)
		}
	})
	t.Run("no catalog", func(t *testing.T) {
		name, _, _ := writeImage(t, nil, Options{VolumeID: "NONE", Time: testTime})
		if _, err := openImage(t, name).BootCatalog(); !errors.Is(err, ErrNoCatalog) {
			t.Errorf("error %v", err)
		}
		if _, err := fs.Stat(openImage(t, name), "."); err != nil {
			t.Error(err)
		}
	})
}

// zeroReader gives zeros for ever.
type zeroReader struct{}

func (zeroReader) Read(b []byte) (int, error) { clear(b); return len(b), nil }

// discard is an Output that keeps nothing.
type discard struct{ n int64 }

func (d *discard) Write(b []byte) (int, error)            { d.n += int64(len(b)); return len(b), nil }
func (d *discard) WriteAt(b []byte, _ int64) (int, error) { return len(b), nil }
