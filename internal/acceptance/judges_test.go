package acceptance

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"cdbuilder/internal/iso9660"
	"cdbuilder/internal/judge"
	"cdbuilder/isotree"

	"github.com/google/go-cmp/cmp"
	kdomanski "github.com/kdomanski/iso9660"
)

// ask runs a judge and returns what it says.
func ask(t *testing.T, argv ...string) string {
	t.Helper()
	cmd := exec.Command(judge.Program(t, argv[0]), argv[1:]...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(argv, " "), err, out)
	}
	return string(out)
}

func needs(t *testing.T, text string, wants ...string) {
	t.Helper()
	for _, want := range wants {
		if !regexp.MustCompile(want).MatchString(text) {
			t.Errorf("nothing matches %q in:\n%s", want, text)
		}
	}
}

// tree lists what the build put on the medium, by path.
func tree(t *testing.T) map[string]isotree.File {
	t.Helper()
	built, err := isotree.Open(filepath.Join(judge.Repository(t), "build"))
	if err != nil {
		t.Fatal(err)
	}
	defer built.Close()
	files, err := built.Files()
	if err != nil {
		t.Fatal(err)
	}
	out := make(map[string]isotree.File)
	for _, f := range files {
		out[f.Path] = f
	}
	if len(out) < 200 {
		t.Fatalf("only %d files in build/isotree: make iso has not run here", len(out))
	}
	return out
}

func TestBootRecordsByXorriso(t *testing.T) {
	_, iso := demo(t)
	out := ask(t, "xorriso", "-no_rc", "-indev", iso, "-report_el_torito", "plain", "-report_system_area", "plain")
	needs(t, out,
		`El Torito catalog`,
		`El Torito boot img :   1  BIOS  y   none`,
		`El Torito boot img :   2  UEFI  y   none`,
		`El Torito img path :   1  /isolinux/isolinux.bin`,
		`El Torito img path :   2  /images/efiboot.img`,
		`El Torito img opts :   1  boot-info-table isohybrid-suitable`,
		`System area summary: MBR .*GPT`,
		`GPT partition path :   1  /images/efiboot.img`)
	if strings.Contains(out, "SORRY") || strings.Contains(out, "FAILURE") || strings.Contains(out, "WARNING") {
		t.Errorf("xorriso complains:\n%s", out)
	}
}

func TestPartitionTableBySgdisk(t *testing.T) {
	_, iso := demo(t)
	needs(t, ask(t, "sgdisk", "-v", iso), `No problems found`)
}

func TestImplantedChecksumByCheckisomd5(t *testing.T) {
	_, iso := demo(t)
	needs(t, ask(t, "checkisomd5", iso), `The media check is complete, the result is: PASS`)
}

func TestSystemPartitionByFsck(t *testing.T) {
	p, iso := demo(t)
	img := image(t, iso)
	data, err := fs.ReadFile(img, isotree.ESPPath)
	if err != nil {
		t.Fatal(err)
	}
	esp := filepath.Join(t.TempDir(), "esp.img")
	if err := os.WriteFile(esp, data, 0o644); err != nil {
		t.Fatal(err)
	}
	ask(t, "fsck.vfat", "-n", "-v", esp)
	needs(t, ask(t, "mtype", "-i", esp, "::/boot/grub/grub.cfg"), regexp.QuoteMeta(p.VolumeLabel()))
	for _, loader := range []string{"BOOTX64.EFI", "grubx64.efi", "mmx64.efi"} {
		want, err := fs.ReadFile(img, "EFI/BOOT/"+loader)
		if err != nil {
			t.Fatal(err)
		}
		if got := ask(t, "mtype", "-i", esp, "::/EFI/BOOT/"+loader); !bytes.Equal([]byte(got), want) {
			t.Errorf("%s on the system partition is another than on the medium", loader)
		}
	}
}

