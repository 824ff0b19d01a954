package releases

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"cdbuilder/internal/product"
)

func TestStorePublishes(t *testing.T) {
	old := syscall.Umask(0o077)
	defer syscall.Umask(old)
	mirror := t.TempDir()
	o := beta1.options(t, t.TempDir(), mirror)
	var done int64
	o.Progress = func(n int64) { done += n }
	report, err := Store(t.Context(), o)
	must(t, err)
	name := beta1.name()
	if report.Name != name || !report.Published || report.Latest != name || report.Path != filepath.Join(mirror, name) || len(report.Files) != 4 {
		t.Errorf("report: %+v", report)
	}
	if done < 2*int64(beta1.size) || done > 2*int64(beta1.size)+10_000 {
		t.Errorf("progress counted %d bytes", done)
	}
	want := []string{
		"-rw------- .store.lock",
		"drwxr-xr-x " + name + " at epoch",
		"-rw-r--r-- " + name + "/" + name + ".iso at epoch",
		"-rw-r--r-- " + name + "/" + name + ".toml at epoch",
		"-rw-r--r-- " + name + "/SHA256SUMS at epoch",
		"-rw-r--r-- " + name + "/SHA256SUMS.asc at epoch",
		"-rw-r--r-- " + name + "/packages.lock at epoch",
		"-rw-r--r-- " + name + "/signing-key.asc at epoch",
		"drwxr-xr-x " + name + "/sub at epoch",
		"drwxr-xr-x " + name + "/sub/deep at epoch",
		"-rw-r--r-- " + name + "/sub/deep/notes.txt at epoch",
		"link latest -> " + name,
	}
	if diff := cmp.Diff(want, listTree(t, mirror)); diff != "" {
		t.Errorf("mirror (-want +got):\n%s", diff)
	}
	must(t, checkWhole(filepath.Join(mirror, latest)))
}

func TestStoreTwiceDoesNothing(t *testing.T) {
	mirror := t.TempDir()
	o := beta1.options(t, t.TempDir(), mirror)
	_, err := Store(t.Context(), o)
	must(t, err)
	before := listTree(t, mirror)
	o.fault = func(step string) error { return fmt.Errorf("step %q was taken", step) }
	report, err := Store(t.Context(), o)
	must(t, err)
	if report.Published || report.Latest != beta1.name() {
		t.Errorf("report: %+v", report)
	}
	if diff := cmp.Diff(before, listTree(t, mirror)); diff != "" {
		t.Errorf("mirror (-before +after):\n%s", diff)
	}
}

