package iso9660

import (
	"bytes"
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cdbuilder/internal/judge"

	"github.com/google/go-cmp/cmp"
	kdomanski "github.com/kdomanski/iso9660"
)

// judged runs a real program and gives what it said.
func judged(t testing.TB, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(judge.Program(t, name), args...).CombinedOutput()
	if err != nil {
		t.Errorf("%s %s: %v\n%s", name, strings.Join(args, " "), err, tail(out))
	}
	return string(out)
}

func tail(b []byte) []byte { return b[max(0, len(b)-2000):] }

// A seen is what a reader makes of one file.
type seen struct {
	Mode   fs.FileMode
	Size   int64
	Target string
	Sum    string
}

// survey reads a whole tree; a link counts by its target.
func survey(t testing.TB, fsys fs.FS) map[string]seen {
	t.Helper()
	found := map[string]seen{}
	err := fs.WalkDir(fsys, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		s := seen{Mode: info.Mode()}
		switch {
		case s.Mode.Type() == fs.ModeSymlink:
			s.Target, err = fs.ReadLink(fsys, p)
			s.Mode = fs.ModeSymlink
		case s.Mode.IsRegular():
			s.Size = info.Size()
			s.Sum, err = sumFile(fsys, p)
		}
		if p != "." {
			found[p] = s
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
	return found
}

func sumFile(fsys fs.FS, p string) (string, error) {
	f, err := fsys.Open(p)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, f)
	return fmt.Sprintf("%x", h.Sum(nil)[:8]), err
}

// expected is what a reader of Rock Ridge must see of the entries.
func expected(t testing.TB, entries []Entry) map[string]seen {
	t.Helper()
	want := map[string]seen{}
	for _, e := range entries {
		s := seen{Mode: e.Mode, Size: e.Size, Target: e.Target}
		if s.Target != "" {
			s.Mode = fs.ModeSymlink
		}
		if e.Mode.IsRegular() {
			h := sha256.New()
			if e.Open != nil {
				r, err := e.Open()
				if err != nil {
					t.Fatal(err)
				}
				if _, err := io.Copy(h, r); err != nil {
					t.Fatal(err)
				}
			}
			s.Sum = fmt.Sprintf("%x", h.Sum(nil)[:8])
		}
		want[e.Path] = s
		for dir := filepath.Dir(e.Path); dir != "."; dir = filepath.Dir(dir) {
			if _, ok := want[dir]; !ok {
				want[dir] = seen{Mode: fs.ModeDir | 0o755}
			}
		}
	}
	for _, e := range entries {
		if e.Mode.IsDir() {
			want[e.Path] = seen{Mode: e.Mode}
		}
	}
	return want
}

func openImage(t testing.TB, name string) *Image {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	img, err := Open(f, info.Size())
	if err != nil {
		t.Fatal(err)
	}
	return img
}

func TestOwnReaderSeesTheTree(t *testing.T) {
	entries := testTree(t)
	name, _, _ := writeImage(t, entries, Options{VolumeID: "TREE", Time: testTime, Joliet: true})
	img := openImage(t, name)
	if diff := cmp.Diff(expected(t, entries), survey(t, img)); diff != "" {
		t.Errorf("Rock Ridge (-entries +image):\n%.4000s", diff)
	}
	full := func(dir string) int64 {
		info, err := img.Stat(dir)
		if err != nil {
			t.Fatal(err)
		}
		return info.Size()
	}
	if exact, over := full("full/exact"), full("full/over"); exact != SectorSize || over != 2*SectorSize {
		t.Errorf("the directories that fill a sector have %d and %d bytes", exact, over)
	}
}

func TestXorrisoExtractsTheTree(t *testing.T) {
	judge.Program(t, "xorriso")
	entries := testTree(t)
	name, _, _ := writeImage(t, entries, Options{VolumeID: "TREE", Time: testTime, Joliet: true})
	dir := filepath.Join(t.TempDir(), "out")
	judged(t, "xorriso", "-abort_on", "WARNING", "-osirrox", "on", "-indev", name, "-extract", "/", dir)
	if diff := cmp.Diff(expected(t, entries), survey(t, os.DirFS(dir))); diff != "" {
		t.Errorf("xorriso (-entries +extracted):\n%.4000s", diff)
	}
	judged(t, "chmod", "-R", "u+rwX", dir)
}

func TestIsoinfoListsTheTree(t *testing.T) {
	judge.Program(t, "isoinfo")
	name, _, _ := writeImage(t, testTree(t), Options{VolumeID: "TREE", Time: testTime, Joliet: true})
	img := openImage(t, name)
	for _, c := range []struct {
		view NameKind
		args []string
		cut  func(string) string
	}{
		{RockRidge, []string{"-R"}, nil},
		{Joliet, []string{"-J", "-j", "iso8859-1"}, nil},
		{Plain, nil, func(s string) string { return strings.TrimSuffix(strings.TrimSuffix(s, ";1"), ".") }},
	} {
		out := judged(t, "isoinfo", append(c.args, "-f", "-i", name)...)
		var got []string
		for line := range strings.Lines(out) {
			line = strings.TrimPrefix(strings.TrimSuffix(line, "\n"), "/")
			if c.cut != nil {
				line = c.cut(line)
			}
			if isASCII(line) { // isoinfo knows no UTF-8
				got = append(got, line)
			}
		}
		fsys, err := img.View(c.view)
		if err != nil {
			t.Fatal(err)
		}
		want := slices.DeleteFunc(paths(survey(t, fsys)), func(p string) bool { return !isASCII(p) })
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%v (-ours +isoinfo):\n%.3000s", c.view, diff)
		}
	}
}

