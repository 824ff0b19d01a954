package fat

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"cdbuilder/internal/judge"
)

var when = time.Date(2026, 11, 20, 13, 14, 16, 0, time.UTC)

// noise gives bytes that compress to nothing and repeat nowhere.
func noise(seed uint64, n int) []byte {
	b := make([]byte, n)
	var key [32]byte
	key[0], key[1] = byte(seed), byte(seed>>8)
	_, _ = rand.NewChaCha8(key).Read(b)
	return b
}

// loaders is what an EFI system partition holds, with sizes as in Debian 13.
func loaders() []Entry {
	return []Entry{
		{Path: "EFI/BOOT/BOOTX64.EFI", Data: noise(1, 1036152)},
		{Path: "EFI/BOOT/grubx64.efi", Data: noise(2, 2328000)},
		{Path: "EFI/BOOT/mmx64.efi", Data: noise(3, 873904)},
		{Path: "boot/grub/grub.cfg", Data: []byte("search --file --set=root /.disk/X\n")},
	}
}

// awkward names everything that names can get wrong.
func awkward() []Entry {
	names := []string{
		"UPPER.TXT", "lower.txt", "Mixed.Txt", "NOEXT", "two.dots.txt", ".hidden", "a b c.d e",
		"long name with spaces.html", "ünïcödé.txt", "KÄSE.TXT", "käse.old", "日本語の名前.txt", "emoji 🚀.bin", "+[],;=.tmp",
		"exactly8.abc", "exactly9x.abc", "LONGNA~1.TXT", "long name one.txt", "long name two.txt", "empty",
		strings.Repeat("n", 255), strings.Repeat("m", 13), strings.Repeat("k", 26) + ".x",
	}
	var list []Entry
	for i, n := range names {
		list = append(list, Entry{Path: "names/" + n, Data: noise(uint64(i), i*977)})
	}
	list = append(list, Entry{Path: "empty directory", Dir: true})
	deep := "deep"
	for i := range 12 {
		deep = path.Join(deep, fmt.Sprintf("level %d", i))
	}
	return append(list, Entry{Path: deep + "/bottom.txt", Data: []byte("bottom\n")})
}

// crowd fills a directory over many clusters with names whose short forms clash.
func crowd(n int) []Entry {
	list := make([]Entry, n)
	for i := range list {
		list[i] = Entry{Path: fmt.Sprintf("crowd/package-name-%05d_amd64.deb", i), Data: []byte(fmt.Sprint(i))}
	}
	return list
}

func build(t testing.TB, list []Entry, o Options) (*Image, []byte) {
	t.Helper()
	if o.Time.IsZero() {
		o.Time = when
	}
	im, err := Plan(list, o)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	n, err := im.WriteTo(&b)
	if err != nil {
		t.Fatal(err)
	}
	if n != im.Size() || n != int64(b.Len()) {
		t.Fatalf("wrote %d bytes, said %d, planned %d", b.Len(), n, im.Size())
	}
	return im, b.Bytes()
}

// cases are the images that every judge looks at.
var cases = []struct {
	name    string
	entries func() []Entry
	options Options
	bits    int
}{
	{"loaders", loaders, Options{Label: "CDB_ESP"}, 16},
	{"loaders without a label", loaders, Options{}, 16},
	{"loaders in 8 MiB", loaders, Options{Size: 8 << 20}, 16},
	{"loaders as FAT12", loaders, Options{Bits: 12}, 12},
	{"loaders as FAT32", loaders, Options{Bits: 32, Label: "ESP"}, 32},
	{"loaders in 300 MiB", loaders, Options{Size: 300 << 20}, 16},
	{"loaders in 600 MiB", loaders, Options{Size: 600 << 20}, 32},
	{"one small file", func() []Entry { return loaders()[3:] }, Options{}, 12},
	{"nothing", func() []Entry { return nil }, Options{Label: "EMPTY"}, 12},
	{"awkward names", awkward, Options{Label: "NAMES 1-2_3"}, 12},
	{"awkward names as FAT32", awkward, Options{Bits: 32}, 32},
	{"a crowd", func() []Entry { return crowd(5000) }, Options{Label: "CROWD"}, 16},
	{"a crowd as FAT32", func() []Entry { return crowd(5000) }, Options{Bits: 32}, 32},
	{"a crowded root", func() []Entry {
		list := crowd(600)
		for i := range list {
			list[i].Path = path.Base(list[i].Path)
		}
		return list
	}, Options{Label: "ROOT"}, 12},
}