func TestStoreRefusesOtherContentUnderTheSameName(t *testing.T) {
	name := beta1.name()
	for test, c := range map[string]struct {
		spoil func(t *testing.T, dir string)
		want  []string
	}{
		"another ISO": {func(t *testing.T, dir string) {
			must(t, os.WriteFile(filepath.Join(dir, name+".iso"), []byte("x"), 0o644))
		}, []string{name + ".iso differs"}},
		"another list": {func(t *testing.T, dir string) {
			must(t, os.WriteFile(filepath.Join(dir, SumsFile), []byte("x"), 0o644))
		}, []string{"SHA256SUMS differs"}},
		"files missing": {func(t *testing.T, dir string) {
			must(t, os.Remove(filepath.Join(dir, "packages.lock")))
			must(t, os.Remove(filepath.Join(dir, SignatureFile)))
			must(t, os.Remove(filepath.Join(dir, SumsFile)))
		}, []string{"SHA256SUMS is missing", "SHA256SUMS.asc is missing", "packages.lock is missing"}},
		"a file more": {func(t *testing.T, dir string) {
			must(t, os.WriteFile(filepath.Join(dir, "sub", "more"), nil, 0o644))
		}, []string{"sub/more is not of this release"}},
		"a file": {func(t *testing.T, dir string) {
			must(t, os.RemoveAll(dir))
			must(t, os.WriteFile(dir, nil, 0o644))
		}, []string{"it is not a directory"}},
	} {
		t.Run(test, func(t *testing.T) {
			mirror := t.TempDir()
			o := beta1.options(t, t.TempDir(), mirror)
			_, err := Store(t.Context(), o)
			must(t, err)
			c.spoil(t, filepath.Join(mirror, name))
			before := listTree(t, mirror)
			_, err = Store(t.Context(), o)
			var conflict *ConflictError
			if !errors.As(err, &conflict) {
				t.Fatalf("got %v", err)
			}
			if diff := cmp.Diff(c.want, conflict.Differences); diff != "" {
				t.Errorf("differences (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(before, listTree(t, mirror)); diff != "" {
				t.Errorf("mirror (-before +after):\n%s", diff)
			}
		})
	}
}

func TestStoreRefuses(t *testing.T) {
	for test, c := range map[string]struct {
		change func(t *testing.T, o *StoreOptions)
		want   string
	}{
		"the demo key": {func(_ *testing.T, o *StoreOptions) { o.Demo = true }, "make a key of your own"},
		"no mirror":    {func(_ *testing.T, o *StoreOptions) { o.Mirror = "" }, "MIRROR_DIR="},
		"no key":       {func(_ *testing.T, o *StoreOptions) { o.Signer = nil }, "[signing] key"},
		"a mirror that is not there": {func(_ *testing.T, o *StoreOptions) { o.Mirror += "/nowhere" },
			"nowhere: no such file or directory; create it, or mount what should be there"},
		"a release that is not built": {func(_ *testing.T, o *StoreOptions) { o.Dir = strings.Replace(o.Dir, "-01", "-02", 1) }, "make iso builds it"},
		"a name of something else":    {func(_ *testing.T, o *StoreOptions) { o.Dir = filepath.Dir(o.Dir) }, "is not the name of a release"},
		"the place of building":       {func(_ *testing.T, o *StoreOptions) { o.Mirror = filepath.Dir(o.Dir) }, "is where releases are built"},
		"a signer that fails":         {func(_ *testing.T, o *StoreOptions) { o.Signer = fakeSigner{errors.New("wrong passphrase")} }, "signing SHA256SUMS: wrong passphrase"},
		"a missing file":              {func(t *testing.T, o *StoreOptions) { must(t, os.Remove(o.Dir+"/packages.lock")) }, "packages.lock is missing"},
		"a file too many":             {func(t *testing.T, o *StoreOptions) { must(t, os.WriteFile(o.Dir+"/x", nil, 0o644)) }, "x is not in SHA256SUMS"},
		"a link":                      {func(t *testing.T, o *StoreOptions) { must(t, os.Symlink("/etc/passwd", o.Dir+"/x")) }, "x is not a plain file"},
		"no list":                     {func(t *testing.T, o *StoreOptions) { must(t, os.Remove(o.Dir+"/SHA256SUMS")) }, "SHA256SUMS: no such file"},
		"no record":                   {func(t *testing.T, o *StoreOptions) { must(t, os.Remove(o.Dir+"/"+beta1.name()+".toml")) }, ".toml: no such file"},
		"a list that leaves": {func(t *testing.T, o *StoreOptions) {
			must(t, os.WriteFile(o.Dir+"/SHA256SUMS", []byte(strings.Repeat("0", 64)+"  ../x\n"), 0o644))
		}, `line 1: names "../x"`},
		"an ISO changed since": {func(t *testing.T, o *StoreOptions) {
			must(t, os.WriteFile(o.Dir+"/"+beta1.name()+".iso", []byte("x"), 0o644))
		}, "make iso builds it again"},
		"a latest that is a directory":   {func(t *testing.T, o *StoreOptions) { must(t, os.Mkdir(o.Mirror+"/latest", 0o755)) }, `"latest" in the mirror is not a link`},
		"a latest that leads elsewhere":  {func(t *testing.T, o *StoreOptions) { must(t, os.Symlink("/srv", o.Mirror+"/latest")) }, `leads to "/srv", which is not a release`},
		"a latest that is not a release": {func(t *testing.T, o *StoreOptions) { must(t, os.Symlink("files", o.Mirror+"/latest")) }, `leads to "files"`},
		"another product's mirror": {func(t *testing.T, o *StoreOptions) {
			other := beta1
			other.id = "Other"
			_, err := Store(t.Context(), other.options(t, t.TempDir(), o.Mirror))
			must(t, err)
		}, "names a release of another product, Other; give each product"},
	} {
		t.Run(test, func(t *testing.T) {
			mirror := t.TempDir()
			o := beta1.options(t, t.TempDir(), mirror)
			c.change(t, &o)
			_, err := Store(t.Context(), o)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("no %q in %v", c.want, err)
			}
			if _, err := os.Lstat(filepath.Join(mirror, beta1.name())); err == nil {
				t.Error("something stands under the final name")
			}
		})
	}
}

