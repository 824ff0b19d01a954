package isotree

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/md5"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"cdbuilder/internal/fat"
	"cdbuilder/internal/iso9660"
	"cdbuilder/internal/judge"
	"cdbuilder/internal/pgp"
)

// The media of these tests are made by xorriso, genisoimage and implantisomd5,
// and by our own writer, from trees that stand here as paths and contents.

var mediumTime = time.Date(2026, 3, 14, 15, 9, 26, 0, time.UTC)

type files map[string]string

// noise is content that compresses to nothing and differs by its seed.
func noise(seed string, n int) string {
	var b bytes.Buffer
	for block := sha256.Sum256([]byte(seed)); b.Len() < n; block = sha256.Sum256(block[:]) {
		b.Write(block[:])
	}
	return b.String()[:n]
}

// fakeISOLINUX is no ISOLINUX, but what every program takes for one: it has the
// mark at byte 64 by which isohybrid finds it.
func fakeISOLINUX() string {
	b := []byte(noise("isolinux", 38912))
	copy(b[64:], "\xFB\xC0\x78\x70")
	return string(b)
}

// fakeMBR is 432 bytes that say what isolinux's isohdpfx.bin says.
func fakeMBR() string {
	b := []byte(noise("mbr", 432))
	copy(b[100:], "isolinux.bin missing or corrupt")
	return string(b)
}