func isASCII(s string) bool { return !strings.ContainsFunc(s, func(r rune) bool { return r > '~' }) }

func paths(tree map[string]seen) []string {
	var list []string
	for p := range tree {
		list = append(list, p)
	}
	slices.Sort(list)
	return list
}

// 7-Zip takes Joliet names where there are any. It reads no continuation areas,
// cuts version numbers and full stops off Rock Ridge names, and refuses to extract links to
// upper directories, so of Rock Ridge it gets the rest.
func TestSevenZipExtractsTheTree(t *testing.T) {
	judge.Program(t, "7z")
	entries := testTree(t)
	for _, kind := range []NameKind{Joliet, RockRidge} {
		if kind == RockRidge {
			entries = slices.DeleteFunc(entries, func(e Entry) bool {
				return len(filepath.Base(e.Path)) > 120 || e.Target != "" || strings.HasSuffix(e.Path, ";1") || strings.HasSuffix(e.Path, ".")
			})
		}
		name, _, _ := writeImage(t, entries, Options{VolumeID: "TREE", Time: testTime, Joliet: kind == Joliet})
		dir := t.TempDir()
		judged(t, "7z", "x", "-y", "-o"+dir, name)
		fsys, err := openImage(t, name).View(kind)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(contents(survey(t, fsys)), contents(survey(t, os.DirFS(dir)))); diff != "" {
			t.Errorf("%v (-ours +7z):\n%.3000s", kind, diff)
		}
	}
}

// contents leaves only what 7-Zip keeps: regular files.
func contents(tree map[string]seen) map[string]string {
	files := map[string]string{}
	for p, s := range tree {
		if s.Mode.IsRegular() {
			files[p] = s.Sum
		}
	}
	return files
}

// The second Go reader takes Rock Ridge names wrongly where a directory has
// more than one sector, so it only gets small ones.
func TestSecondReaderAgrees(t *testing.T) {
	var entries []Entry
	for _, e := range testTree(t) {
		if !strings.HasPrefix(e.Path, "many/") && !strings.HasPrefix(e.Path, "names/") && !strings.HasPrefix(e.Path, "full/over") && e.Target == "" {
			entries = append(entries, e)
		}
	}
	name, _, _ := writeImage(t, entries, Options{VolumeID: "SECOND", Time: testTime, Joliet: true})
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := kdomanski.OpenImage(f)
	if err != nil {
		t.Fatal(err)
	}
	if label, err := img.Label(); label != "SECOND" || err != nil {
		t.Errorf("label %q, %v", label, err)
	}
	root, err := img.RootDir()
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	walkSecond(t, root, "", got)
	if diff := cmp.Diff(contents(expected(t, entries)), got); diff != "" {
		t.Errorf("(-entries +second reader):\n%.3000s", diff)
	}
}

func walkSecond(t *testing.T, dir *kdomanski.File, prefix string, found map[string]string) {
	t.Helper()
	children, err := dir.GetChildren()
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range children {
		if c.IsDir() {
			walkSecond(t, c, prefix+c.Name()+"/", found)
			continue
		}
		h := sha256.New()
		if _, err := io.Copy(h, c.Reader()); err != nil {
			t.Fatal(err)
		}
		found[prefix+c.Name()] = fmt.Sprintf("%x", h.Sum(nil)[:8])
	}
}

func TestCheckisomd5Passes(t *testing.T) {
	judge.Program(t, "checkisomd5")
	name, _, result := writeImage(t, testTree(t), Options{VolumeID: "SUM", Time: testTime, ImplantMD5: true})
	if out := judged(t, "checkisomd5", "--md5sumonly", name); !strings.Contains(out, result.MD5) || !strings.Contains(out, result.FragmentSums) {
		t.Errorf("checkisomd5 reads other sums than Write gave: %s", out)
	}
	for _, damage := range []int64{-1, 0, 40_000, 3 << 20, result.Size/2 + 1, result.Size - 16*SectorSize, result.Size - 15*SectorSize, result.Size - 1} {
		if damage >= 0 {
			flip(t, name, damage)
		}
		agree(t, name)
		if damage >= 0 {
			flip(t, name, damage)
		}
	}
	if err := os.Truncate(name, result.Size/3); err != nil {
		t.Fatal(err)
	}
	agree(t, name)
}

// agree holds CheckMD5 to the verdict of checkisomd5.
func agree(t *testing.T, name string) {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	status, err := CheckMD5(context.Background(), f, nil)
	if err != nil {
		t.Error(err)
	}
	out, _ := exec.Command(judge.Program(t, "checkisomd5"), name).CombinedOutput()
	if _, verdict, _ := bytes.Cut(out, []byte("the result is: ")); !strings.HasPrefix(string(verdict), status.String()+".") {
		t.Errorf("%s: we say %v, checkisomd5 says %s", filepath.Base(name), status, out)
	}
}

func flip(t *testing.T, name string, at int64) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var b [1]byte
	if _, err := f.ReadAt(b[:], at); err != nil {
		t.Fatal(err)
	}
	b[0] ^= 0x10
	if _, err := f.WriteAt(b[:], at); err != nil {
		t.Fatal(err)
	}
}
