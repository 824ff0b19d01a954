package rootfs

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTwoPackagesWithOneFile(t *testing.T) {
	with := func(name, body string, parts ...func(*made)) Package {
		return one(t, name, append(parts, dir("usr", 0o755), file("usr/shared", body, 0o644))...)
	}
	for name, c := range map[string]struct {
		packages []Package
		holds    string // what is in the file, "" where it is an error
		owner    string
	}{
		"neither replaces":      {[]Package{with("aa", "A"), with("bb", "B")}, "", ""},
		"the second replaces":   {[]Package{with("aa", "A"), with("bb", "B", field("Replaces: aa (<< 2)"))}, "B", "bb"},
		"the first replaces":    {[]Package{with("aa", "A", field("Replaces: bb")), with("bb", "B")}, "A", "aa"},
		"both replace":          {[]Package{with("aa", "A", field("Replaces: bb")), with("bb", "B", field("Replaces: aa"))}, "B", "bb"},
		"another version":       {[]Package{with("aa", "A"), with("bb", "B", field("Replaces: aa (<< 0.5)"))}, "", ""},
		"replaced although new": {[]Package{with("aa", "A", field("Depends: bb")), with("bb", "B", field("Replaces: aa"))}, "B", "bb"},
	} {
		t.Run(name, func(t *testing.T) {
			root, f, err := install(t, c.packages...)
			if c.holds == "" {
				var overlap *OverlapError
				if !errors.As(err, &overlap) || overlap.First != "aa_1.0_amd64" || overlap.Second != "bb_1.0_amd64" || overlap.Path != "usr/shared" {
					t.Errorf("got %v", err)
				}
				for _, call := range f.calls {
					if strings.Contains(call, "configure") {
						t.Errorf("%s ran all the same", call)
					}
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := read(t, root, "usr/shared"); got != c.holds {
				t.Errorf("the file is %s's, want %s's", got, c.holds)
			}
			for _, p := range []string{"aa", "bb"} {
				has := strings.Contains(read(t, root, "var/lib/dpkg/info", p+".list"), "/usr/shared\n")
				if has != (p == c.owner) {
					t.Errorf("the list of %s has the file: %v", p, has)
				}
			}
		})
	}
}

// What comes out must not depend on which worker is faster.
func TestOverlapsAreTheSameEachTime(t *testing.T) {
	big := strings.Repeat("x", 1<<20)
	for range 20 {
		root, _ := mustInstall(t,
			one(t, "aa", dir("d", 0o700), file("d/f", "A"+big, 0o600), field("Replaces: bb")),
			one(t, "bb", dir("d", 0o755), file("d/f", "B"+big, 0o644)),
			one(t, "cc", dir("d", 0o750), file("d/f", "C"+big, 0o640), field("Replaces: aa, bb")))
		if got := read(t, root, "d/f"); got[0] != 'C' || len(got) != 1+len(big) {
			t.Fatalf("the file begins with %c", got[0])
		}
		if info, _ := os.Stat(filepath.Join(root, "d/f")); info.Mode().Perm() != 0o640 || !info.ModTime().Equal(stamp) {
			t.Fatalf("the file has mode %s, time %s", info.Mode(), info.ModTime())
		}
		if info, _ := os.Stat(filepath.Join(root, "d")); info.Mode().Perm() != 0o700 {
			t.Fatalf("the directory has mode %s", info.Mode())
		}
	}
}

func TestDivertedFilesGoElsewhere(t *testing.T) {
	const live = "#!/bin/sh\ndpkg-divert --add --rename --package diverter --divert /usr/real /usr/tool\n"
	user := one(t, "user", dir("usr", 0o755), file("usr/tool", "user's", 0o755))
	late := one(t, "late", script("preinst", "#!/bin/sh\ntrue\n"), field("Depends: diverter"), dir("usr", 0o755), file("usr/other", "late's", 0o755))
	diverter := one(t, "diverter", script("preinst", live), dir("usr", 0o755), file("usr/tool", "diverter's", 0o755))
	root := t.TempDir()
	f := &fake{root: root}
	f.before = func(c Command) error {
		if !strings.HasSuffix(c.Argv[0], "preinst") || !strings.Contains(strings.Join(c.Env, " "), "PACKAGE=diverter") {
			return nil
		}
		// What dpkg-divert does.
		if err := os.WriteFile(filepath.Join(root, "var/lib/dpkg/diversions"), []byte("/usr/tool\n/usr/real\ndiverter\n/usr/other\n/usr/elsewhere\n:\n"), 0o644); err != nil {
			return err
		}
		return os.Rename(filepath.Join(root, "usr/tool"), filepath.Join(root, "usr/real"))
	}
	if err := Install(t.Context(), Options{Root: root, Arch: "amd64", Packages: []Package{diverter, user, late, theDpkg(t)}, Chroot: f}); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"usr/tool": "diverter's", "usr/real": "user's", "usr/elsewhere": "late's"} {
		if got := read(t, root, name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}

func TestPackagesThatDoNotGoTogether(t *testing.T) {
	mta := field("Provides: mail-transport-agent")
	_, f, err := install(t, one(t, "aa", field("Conflicts: mail-transport-agent"), mta), one(t, "bb", field("Conflicts: mail-transport-agent"), mta),
		one(t, "cc", field("Breaks: aa (<< 2), bb (<< 1)")))
	for _, want := range []string{"aa_1.0_amd64: it cannot be installed with bb_1.0_amd64: Conflicts: mail-transport-agent", "bb_1.0_amd64: it cannot", "cc_1.0_amd64: it cannot be installed with aa_1.0_amd64: Breaks: aa (<< 2)"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in:\n%v", want, err)
		}
	}
	if err != nil && strings.Count(err.Error(), "cc_1.0") != 1 || len(f.calls) > 0 {
		t.Errorf("got %v, after %q", err, f.calls)
	}
}