func TestFsckFindsNothing(t *testing.T) {
	fsck := judge.Program(t, "fsck.vfat")
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			im, img := buildFile(t, c.entries(), c.options)
			if im.Bits() != c.bits {
				t.Errorf("became FAT%d, want FAT%d", im.Bits(), c.bits)
			}
			out, err := exec.Command(fsck, "-n", "-v", img).CombinedOutput()
			if err != nil {
				t.Fatalf("fsck.vfat: %v\n%s", err, out)
			}
			// It corrects small things with exit status 0 too, and says so.
			for _, word := range []string{"differ", "wrong", "Orphan", "Dirty", "Warning", "Removing", "Auto"} {
				if strings.Contains(string(out), word) {
					t.Errorf("fsck.vfat says %q:\n%s", word, out)
				}
			}
		})
	}
}

func TestMtoolsReadsWhatWeWrote(t *testing.T) {
	mcopy := judge.Program(t, "mcopy")
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			list := c.entries()
			_, img := buildFile(t, list, c.options)
			dir := t.TempDir()
			cmd := exec.Command(mcopy, "-s", "-n", "-Q", "-m", "-i", img, "::*", dir)
			cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "TZ=UTC")
			if out, err := cmd.CombinedOutput(); err != nil && len(list) > 0 {
				t.Fatalf("mcopy: %v\n%s", err, out)
			}
			want := contents(list)
			for name, content := range want { // mtools has no characters beyond 16 bits
				if plain := strings.ReplaceAll(name, "🚀", "__"); plain != name {
					delete(want, name)
					want[plain] = content
				}
			}
			if diff := gocmp.Diff(want, digests(t, os.DirFS(dir))); diff != "" {
				t.Errorf("mcopy gives other files (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOurReaderReadsWhatWeWrote(t *testing.T) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			list := c.entries()
			_, img := buildFile(t, list, c.options)
			f := openImage(t, img)
			if diff := gocmp.Diff(contents(list), digests(t, f)); diff != "" {
				t.Errorf("other files (-want +got):\n%s", diff)
			}
			if want := cmp.Or(c.options.Label, "NO NAME"); f.Label() != want {
				t.Errorf("label %q, want %q", f.Label(), want)
			}
		})
	}
}

func TestReaderIsAnFS(t *testing.T) {
	_, b := build(t, awkward(), Options{})
	f, err := Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if err := fstest.TestFS(f, "names/UPPER.TXT", "names/日本語の名前.txt", "empty directory"); err != nil {
		t.Error(err)
	}
	if _, err := fs.Stat(f, "NAMES/upper.txt"); err != nil {
		t.Errorf("names are not found in other case: %v", err)
	}
	st, err := fs.Stat(f, "names/UPPER.TXT")
	if err != nil || !st.ModTime().Equal(when) {
		t.Errorf("stamp %v, %v; want %v", st, err, when)
	}
}

