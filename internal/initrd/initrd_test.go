package initrd

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"cdbuilder/internal/deb/debtest"
	"cdbuilder/internal/initrd/modindex"
	"cdbuilder/internal/judge"

	"github.com/google/go-cmp/cmp"
)

var stamp = time.Date(2025, 8, 9, 0, 0, 0, 0, time.UTC)

// stage2 is built once, as the Makefile does.
var stage2 = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "stage2-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "init")
	cmd := exec.Command("go", "build", "-trimpath", "-ldflags=-s -w", "-o", path, "cdbuilder/tools/stage2")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64")
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return nil, err
	}
	return os.ReadFile(path)
})

func openPackage(t testing.TB, path string) Package {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return Package{Name: filepath.Base(path), Reader: f}
}

// build makes the initramfs of the real packages.
func build(t testing.TB) ([]byte, *Report) {
	t.Helper()
	init, err := stage2()
	if err != nil {
		t.Fatal(err)
	}
	o := Options{
		Kernel: []Package{openPackage(t, debtest.Kernel(t, "trixie"))},
		Init:   init,
		Shell:  openPackage(t, debtest.Fetch(t, "trixie", "busybox-static")),
		Time:   stamp,
	}
	o = withTools(t, o)
	start := time.Now()
	var b bytes.Buffer
	report, err := Build(context.Background(), &b, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("built in %.1f s", time.Since(start).Seconds())
	return b.Bytes(), report
}

// made is the result of build, shared by the tests that only look at it.
var made struct {
	sync.Once
	data   []byte
	report *Report
}

func built(t testing.TB) ([]byte, *Report) {
	t.Helper()
	judge.Slow(t)
	made.Do(func() { made.data, made.report = build(t) })
	if made.data == nil {
		t.Fatal("the initramfs could not be built; see the first test")
	}
	return made.data, made.report
}

// extracted is the kernel package as dpkg-deb unpacks it.
func extracted(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.Command(judge.Program(t, "dpkg-deb"), "-x", debtest.Kernel(t, "trixie"), dir).CombinedOutput(); err != nil {
		t.Fatalf("dpkg-deb -x: %v\n%s", err, out)
	}
	return dir
}

func TestRealKernel(t *testing.T) {
	data, report := built(t)
	t.Logf("%d programs, %d libraries, left out: %v", report.Programs, report.Libraries, report.LeftOut)
	t.Logf("kernel %s: %d modules, initramfs %.1f MiB, unpacked %.1f MiB, unmet wishes %v, firmware asked for: %v",
		report.Release, report.Modules, float64(len(data))/(1<<20), float64(report.Unpacked)/(1<<20), report.Unmet, report.Firmware)
	if len(data) > 32<<20 {
		t.Errorf("the initramfs has grown to %d bytes", len(data))
	}
	if report.Modules < 200 || len(report.Unmet) > 0 || report.Programs < 100 || report.Libraries < 30 {
		t.Errorf("%+v", report)
	}
}

func TestSameBytesOnOneProcessor(t *testing.T) {
	data, _ := built(t)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	again, _ := build(t)
	if sha256.Sum256(data) != sha256.Sum256(again) {
		t.Error("two builds differ")
	}
}

// TestCpioAndZstdUnpackIt has the real programs judge the archive.
func TestCpioAndZstdUnpackIt(t *testing.T) {
	data, _ := built(t)
	zstd := exec.Command(judge.Program(t, "zstd"), "-dcq")
	zstd.Stdin = bytes.NewReader(data)
	archive, err := zstd.Output()
	if err != nil {
		t.Fatal(err)
	}
	cpio := exec.Command(judge.Program(t, "cpio"), "-itvn", "--quiet")
	cpio.Stdin = bytes.NewReader(archive)
	cpio.Env = []string{"LC_ALL=C", "TZ=UTC"}
	out, err := cpio.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, want := range []string{
		"crw-------   1 0        0          5,   1 Aug  9  2025 dev/console\n",
		"Aug  9  2025 init\n", "Aug  9  2025 bin -> usr/bin\n", "usr/sbin/modprobe -> ../../init\n", "drwxrwxrwt   2 0        0               0 Aug  9  2025 tmp\n",
	} {
		if !strings.Contains(string(out), want) {
			t.Errorf("the listing lacks %q", want)
		}
	}
	for l := range strings.Lines(string(out)) {
		if !strings.Contains(l, "Aug  9  2025") {
			t.Errorf("another stamp: %s", l)
		}
	}
}

// TestEveryPatternMatches holds the table to a real kernel: a pattern that
// names neither a module nor something built in is a slip of the pen, unless
// it is there for other kernels.
func TestEveryPatternMatches(t *testing.T) {
	judge.Slow(t)
	others := []string{
		"drivers/virtio/virtio_pci", "drivers/char/virtio_console", "drivers/input/keyboard/atkbd", "drivers/input/serio/i8042", "drivers/input/misc/xen-kbdfront", // built in here
		"drivers/md/linear", "crypto/crc32c-cryptoapi", "crypto/crc32-cryptoapi", // come and go with kernel versions
		"drivers/ata/pata_platform", "drivers/ata/pata_isapnp", // not built for amd64
	}
	var stems []string
	root := extracted(t)
	err := filepath.WalkDir(root, func(path string, _ fs.DirEntry, err error) error {
		if _, below, ok := strings.Cut(path, "/kernel/"); ok {
			stem, _, _ := strings.Cut(below, ".ko")
			stems = append(stems, stem)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	matches := func(pattern string) bool {
		return slices.ContainsFunc(stems, func(stem string) bool { return names(pattern, stem) })
	}
	for _, g := range append(slices.Clone(wanted), group{"unwanted", unwanted}, group{"foreign", foreign}, group{"helpers", helpers}) {
		for _, p := range g.patterns {
			if !matches(p) && !slices.Contains(others, p) && p != "drivers/isdn/" {
				t.Errorf("%s: no module of the kernel matches %s", g.reason, p)
			}
		}
	}
}

// dependencies reads modules.dep: what each module needs, sorted, without the
// suffixes of compression.
func dependencies(text string) map[string][]string {
	list := map[string][]string{}
	for line := range strings.Lines(strings.ReplaceAll(text, ".ko.xz", ".ko")) {
		module, needs, _ := strings.Cut(line, ":")
		list[module] = slices.Sorted(slices.Values(strings.Fields(needs)))
	}
	return list
}

// TestClosureAgainstModprobe compares what stage2 would load, for each module
// and in which order, with what modprobe makes of depmod's files.
func TestClosureAgainstModprobe(t *testing.T) {
	depmod, modprobe := judge.Program(t, "depmod"), judge.Program(t, "modprobe")
	data, report := built(t)
	files := unpack(t, data)
	index, err := modindex.Read(strings.NewReader(files["usr/lib/modules/"+report.Release+"/modules.index"]))
	if err != nil {
		t.Fatal(err)
	}
	dir := extracted(t)
	if err := os.Symlink("usr/lib", filepath.Join(dir, "lib")); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(depmod, "-b", dir, report.Release).CombinedOutput(); err != nil {
		t.Fatalf("depmod: %v\n%s", err, out)
	}
	theirs, err := os.ReadFile(filepath.Join(dir, "lib/modules", report.Release, "modules.dep"))
	if err != nil {
		t.Fatal(err)
	}
	depmods := dependencies(string(theirs))
	for module, ours := range dependencies(files["usr/lib/modules/"+report.Release+"/modules.dep"]) {
		if diff := cmp.Diff(depmods[module], ours); diff != "" {
			t.Errorf("%s in modules.dep (-depmod +ours):\n%s", module, diff)
		}
	}
	ask := func(args ...string) []string {
		out, err := exec.Command(modprobe, append([]string{"-d", dir, "-S", report.Release, "-C", "/dev/null"}, args...)...).Output()
		if err != nil {
			t.Fatalf("modprobe %v: %v", args, err)
		}
		return strings.Split(strings.TrimSpace(string(out)), "\n")
	}
	for _, m := range index.Modules {
		var theirs []string
		for _, l := range ask("--show-depends", m.Name) {
			if words := strings.Fields(l); len(words) > 1 && words[0] == "insmod" {
				theirs = append(theirs, modindex.Name(words[1]))
			}
		}
		for _, name := range theirs {
			if name != m.Name && !slices.Contains(m.Before, name) && !slices.Contains(m.After, name) {
				t.Errorf("%s: modprobe also loads %s; we load %v", m.Name, name, m.Before)
			}
		}
		for i, name := range m.Before {
			// Nothing comes before what it needs itself.
			need, _ := index.Module(name)
			for _, n := range need.Before {
				if at := slices.Index(m.Before, n); at > i {
					t.Errorf("%s: %s is loaded before %s, which it needs", m.Name, name, n)
				}
			}
		}
	}
	for _, alias := range []string{
		"pci:v00008086d00002922sv00001AF4sd00001100bc01sc06i01", "usb:v46F4p0001d0000dc00dsc00dp00ic08isc06ip50in00", "scsi:t-0x05", "fs-ext4",
		"pci:v00001B36d00000010sv00001AF4sd00001100bc01sc08i02", "acpi:80860F14:PNP0D40:", "virtio:d00000002v00001AF4", "crypto-crc32c", "hid:b0003g0001v00000627p00000001",
	} {
		theirs := ask("-R", alias)
		theirs = slices.DeleteFunc(theirs, func(name string) bool { _, carried := index.Module(name); return !carried })
		ours := index.Match(alias)
		slices.Sort(theirs)
		slices.Sort(ours)
		if diff := cmp.Diff(slices.Compact(theirs), ours); diff != "" {
			t.Errorf("%s (-modprobe +ours):\n%s", alias, diff)
		}
	}
	t.Logf("%d modules agree with depmod and modprobe", len(index.Modules))
}