func image(t *testing.T, iso string) *iso9660.Image {
	t.Helper()
	f, err := os.Open(iso)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	img, err := iso9660.Open(f, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	return img
}

// Every reader sees the same names.
func TestReadersAgreeOnNames(t *testing.T) {
	_, iso := demo(t)
	var want []string
	for name := range tree(t) {
		want = append(want, "/"+name)
	}
	want = append(want, "/isolinux/boot.cat")
	slices.Sort(want)

	names := map[string][]string{
		"isoinfo, Rock Ridge": isoinfo(ask(t, "isoinfo", "-R", "-l", "-i", iso)),
		"isoinfo, Joliet":     isoinfo(ask(t, "isoinfo", "-J", "-l", "-i", iso)),
		"xorriso":             lines(ask(t, "xorriso", "-no_rc", "-indev", iso, "-find", "/", "-not", "-type", "d", "-exec", "echo", "--"), `^'(/.*)'$`),
		"7z":                  sevenZip(ask(t, "7z", "l", "-slt", iso)),
	}
	for reader, got := range names {
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", reader, diff)
		}
	}
}

func lines(text, pattern string) (out []string) {
	re := regexp.MustCompile(pattern)
	for line := range strings.Lines(text) {
		if m := re.FindStringSubmatch(strings.TrimRight(line, "\n")); m != nil {
			out = append(out, m[1])
		}
	}
	return out
}

// isoinfo reads the listing of isoinfo -l: directories and below each its files.
func isoinfo(text string) (out []string) {
	dir := ""
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n ")
		if d, ok := strings.CutPrefix(line, "Directory listing of "); ok {
			dir = d
			continue
		}
		if m := regexp.MustCompile(`^[-\]]\S*\s.*\]\s+(\S+)$`).FindStringSubmatch(line); m != nil {
			out = append(out, path.Join(dir, m[1]))
		}
	}
	return out
}

func sevenZip(text string) (out []string) {
	for block := range strings.SplitSeq(text, "\n\n") {
		m := regexp.MustCompile(`(?m)^Path = (.*)$`).FindStringSubmatch(block)
		if m != nil && strings.Contains(block, "Folder = -") && !strings.HasPrefix(m[1], "[BOOT]") && !path.IsAbs(m[1]) {
			out = append(out, "/"+m[1])
		}
	}
	return out
}

// xorriso unpacks exactly what was put there; kdomanski's reader agrees on the
// files of small directories (it misreads names in directories over a sector).
func TestReadersAgreeOnContents(t *testing.T) {
	judge.Slow(t)
	_, iso := demo(t)
	out := t.TempDir()
	ask(t, "xorriso", "-no_rc", "-osirrox", "on", "-indev", iso, "-extract", "/", out+"/x")
	md5 := exec.Command(judge.Program(t, "md5sum"), "--check", "--quiet", "--strict", isotree.SumsPath)
	md5.Dir = filepath.Join(out, "x")
	if said, err := md5.CombinedOutput(); err != nil {
		t.Errorf("md5sum over what xorriso unpacked: %v\n%s", err, said)
	}
	f, err := os.Open(iso)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	second, err := kdomanski.OpenImage(f)
	if err != nil {
		t.Fatal(err)
	}
	root, err := second.RootDir()
	if err != nil {
		t.Fatal(err)
	}
	children, err := root.GetChildren()
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, c := range children {
		names = append(names, strings.ToLower(c.Name()))
	}
	for _, want := range []string{"isolinux", "pool", "dists", "readme"} {
		if !slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, want) }) {
			t.Errorf("kdomanski's reader sees %q, no %s", names, want)
		}
	}
}

// Memory is bounded whatever the size of what is worked on.
func TestPeakMemory(t *testing.T) {
	judge.Slow(t)
	_, iso := demo(t)
	root := judge.Repository(t)
	spin := t.TempDir()
	for _, part := range []string{"version.toml", "comps", "kickstart", "splash", "isotree"} {
		ask(t, "cp", "-r", filepath.Join(root, part), spin)
	}
	ask(t, "cp", "-al", filepath.Join(root, "build"), spin)
	// An index that is parsed already would make the case too easy.
	if err := os.RemoveAll(filepath.Join(spin, "build", "cache", "index")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		argv  []string
		limit int // MiB
	}{
		{[]string{"revisor", "--update"}, 400},
		{[]string{"iso"}, 64},
		{[]string{"isotree", "verify", iso}, 128},
	} {
		env := []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME")}
		peak := peak(t, env, filepath.Join(root, "build", "bin", c.argv[0]), append(c.argv[1:], "--product", spin, "--build", filepath.Join(spin, "build"))...)
		t.Logf("%s: peak %d MiB", strings.Join(c.argv, " "), peak)
		if peak > c.limit {
			t.Errorf("%s took %d MiB, more than %d", c.argv[0], peak, c.limit)
		}
	}
}