// TestReaderAgreesWithMkfs reads images that mkfs.vfat and mcopy made.
func TestReaderAgreesWithMkfs(t *testing.T) {
	mkfs, mcopy := judge.Program(t, "mkfs.vfat"), judge.Program(t, "mcopy")
	files := t.TempDir()
	list := slices.DeleteFunc(slices.Concat(loaders(), awkward(), crowd(150)), func(e Entry) bool {
		// mtools has no characters beyond 16 bits, writes Ï as I where the code
		// page lacks it, and gives up where a name is another's short form.
		return strings.ContainsAny(e.Path, "🚀ï~")
	})
	for _, e := range list {
		p := filepath.Join(files, filepath.FromSlash(e.Path))
		if e.Dir {
			p = filepath.Join(p, "x")
		}
		if err := os.MkdirAll(filepath.Dir(p), 0o755); err != nil {
			t.Fatal(err)
		}
		if !e.Dir {
			if err := os.WriteFile(p, e.Data, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, args := range [][]string{
		{"-F", "12", "-C", "", "8192"}, {"-F", "16", "-C", "", "20000"}, {"-F", "32", "-C", "", "70000"},
		{"-F", "32", "-s", "1", "-C", "", "40000"}, {"-F", "16", "-S", "2048", "-C", "", "60000"},
		{"-F", "12", "-f", "1", "-r", "112", "-R", "4", "-C", "", "9000"},
	} {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			img := filepath.Join(t.TempDir(), "img")
			args = slices.Clone(args)
			args[slices.Index(args, "")] = img
			if out, err := exec.Command(mkfs, append([]string{"-n", "FOREIGN", "-i", "1234abcd"}, args...)...).CombinedOutput(); err != nil {
				t.Fatalf("mkfs.vfat: %v\n%s", err, out)
			}
			top, _ := filepath.Glob(files + "/*")
			cmd := exec.Command(mcopy, append(append([]string{"-s", "-Q", "-i", img}, top...), "::")...)
			cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "MTOOLS_SKIP_CHECK=1")
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("mcopy: %v\n%s", err, out)
			}
			f := openImage(t, img)
			if diff := gocmp.Diff(contents(list), digests(t, f)); diff != "" {
				t.Errorf("other files (-want +got):\n%s", diff)
			}
			if f.Label() != "FOREIGN" || f.ID() != 0x1234abcd {
				t.Errorf("label %q, id %x", f.Label(), f.ID())
			}
		})
	}
}

func TestSameInputSameBytes(t *testing.T) {
	list := slices.Concat(loaders(), awkward(), crowd(100))
	_, a := build(t, list, Options{Label: "SAME"})
	slices.Reverse(list)
	_, b := build(t, list, Options{Label: "SAME", Time: when.In(time.FixedZone("far", 12*3600))})
	if !bytes.Equal(a, b) {
		t.Error("order of entries or time zone changed the image")
	}
	_, c := build(t, list, Options{Label: "OTHER"})
	if bytes.Equal(a[39:43], c[39:43]) {
		t.Error("another label has the same volume id")
	}
}

func TestFittedImageHasLittleSlack(t *testing.T) {
	for _, c := range []struct{ files, size, most int }{{1, 1, 22 << 10}, {3, 1 << 20, 60 << 10}, {40, 1 << 20, 300 << 10}, {7, 777777, 100 << 10}} {
		var list []Entry
		for i := range c.files {
			list = append(list, Entry{Path: fmt.Sprintf("F%d", i), Data: make([]byte, c.size)})
		}
		im, _ := build(t, list, Options{})
		if slack := im.Size() - int64(c.files*c.size); slack > int64(c.most) {
			t.Errorf("%d files of %d bytes: %v: %d bytes of slack, want at most %d", c.files, c.size, im, slack, c.most)
		}
		if im.Size()%2048 != 0 {
			t.Errorf("%d bytes do not end on a CD sector", im.Size())
		}
	}
}

// TestEverySizeFits goes over the limits between the kinds, where the number
// of clusters and the length of the tables depend on each other.
func TestEverySizeFits(t *testing.T) {
	sizes := []int64{0, 1, 511, 512, 513}
	for _, near := range []int64{4085 * 512, 4085 * 1024, 4085 * 2048, 65525 * 2048, 65525 * 4096} {
		for d := int64(-40); d <= 40; d++ {
			sizes = append(sizes, near+d*512)
		}
	}
	for _, size := range sizes {
		for _, bits := range []int{0, 16, 32} {
			im, err := Plan([]Entry{{Path: "x", Size: size, Open: func() (io.ReadCloser, error) { return nil, errors.New("unread") }}}, Options{Time: when, Bits: bits})
			if err != nil {
				t.Fatalf("%d bytes, FAT%d: %v", size, bits, err)
			}
			g := im.geo
			least, most := shape{g.bits, g.perCluster}.between()
			switch {
			case g.clusters < least || g.clusters > most, im.used() > g.clusters,
				shape{bits: g.bits}.fatSectors(g.clusters) > g.fatSectors,
				g.offset(uint32(g.clusters)+2) > im.Size():
				t.Fatalf("%d bytes: %v: %+v", size, im, g)
			}
		}
	}
}

