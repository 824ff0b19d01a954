package medium

import (
	"crypto/sha256"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"cdbuilder/internal/deb/debtest"
	"cdbuilder/internal/judge"
	"cdbuilder/internal/pkgset"
	"cdbuilder/kickstart/scripts"
)

// The demo's kickstart, which has installed machines, is all right with Debian's
// packages; without one of them it isn't.
func TestDemoWithRealPackages(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(judge.Repository(t), "kickstart", "demo.ks"))
	if err != nil {
		t.Fatal(err)
	}
	text = regexp.MustCompile(`(?s)\{\{.*?\}\}`).ReplaceAll(text, []byte("x"))
	f := Facts{Install: make(map[string]*pkgset.Package), Medium: &pkgset.Set{}, Sh: scripts.Dash, InstallerSh: scripts.Dash}
	var debs []Deb
	for _, name := range []string{"coreutils", "dash", "grep", "libc-bin", "passwd", "openssh-server", "systemd", "systemd-resolved", "systemd-timesyncd"} {
		file := debtest.Fetch(t, "trixie", name)
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		debs = append(debs, Deb{name, fmt.Sprintf("%x", sha256.Sum256(data)), func() (io.ReadCloser, error) { return os.Open(file) }})
		p := &pkgset.Package{Name: name}
		f.Medium.Add(p)
		f.Install[name] = p
	}
	inv, err := IndexDebs(t.Context(), debs, t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	f.Files, f.Accounts = inv, inv
	if got := check(t, string(text), f); len(got) > 0 {
		t.Errorf("with everything: %q", got)
	}
	delete(f.Install, "passwd")
	delete(f.Install, "openssh-server")
	want := []string{`services --enabled names ssh`, `%post calls chage`}
	got := check(t, string(text), f)
	for i, w := range want {
		if i >= len(got) || !regexp.MustCompile(`^\d+ (?:error|warning) `+regexp.QuoteMeta(w)+`, which .*; add "(openssh-server|passwd)" to %packages`).MatchString(got[i]) {
			t.Errorf("without two of them: %q", got)
			break
		}
	}
}
