package isotree

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func open(t *testing.T, build string) *Tree {
	t.Helper()
	tree, err := Open(build)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tree.Close() })
	return tree
}

// roll writes one step's files and commits.
func roll(t *testing.T, tree *Tree, step string, files map[string]string) {
	t.Helper()
	l, err := tree.Begin(step)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := l.WriteFile(name, 0o644, []byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Commit(); err != nil {
		t.Fatal(err)
	}
}

func paths(t *testing.T, tree *Tree) []string {
	t.Helper()
	files, err := tree.Files()
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range files {
		out = append(out, f.Step+":"+f.Path)
	}
	return out
}

// onDisk lists every regular file below dir.
func onDisk(t *testing.T, dir string) []string {
	t.Helper()
	var out []string
	err := filepath.Walk(dir, func(p string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().IsRegular() {
			rel, _ := filepath.Rel(dir, p)
			out = append(out, rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestStepRemovesWhatItNoLongerWrites(t *testing.T) {
	build := t.TempDir()
	tree := open(t, build)
	roll(t, tree, "kick", map[string]string{"ks/a.ks": "a", "ks/old/b.ks": "b"})
	roll(t, tree, "readme", map[string]string{"README": "r"})
	roll(t, tree, "kick", map[string]string{"ks/a.ks": "a2"})
	if diff := cmp.Diff([]string{"readme:README", "kick:ks/a.ks"}, paths(t, tree)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"README", "ks/a.ks"}, onDisk(t, filepath.Join(build, "isotree"))); diff != "" {
		t.Error(diff)
	}
	if _, err := os.Stat(filepath.Join(build, "isotree/ks/old")); err == nil {
		t.Error("the emptied directory is still there")
	}
}

func TestKilledStepLeavesNothingOnTheMedium(t *testing.T) {
	build := t.TempDir()
	tree := open(t, build)
	roll(t, tree, "kick", map[string]string{"ks/a.ks": "a"})
	l, err := tree.Begin("kick")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.WriteFile("ks/new.ks", 0o644, []byte("never committed")); err != nil {
		t.Fatal(err)
	}
	// no Commit: killed here
	if diff := cmp.Diff([]string{"kick:ks/a.ks"}, paths(t, tree)); diff != "" {
		t.Error(diff)
	}
	roll(t, tree, "kick", map[string]string{"ks/a.ks": "a"})
	if diff := cmp.Diff([]string{"kick.toml"}, onDisk(t, filepath.Join(build, "isotree.d"))); diff != "" {
		t.Errorf("temporary files stay: %s", diff)
	}
}

func TestTwoStepsMayNotClaimOnePath(t *testing.T) {
	tree := open(t, t.TempDir())
	roll(t, tree, "kick", map[string]string{"README": "a"})
	roll(t, tree, "readme", map[string]string{"README": "b"})
	if _, err := tree.Files(); err == nil || !strings.Contains(err.Error(), "/README is put on the medium by kick and by readme") {
		t.Errorf("got %v", err)
	}
}

func TestStepLeavesAloneWhatAnotherTookOver(t *testing.T) {
	build := t.TempDir()
	tree := open(t, build)
	roll(t, tree, "import", map[string]string{"boot/grub.cfg": "a", "boot/kernel": "k"})
	roll(t, tree, "menus", map[string]string{"boot/grub.cfg": "b"})
	roll(t, tree, "import", map[string]string{"boot/kernel": "k"})
	if diff := cmp.Diff([]string{"boot/grub.cfg", "boot/kernel"}, onDisk(t, filepath.Join(build, "isotree"))); diff != "" {
		t.Error(diff)
	}
}

func TestPathsStayBelowTheTree(t *testing.T) {
	tree := open(t, t.TempDir())
	l, err := tree.Begin("x")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"../x", "/etc/passwd", "a/../../b", "", ".", "a//b"} {
		if err := l.WriteFile(name, 0o644, nil); err == nil {
			t.Errorf("%q was written", name)
		}
	}
}

func TestLinkRefusesADamagedCacheFile(t *testing.T) {
	tree := open(t, t.TempDir())
	source := filepath.Join(t.TempDir(), "cached")
	if err := os.WriteFile(source, []byte("flipped"), 0o444); err != nil {
		t.Fatal(err)
	}
	good := sha256.Sum256([]byte("flipped"))
	wrong := sha256.Sum256([]byte("right"))
	l, err := tree.Begin("revisor")
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Link("pool/a.deb", 0o644, source, hex.EncodeToString(wrong[:])); err == nil || !strings.Contains(err.Error(), "is damaged") {
		t.Errorf("got %v", err)
	}
	for range 2 { // the second time over the link that stands there
		if l, err = tree.Begin("revisor"); err != nil {
			t.Fatal(err)
		}
		if err := l.Link("pool/a.deb", 0o644, source, hex.EncodeToString(good[:])); err != nil {
			t.Fatal(err)
		}
		if err := l.Commit(); err != nil {
			t.Fatal(err)
		}
	}
	if got := paths(t, tree); len(got) != 1 {
		t.Errorf("got %v, want the one file", got)
	}
}