func TestFaultsAreAllNamed(t *testing.T) {
	list := []Entry{
		{Path: "/abs"}, {Path: "a/../b"}, {Path: "x:y"}, {Path: "dot."}, {Path: "Same"}, {Path: "same"},
		{Path: "twice"}, {Path: "twice"}, {Path: "file"}, {Path: "file/below"}, {Path: "big", Size: 1 << 32},
		{Path: "nowhere", Size: 5}, {Path: strings.Repeat("z", 256)}, {Path: "bad\xff"},
	}
	_, err := Plan(list, Options{Time: when})
	for _, want := range []string{"/abs", "a/../b", `':'`, "dot.", "differ in case", "twice is listed twice", "below the file file", "big: ", "nowhere", "256 UTF-16", `"bad\xff"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error lacks %q:\n%v", want, err)
		}
	}
	err = Options{Label: "lower", Size: 5, Bits: 13, Time: time.Unix(0, 0)}.Validate()
	for _, want := range []string{"lower", "multiple of 2048", "FAT13", "1970-01-01"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error lacks %q:\n%v", want, err)
		}
	}
	if _, err := Plan(loaders(), Options{Time: when, Size: 1 << 20}); err == nil || !strings.Contains(err.Error(), "cannot hold") {
		t.Errorf("4 MiB in 1 MiB: %v", err)
	}
}

func TestFileOfAnotherLength(t *testing.T) {
	for _, c := range []struct {
		size int64
		want string
	}{{9, "ended after 5 of 9 bytes"}, {3, "more than the 3 bytes"}} {
		im, err := Plan([]Entry{{Path: "x", Size: c.size, Open: func() (io.ReadCloser, error) {
			return io.NopCloser(strings.NewReader("12345")), nil
		}}}, Options{Time: when})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := im.WriteTo(io.Discard); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
}

// buildFile writes the image into a file, leaving holes for what is zero.
func buildFile(t testing.TB, list []Entry, o Options) (*Image, string) {
	t.Helper()
	o.Time = when
	im, err := Plan(list, o)
	if err != nil {
		t.Fatal(err)
	}
	p := filepath.Join(t.TempDir(), "img")
	f, err := os.Create(p)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := im.WriteTo(sparse{f}); err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(im.Size()); err != nil {
		t.Fatal(err)
	}
	return im, p
}

type sparse struct{ f *os.File }

func (s sparse) Write(p []byte) (int, error) {
	if len(p) <= len(zeros) && bytes.Equal(p, zeros[:len(p)]) {
		_, err := s.f.Seek(int64(len(p)), io.SeekCurrent)
		return len(p), err
	}
	return s.f.Write(p)
}

func openImage(t testing.TB, p string) *FS {
	t.Helper()
	r, err := os.Open(p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	st, err := r.Stat()
	if err != nil {
		t.Fatal(err)
	}
	f, err := Open(r, st.Size())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// contents and digests give path to digest of the content; a directory's path
// ends in a slash.
func contents(list []Entry) map[string]string {
	m := map[string]string{}
	for _, e := range list {
		if e.Dir {
			m[e.Path+"/"] = ""
		} else {
			m[e.Path] = digest(e.Data)
		}
		for up := path.Dir(e.Path); up != "."; up = path.Dir(up) {
			m[up+"/"] = ""
		}
	}
	return m
}

func digest(b []byte) string { return fmt.Sprintf("%d bytes %x", len(b), sha256.Sum256(b))[:30] }

func digests(t testing.TB, f fs.FS) map[string]string {
	t.Helper()
	m := map[string]string{}
	err := fs.WalkDir(f, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || p == "." {
			return err
		}
		if d.IsDir() {
			m[p+"/"] = ""
			return nil
		}
		b, err := fs.ReadFile(f, p)
		m[p] = digest(b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}