// espBytes makes a FAT image.
func espBytes(t testing.TB, content files) string {
	t.Helper()
	var entries []fat.Entry
	for _, p := range slices.Sorted(maps.Keys(content)) {
		entries = append(entries, fat.Entry{Path: p, Data: []byte(content[p])})
	}
	im, err := fat.Plan(entries, fat.Options{Time: mediumTime})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := im.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// elMenus are the boot menus of an EL medium, as lorax writes them.
func elMenus(label string) (isolinux, grub string) {
	escaped := strings.ReplaceAll(label, " ", `\x20`)
	isolinux = "default vesamenu.c32\ntimeout 600\nmenu title Don't forget the label\nlabel linux\n  menu label ^Install\n  kernel vmlinuz\n" +
		"  append initrd=initrd.img inst.stage2=hd:LABEL=" + escaped + " quiet\nlabel check\n  kernel vmlinuz\n" +
		"  append initrd=initrd.img inst.stage2=hd:LABEL=" + escaped + " inst.ks=hd:LABEL=" + escaped + ":/ks.cfg rd.live.check quiet\n"
	grub = "set timeout=60\nsearch --no-floppy --set=root -l '" + label + "'\nmenuentry 'Install' --class fedora {\n" +
		"\tlinuxefi /images/pxeboot/vmlinuz inst.stage2=hd:LABEL=" + escaped + " quiet\n\tinitrdefi /images/pxeboot/initrd.img\n}\n"
	return isolinux, grub
}

func elESP(t testing.TB, grub string) string {
	return espBytes(t, files{"EFI/BOOT/BOOTX64.EFI": noise("shim", 9000), "EFI/BOOT/grubx64.efi": noise("grub", 20000), "EFI/BOOT/grub.cfg": grub})
}

// elTree is a small EL medium: boot files, treeinfo, a repository.
func elTree(t testing.TB, label string) files {
	isolinux, grub := elMenus(label)
	tree := files{
		"isolinux/isolinux.bin": fakeISOLINUX(), "isolinux/isolinux.cfg": isolinux, "isolinux/vmlinuz": noise("vmlinuz", 50000),
		"isolinux/boot.msg": "hello\n", "images/pxeboot/vmlinuz": noise("vmlinuz", 50000), "images/pxeboot/initrd.img": noise("initrd", 90000),
		"images/efiboot.img": elESP(t, grub), "EFI/BOOT/BOOTX64.EFI": noise("shim", 9000), "EFI/BOOT/grub.cfg": grub,
		".discinfo": "1525379658.57\n7\nx86_64\n", "ks.cfg": "text\n",
	}
	repository(t, tree, "", files{"Packages/a-1-1.el7.noarch.rpm": noise("a", 7000), "Packages/b-2-1.el7.noarch.rpm": noise("b", 300)})
	tree[".treeinfo"] = fmt.Sprintf("[general]\nfamily = CentOS\n\n[checksums]\nimages/boot.iso = sha256:%x\nimages/efiboot.img = sha256:%x\n"+
		"images/pxeboot/initrd.img = sha256:%x\nrepodata/repomd.xml = sha256:%x\n\n[stage2]\nmainimage = LiveOS/squashfs.img\n", sha256.Sum256(nil),
		sha256.Sum256([]byte(tree["images/efiboot.img"])), sha256.Sum256([]byte(tree["images/pxeboot/initrd.img"])), sha256.Sum256([]byte(tree["repodata/repomd.xml"])))
	return tree
}

// repository adds an RPM repository below root.
func repository(t testing.TB, tree files, root string, packages files) {
	t.Helper()
	var primary bytes.Buffer
	z := gzip.NewWriter(&primary)
	fmt.Fprintf(z, "<?xml version=\"1.0\"?>\n<metadata xmlns=\"http://linux.duke.edu/metadata/common\" packages=\"%d\">\n", len(packages))
	for _, p := range slices.Sorted(maps.Keys(packages)) {
		tree[root+p] = packages[p]
		fmt.Fprintf(z, "<package type=\"rpm\"><name>x</name><checksum type=\"sha256\" pkgid=\"YES\">%x</checksum><size package=\"%d\" installed=\"1\" archive=\"1\"/><location href=\"%s\"/></package>\n",
			sha256.Sum256([]byte(packages[p])), len(packages[p]), p)
	}
	fmt.Fprintln(z, "</metadata>")
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	tree[root+"repodata/primary.xml.gz"] = primary.String()
	tree[root+"repodata/repomd.xml"] = fmt.Sprintf("<?xml version=\"1.0\"?>\n<repomd xmlns=\"http://linux.duke.edu/metadata/repo\">\n<revision>1</revision>\n"+
		"<data type=\"primary\"><checksum type=\"sha256\">%x</checksum><open-checksum type=\"sha256\">00</open-checksum><location href=\"repodata/primary.xml.gz\"/><size>%d</size><open-size>1</open-size></data>\n</repomd>\n",
		sha256.Sum256(primary.Bytes()), primary.Len())
}

// debianTree is a small Debian medium, with the archive signed by signer.
func debianTree(t testing.TB, label string, signer *pgp.Signer) files {
	t.Helper()
	tree := files{
		"isolinux/isolinux.bin": fakeISOLINUX(),
		"isolinux/isolinux.cfg": "default install\nlabel install\n  kernel /install.amd/vmlinuz\n  append vga=788 initrd=/install.amd/initrd.gz --- quiet\n",
		"boot/grub/grub.cfg":    "search --file --set=root /.disk/info\nmenuentry 'Install' {\n linux /install.amd/vmlinuz\n}\n",
		"boot/grub/efi.img":     espBytes(t, files{"EFI/BOOT/BOOTX64.EFI": noise("shim", 9000), "EFI/debian/grub.cfg": "search --file --set=root /.disk/info\n"}),
		"install.amd/vmlinuz":   noise("vmlinuz", 50000), "install.amd/initrd.gz": noise("initrd", 60000),
		".disk/info":                        label + "\n",
		"pool/main/a/a/a_1_amd64.deb":       noise("a", 12345),
		"pool/main/b/b/b_2-1_amd64.deb":     noise("b", 54321),
		"pool/main/c/c/c-udeb_1_amd64.udeb": noise("c", 4096),
	}
	paragraph := func(name, p string) string {
		return fmt.Sprintf("Package: %s\nVersion: 1\nArchitecture: amd64\nFilename: %s\nSize: %d\nMD5sum: %x\nSHA256: %x\n\n",
			name, p, len(tree[p]), md5.Sum([]byte(tree[p])), sha256.Sum256([]byte(tree[p])))
	}
	const dir = "dists/trixie/main/"
	debs := paragraph("a", "pool/main/a/a/a_1_amd64.deb") + paragraph("b", "pool/main/b/b/b_2-1_amd64.deb")
	udebs := paragraph("c-udeb", "pool/main/c/c/c-udeb_1_amd64.udeb")
	tree[dir+"binary-amd64/Packages.gz"] = zipped(t, debs)
	tree[dir+"debian-installer/binary-amd64/Packages.gz"] = zipped(t, udebs)
	tree[dir+"binary-amd64/Release"] = "Archive: stable\nComponent: main\nArchitecture: amd64\n"
	release := "Origin: Debian\nSuite: stable\nCodename: trixie\nDate: Sat, 14 Mar 2026 15:09:26 UTC\nSHA256:\n" +
		fmt.Sprintf(" %x %d main/binary-amd64/Packages\n", sha256.Sum256([]byte(debs)), len(debs))
	for _, p := range []string{"binary-amd64/Packages.gz", "debian-installer/binary-amd64/Packages.gz"} {
		release += fmt.Sprintf(" %x %d main/%s\n", sha256.Sum256([]byte(tree[dir+p])), len(tree[dir+p]), p)
	}
	tree["dists/trixie/Release"] = release
	var signed bytes.Buffer
	if err := signer.ClearSign(&signed, []byte(release), mediumTime); err != nil {
		t.Fatal(err)
	}
	tree["dists/trixie/InRelease"] = signed.String()
	var sums strings.Builder
	for _, p := range slices.Sorted(maps.Keys(tree)) {
		fmt.Fprintf(&sums, "%x  ./%s\n", md5.Sum([]byte(tree[p])), p)
	}
	tree["md5sum.txt"] = sums.String()
	return tree
}

func zipped(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write([]byte(text))
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// makeSigner makes a key and the ring that trusts it.
func makeSigner() (*pgp.Signer, *pgp.Keyring) {
	var secret, public bytes.Buffer
	err := pgp.Generate("Verify", "test", "verify@example.org", mediumTime, nil, &secret)
	if err != nil {
		panic(err)
	}
	signer, err := pgp.ReadSigner(&secret, nil)
	if err != nil {
		panic(err)
	}
	if err := signer.PublicKey(&public); err != nil {
		panic(err)
	}
	ring, err := pgp.ReadKeyring(&public)
	if err != nil {
		panic(err)
	}
	return signer, ring
}

// put writes a tree to a directory.
func put(t testing.TB, tree files) string {
	t.Helper()
	dir := t.TempDir()
	for p, text := range tree {
		name := filepath.Join(dir, filepath.FromSlash(p))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// mastering is a way to make a medium of a tree.
type mastering func(t testing.TB, label string, tree files) []byte

func program(t testing.TB, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(judge.Program(t, name), args...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

func readImage(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var isolinuxArgs = []string{"-b", "isolinux/isolinux.bin", "-c", "isolinux/boot.cat", "-no-emul-boot", "-boot-load-size", "4", "-boot-info-table"}

// el7 makes a medium as CentOS 7 did: genisoimage, no hybrid, implanted MD5.
func el7(t testing.TB, label string, tree files) []byte {
	iso := filepath.Join(t.TempDir(), "el7.iso")
	args := append([]string{"-quiet", "-o", iso, "-V", label, "-J", "-R", "-T"}, isolinuxArgs...)
	program(t, "genisoimage", append(args, "-eltorito-alt-boot", "-e", "images/efiboot.img", "-no-emul-boot", put(t, tree))...)
	program(t, "implantisomd5", iso)
	return readImage(t, iso)
}

// el9 makes a medium as EL8 and EL9 do: isohybrid with an MBR and a GPT.
func el9(t testing.TB, label string, tree files) []byte {
	iso := hybridISO(t, label, tree, "images/efiboot.img")
	program(t, "implantisomd5", iso)
	return readImage(t, iso)
}

// debianCD makes a medium as debian-cd does.
func debianCD(t testing.TB, label string, tree files) []byte {
	return readImage(t, hybridISO(t, label, tree, "boot/grub/efi.img"))
}

func hybridISO(t testing.TB, label string, tree files, esp string) string {
	iso, mbr := filepath.Join(t.TempDir(), "hybrid.iso"), filepath.Join(t.TempDir(), "isohdpfx.bin")
	if err := os.WriteFile(mbr, []byte(fakeMBR()), 0o644); err != nil {
		t.Fatal(err)
	}
	args := append([]string{"-as", "mkisofs", "-quiet", "-o", iso, "-V", label, "-J", "-R", "-isohybrid-mbr", mbr}, isolinuxArgs...)
	program(t, "xorriso", append(args, "-eltorito-alt-boot", "-e", esp, "-no-emul-boot", "-isohybrid-gpt-basdat", put(t, tree))...)
	return iso
}

// el10 makes a medium as EL10 does: the ESP is an appended GPT partition, and a
// second copy is a file.
func el10(t testing.TB, label string, tree files) []byte {
	iso, esp := filepath.Join(t.TempDir(), "el10.iso"), filepath.Join(t.TempDir(), "esp.img")
	if err := os.WriteFile(esp, []byte(tree["appended"]), 0o644); err != nil {
		t.Fatal(err)
	}
	tree = maps.Clone(tree)
	delete(tree, "appended")
	args := append([]string{"-as", "mkisofs", "-quiet", "-o", iso, "-V", label, "-J", "-R", "-partition_offset", "16",
		"-appended_part_as_gpt", "-append_partition", "2", "C12A7328-F81F-11D2-BA4B-00A0C93EC93B", esp}, isolinuxArgs...)
	program(t, "xorriso", append(args, "-eltorito-alt-boot", "-e", "--interval:appended_partition_2:all::", "-no-emul-boot", put(t, tree))...)
	program(t, "implantisomd5", iso)
	return readImage(t, iso)
}

// ownTree is a medium of ours, of the menus that we write.
func ownTree(t testing.TB, label string, signer *pgp.Signer) files {
	t.Helper()
	tree := debianTree(t, label, signer)
	for _, p := range []string{"boot/grub/efi.img", "boot/grub/grub.cfg", "install.amd/vmlinuz", "install.amd/initrd.gz", "md5sum.txt"} {
		delete(tree, p)
	}
	menu := Menu{Title: "Demo", Label: label, Kernel: KernelPath, Initrd: InitrdPath, Default: "install", Timeout: 5}.InstallerMenu([]Install{{"Install Demo", "ks/demo.ks"}}, nil)
	for p, render := range map[string]func() ([]byte, error){IsolinuxConfig: menu.Isolinux, GRUBConfig: menu.GRUB} {
		text, err := render()
		if err != nil {
			t.Fatal(err)
		}
		tree[p] = string(text)
	}
	im, err := PlanESP(label, mediumTime, []fat.Entry{{Path: "EFI/BOOT/BOOTX64.EFI", Data: []byte(noise("shim", 9000))}})
	if err != nil {
		t.Fatal(err)
	}
	var esp bytes.Buffer
	if _, err := im.WriteTo(&esp); err != nil {
		t.Fatal(err)
	}
	id, err := Identity{Name: "Demo", Label: label}.Encode()
	if err != nil {
		t.Fatal(err)
	}
	maps.Copy(tree, files{
		KernelPath: noise("vmlinuz", 50000), InitrdPath: noise("initrd", 90000), ESPPath: esp.String(),
		MarkerPath(label): label + "\n", ProductPath: string(id), "ks/demo.ks": "text\n", "README": "read me\n",
	})
	var sums []File
	for p, text := range tree {
		sums = append(sums, File{Path: p, MD5: fmt.Sprintf("%x", md5.Sum([]byte(text)))})
	}
	tree[SumsPath] = string(Sums(sums))
	return tree
}

// own makes a medium with our own writer.
func own(t testing.TB, label string, tree files) []byte {
	t.Helper()
	return plan(t, tree, iso9660.Options{VolumeID: label, Time: mediumTime, Joliet: true, ImplantMD5: true,
		ElTorito: &iso9660.ElTorito{CatalogPath: "isolinux/boot.cat", Entries: []iso9660.BootEntry{
			{Platform: iso9660.BIOS, Path: "isolinux/isolinux.bin", InfoTable: true}, {Platform: iso9660.UEFI, Path: ESPPath},
		}},
		Hybrid: &iso9660.Hybrid{MBRCode: []byte(fakeMBR()), ESPPath: ESPPath},
	})
}

func plan(t testing.TB, tree files, opt iso9660.Options) []byte {
	t.Helper()
	var entries []iso9660.Entry
	for _, p := range slices.Sorted(maps.Keys(tree)) {
		entries = append(entries, iso9660.Entry{Path: p, Mode: 0o644, Size: int64(len(tree[p])), Weight: Weight(p),
			Open: func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(tree[p])), nil }})
	}
	return planEntries(t, entries, opt)
}

func planEntries(t testing.TB, entries []iso9660.Entry, opt iso9660.Options) []byte {
	t.Helper()
	l, err := iso9660.Plan(entries, opt)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Create(filepath.Join(t.TempDir(), "own.iso"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := l.Write(context.Background(), f, nil); err != nil {
		t.Fatal(err)
	}
	return readImage(t, f.Name())
}

// diskTree gives the files below a directory as entries of an image.
func diskTree(t testing.TB, dir string) (entries []iso9660.Entry) {
	t.Helper()
	err := fs.WalkDir(os.DirFS(dir), ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := os.Stat(filepath.Join(dir, p))
		if err != nil {
			return err
		}
		entries = append(entries, iso9660.Entry{Path: p, Mode: 0o644, Size: info.Size(), Open: func() (io.ReadCloser, error) { return os.Open(filepath.Join(dir, p)) }})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return entries
}

// le64 reads a number of an image.
func le64(b []byte, at int) uint64 { return binary.LittleEndian.Uint64(b[at:]) }

func verifyBytes(t testing.TB, image []byte, opt VerifyOptions) *Report {
	t.Helper()
	r, err := Verify(context.Background(), bytes.NewReader(image), int64(len(image)), opt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// text writes a report for a failure message.
func (r *Report) text() string {
	var b strings.Builder
	for _, row := range r.Rows {
		fmt.Fprintf(&b, "%-10s %-30s %-4s %s\n", row.Group, row.Check, row.Verdict, row.Detail)
	}
	return b.String()
}