func TestValidateReportsAll(t *testing.T) {
	_, err := Store(t.Context(), StoreOptions{Keep: -1})
	if err == nil || strings.Count(err.Error(), "\n") < 5 {
		t.Errorf("got %v", err)
	}
}

func TestDemoKeyIsASentinel(t *testing.T) {
	o := beta1.options(t, t.TempDir(), t.TempDir())
	o.Demo = true
	if _, err := Store(t.Context(), o); !errors.Is(err, ErrDemoKey) {
		t.Errorf("got %v", err)
	}
}

func TestStoreLocks(t *testing.T) {
	mirror := t.TempDir()
	o := beta1.options(t, t.TempDir(), mirror)
	second := o
	o.fault = func(step string) error {
		if strings.HasPrefix(step, "show") {
			_, err := Store(t.Context(), second)
			if !errors.Is(err, ErrBusy) {
				t.Errorf("a second run at the same time: %v", err)
			}
		}
		return nil
	}
	_, err := Store(t.Context(), o)
	must(t, err)
	if report, err := Store(t.Context(), second); err != nil || report.Published {
		t.Errorf("a run afterwards: %+v, %v", report, err)
	}
}

func TestStoreStopsWhenAsked(t *testing.T) {
	mirror := t.TempDir()
	o := beta1.options(t, t.TempDir(), mirror)
	ctx, cancel := context.WithCancel(t.Context())
	writes := 0
	o.fault = func(step string) error {
		if strings.HasPrefix(step, "write") {
			if writes++; writes == 2 {
				cancel()
			}
		}
		return nil
	}
	if _, err := Store(ctx, o); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	if _, err := os.Lstat(filepath.Join(mirror, beta1.name())); err == nil {
		t.Error("something stands under the final name")
	}
}

// TestStoreContinues counts what a second run writes again after the first one
// was cut off in the last file.
func TestStoreContinues(t *testing.T) {
	mirror := t.TempDir()
	o := beta1.options(t, t.TempDir(), mirror)
	cut := errors.New("cut off")
	o.fault = func(step string) error {
		if step == "write packages.lock" {
			return cut
		}
		return nil
	}
	if _, err := Store(t.Context(), o); !errors.Is(err, cut) {
		t.Fatalf("got %v", err)
	}
	stale := filepath.Join(mirror, temporary(beta1.name()), "stale")
	must(t, os.WriteFile(stale, nil, 0o600))
	must(t, os.MkdirAll(filepath.Join(mirror, temporary("Other-1R-x-20200101-Beta-01"), "x"), 0o700))
	must(t, os.MkdirAll(filepath.Join(mirror, gonePrefix+"Other", "x"), 0o700))
	var steps []string
	o.fault = func(step string) error {
		steps = append(steps, step)
		return nil
	}
	_, err := Store(t.Context(), o)
	must(t, err)
	all := strings.Join(steps, "\n")
	if strings.Contains(all, ".iso") || !strings.Contains(all, "clear stale") || !strings.Contains(all, "write packages.lock") {
		t.Errorf("steps:\n%s", all)
	}
	must(t, checkWhole(filepath.Join(mirror, beta1.name())))
	if tree := strings.Join(listTree(t, mirror), "\n"); strings.Contains(tree, ".store-") || strings.Contains(tree, "stale") {
		t.Errorf("left behind:\n%s", tree)
	}
}

func TestDiskFull(t *testing.T) {
	mirror := t.TempDir()
	o := beta1.options(t, t.TempDir(), mirror)
	writes := 0
	o.fault = func(step string) error {
		if strings.HasPrefix(step, "write") {
			if writes++; writes == 3 {
				return &os.PathError{Op: "write", Path: "x", Err: syscall.ENOSPC}
			}
		}
		return nil
	}
	_, err := Store(t.Context(), o)
	if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "the mirror's disk is full; nothing has been published") {
		t.Errorf("got %v", err)
	}
	if diff := cmp.Diff([]string{"-rw-r--r-- .store.lock"}, listTree(t, mirror)); diff != "" {
		t.Errorf("left behind (-want +got):\n%s", diff)
	}
}

