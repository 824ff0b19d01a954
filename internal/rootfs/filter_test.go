package rootfs

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"cdbuilder/internal/judge"
)

func TestWhatIsLeftOut(t *testing.T) {
	for _, c := range []struct {
		docs      bool
		languages []string
		name      string
		dir, out  bool
	}{
		{true, nil, "usr/share/doc/bash/README", false, true},
		{true, nil, "usr/share/doc/bash/copyright", false, false},
		{true, nil, "usr/share/doc/bash", true, false},
		{true, nil, "usr/share/doc/bash/examples", true, false}, // dpkg keeps what an included file might stand in
		{true, nil, "usr/share/man/man1/ls.1.gz", false, true},
		{true, nil, "usr/share/man/man1", true, true},
		{true, nil, "usr/share/docbook/x", false, false},
		{false, []string{}, "usr/share/locale/de/LC_MESSAGES/x.mo", false, true},
		{false, []string{"de"}, "usr/share/locale/de/LC_MESSAGES/x.mo", false, false},
		{false, []string{"de"}, "usr/share/locale/de_AT/LC_MESSAGES/x.mo", false, false},
		{false, []string{"de"}, "usr/share/locale/den/LC_MESSAGES/x.mo", false, true},
		{false, []string{"de"}, "usr/share/locale/en_GB/LC_MESSAGES/x.mo", false, false},
		{false, []string{"de"}, "usr/share/locale/locale.alias", false, false},
		{false, []string{"de"}, "usr/share/man/fr/man1/ls.1.gz", false, true},
		{false, []string{"de"}, "usr/share/man/fr.UTF-8/man1/ls.1.gz", false, true},
		{false, []string{"de"}, "usr/share/man/de/man1/ls.1.gz", false, false},
		{false, []string{"de"}, "usr/share/man/man1/ls.1.gz", false, false},
		{true, []string{"de"}, "usr/share/man/de/man1/ls.1.gz", false, true},
		{false, nil, "usr/share/locale/fr/LC_MESSAGES/x.mo", false, false},
	} {
		if got := newFilter(c.docs, c.languages).skips(c.name, c.dir); got != c.out {
			t.Errorf("docs out %v, languages %q: %s left out: %v, want %v", c.docs, c.languages, c.name, got, c.out)
		}
	}
}

// The real dpkg unpacks a package under the rules that are written into the
// target, and leaves out the same files.
func TestDpkgLeavesOutTheSame(t *testing.T) {
	judge.Root(t)
	dpkg := judge.Program(t, "dpkg")
	var parts []func(*made)
	for _, d := range []string{"usr", "usr/share", "usr/share/doc", "usr/share/doc/x", "usr/share/doc/x/examples", "usr/share/man", "usr/share/man/man1", "usr/share/man/de", "usr/share/man/de/man1",
		"usr/share/man/fr", "usr/share/man/fr/man1", "usr/share/info", "usr/share/locale", "usr/share/locale/de", "usr/share/locale/fr", "usr/share/locale/en_GB"} {
		parts = append(parts, dir(d, 0o755))
	}
	for _, f := range []string{"usr/share/doc/x/copyright", "usr/share/doc/x/README", "usr/share/doc/x/examples/e", "usr/share/man/man1/x.1", "usr/share/man/de/man1/x.1",
		"usr/share/man/fr/man1/x.1", "usr/share/info/x", "usr/share/locale/de/m", "usr/share/locale/fr/m", "usr/share/locale/en_GB/m", "usr/share/locale/locale.alias"} {
		parts = append(parts, file(f, f, 0o644))
	}
	parts = append(parts, link("usr/share/doc/y", "x"), link("usr/share/man/man1/y.1", "x.1"))
	data := pack(t, "files", parts...)
	for _, o := range []Options{{ExcludeDocs: true}, {Languages: []string{"de"}}, {ExcludeDocs: true, Languages: []string{"fr"}}, {}} {
		o.Root, o.Arch, o.Packages = t.TempDir(), "amd64", []Package{pkgOf("files", data), theDpkg(t)}
		o.Chroot = &fake{root: o.Root}
		if err := Install(t.Context(), o); err != nil {
			t.Fatal(err)
		}
		theirs := t.TempDir()
		deb := filepath.Join(t.TempDir(), "files.deb")
		if err := errors.Join(os.WriteFile(deb, data, 0o644), os.MkdirAll(filepath.Join(theirs, "var/lib/dpkg/info"), 0o755), os.MkdirAll(filepath.Join(theirs, "var/lib/dpkg/updates"), 0o755),
			os.WriteFile(filepath.Join(theirs, "var/lib/dpkg/status"), nil, 0o644)); err != nil {
			t.Fatal(err)
		}
		var args []string
		if o.ExcludeDocs || o.Languages != nil {
			for line := range strings.Lines(read(t, o.Root, filterFile)) {
				if line = strings.TrimSpace(line); !strings.HasPrefix(line, "#") {
					args = append(args, "--"+line)
				}
			}
		}
		args = append(args, "--root="+theirs, "--force-not-root", "--log=/dev/null", "--unpack", deb)
		if out, err := exec.Command(dpkg, args...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		for line := range strings.Lines(read(t, theirs, "var/lib/dpkg/info/files.list")) {
			name := strings.TrimSpace(line)
			_, err1 := os.Lstat(filepath.Join(o.Root, name))
			_, err2 := os.Lstat(filepath.Join(theirs, name))
			if (err1 == nil) != (err2 == nil) {
				t.Errorf("docs out %v, languages %q: %s: here %v, by dpkg %v", o.ExcludeDocs, o.Languages, name, err1, err2)
			}
		}
		if read(t, theirs, "var/lib/dpkg/info/files.list") != read(t, o.Root, "var/lib/dpkg/info/files.list") {
			t.Error("the lists differ")
		}
		if theirs, ours := read(t, theirs, "var/lib/dpkg/info/files.md5sums"), read(t, o.Root, "var/lib/dpkg/info/files.md5sums"); theirs != ours {
			t.Errorf("the sums differ: by dpkg\n%sours\n%s", theirs, ours)
		}
	}
}