// TestDamagedCopy flips a byte of the copy between writing and reading back.
func TestDamagedCopy(t *testing.T) {
	mirror := t.TempDir()
	o := beta1.options(t, t.TempDir(), mirror)
	var total int64
	o.Progress = func(n int64) {
		if total += n; total == int64(beta1.size) {
			path := filepath.Join(mirror, temporary(beta1.name()), beta1.name()+".iso")
			data, err := os.ReadFile(path)
			must(t, err)
			data = append(data, make([]byte, beta1.size-len(data))...)
			data[100] ^= 1
			must(t, os.WriteFile(path, data, 0o600))
		}
	}
	_, err := Store(t.Context(), o)
	if err == nil || !strings.Contains(err.Error(), "reading the copy back: "+beta1.name()+".iso has the digest") {
		t.Errorf("got %v", err)
	}
	if _, err := os.Lstat(filepath.Join(mirror, beta1.name())); err == nil {
		t.Error("something stands under the final name")
	}
}

func TestKeep(t *testing.T) {
	mirror, work := t.TempDir(), t.TempDir()
	at := func(day, number int, stage string) spec {
		return spec{id: "Demo", stage: stage, date: product.NewDate(2026, 11, day), number: number, size: 100}
	}
	order := []spec{at(1, 1, "Alpha"), at(1, 2, "Alpha"), at(1, 1, "Beta"), at(2, 1, "Beta"), at(2, 1, "RC"), at(2, 1, "Final")}
	for _, s := range order {
		_, err := Store(t.Context(), s.options(t, work, mirror))
		must(t, err)
	}
	must(t, os.WriteFile(filepath.Join(mirror, order[1].name(), "mine.txt"), nil, 0o644))
	must(t, os.Mkdir(filepath.Join(mirror, "Demo-1R-Base-2-20200101-Beta-01"), 0o755)) // looks like one, is none
	must(t, os.Mkdir(filepath.Join(mirror, "photos"), 0o755))

	o := at(3, 1, "Beta").options(t, work, mirror)
	o.Keep, o.DryRun = 3, true
	before := listTree(t, mirror)
	report, err := Store(t.Context(), o)
	must(t, err)
	want := []string{order[0].name(), order[2].name(), order[3].name()}
	spared := []string{order[1].name() + ": mine.txt is not in SHA256SUMS"}
	if diff := cmp.Diff([][]string{want, spared}, [][]string{report.Removed, report.Spared}); diff != "" {
		t.Errorf("would be removed, spared (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(before, listTree(t, mirror)); diff != "" {
		t.Errorf("a dry run changed the mirror:\n%s", diff)
	}

	o.DryRun = false
	report, err = Store(t.Context(), o)
	must(t, err)
	if diff := cmp.Diff(want, report.Removed); diff != "" {
		t.Errorf("removed (-want +got):\n%s", diff)
	}
	entries, err := os.ReadDir(mirror)
	must(t, err)
	var left []string
	for _, e := range entries {
		left = append(left, e.Name())
	}
	wantLeft := []string{".store.lock", order[1].name(), order[5].name(), order[4].name(),
		at(3, 1, "Beta").name(), "Demo-1R-Base-2-20200101-Beta-01", "latest", "photos"}
	if diff := cmp.Diff(wantLeft, left, sorted); diff != "" {
		t.Errorf("left (-want +got):\n%s", diff)
	}
}

var sorted = cmp.Transformer("sorted", func(in []string) map[string]bool {
	out := map[string]bool{}
	for _, s := range in {
		out[s] = true
	}
	return out
})

func TestAnOlderReleaseIsNotTheLatest(t *testing.T) {
	mirror, work := t.TempDir(), t.TempDir()
	newer, older := beta1, beta1
	older.date = product.NewDate(2026, 10, 1)
	_, err := Store(t.Context(), newer.options(t, work, mirror))
	must(t, err)
	o := older.options(t, work, mirror)
	o.Keep = 1
	report, err := Store(t.Context(), o)
	must(t, err)
	if report.Latest != newer.name() || len(report.Removed) != 0 {
		t.Errorf("report: %+v", report)
	}
	must(t, checkWhole(filepath.Join(mirror, latest)))
	must(t, checkWhole(filepath.Join(mirror, older.name())))
}

func TestTheTimeOfTheSignatureIsGiven(t *testing.T) {
	mirror := t.TempDir()
	o := beta1.options(t, t.TempDir(), mirror)
	o.At = epoch.Add(time.Hour)
	_, err := Store(t.Context(), o)
	must(t, err)
	data, err := os.ReadFile(filepath.Join(mirror, latest, SignatureFile))
	must(t, err)
	if !bytes.HasSuffix(data, fmt.Appendf(nil, " at %d\n", o.At.Unix())) {
		t.Errorf("signature: %s", data)
	}
}
