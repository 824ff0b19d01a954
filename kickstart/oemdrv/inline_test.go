package oemdrv

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"

	"cdbuilder/internal/judge"
	"cdbuilder/kickstart"
)

func syntax(t testing.TB) kickstart.Syntax {
	t.Helper()
	s, err := kickstart.ParseSyntax("RHEL9")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestInline(t *testing.T) {
	fsys := fstest.MapFS{
		"deep/disks.ks":    {Data: []byte("zerombr\n%include part.ks\nautopart")},
		"deep/part.ks":     {Data: []byte("clearpart --all")},
		"deep/packages.ks": {Data: []byte("vim\n%ksappend http://x/y\nnano\n")},
	}
	const text = `%pre
echo > /tmp/net
%end
%include /tmp/net
%include deep/disks.ks
%include https://example.org/users.ks
%include /run/install/repo/ks/more.ks
%packages
%include deep/packages.ks
%end
`
	tree, err := kickstart.ReadTree("a.ks", []byte(text), syntax(t), kickstart.Dir(fsys, ""), kickstart.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	got, err := Inline(tree)
	if err != nil {
		t.Fatal(err)
	}
	want := `%pre
echo > /tmp/net
%end
%include /tmp/net
zerombr
clearpart --all
autopart
%include https://example.org/users.ks
%include /run/install/repo/ks/more.ks
%packages
vim
nano
%end
`
	if d := cmp.Diff(want, string(got)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestInlineRefuses(t *testing.T) {
	fsys := fstest.MapFS{"b.ks": {Data: []byte("text\n%include a.ks\n")}, "a.ks": {Data: []byte("%include b.ks\n")}}
	const text = "%include gone.ks\n%include /tmp/nobody-writes-this\n%include b.ks\n%include ../up.ks\n"
	tree, err := kickstart.ReadTree("a.ks", []byte(text), syntax(t), kickstart.Dir(fsys, ""), kickstart.Limits{})
	if err == nil {
		t.Error("ReadTree finds no fault")
	}
	_, err = Inline(tree)
	for _, want := range []string{"a.ks:1: %include gone.ks: there is no such file", "a.ks:2: %include /tmp/nobody-writes-this: no %pre script writes it",
		"b.ks:2: %include a.ks: it cannot be read", "a.ks:4: %include ../up.ks: it cannot be read"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("lacks %q:\n%v", want, err)
		}
	}
}

// TestCorpusInline: what is in one piece asks for the same packages as the tree
// that it is made of, and has as many lines of scripts.
func TestCorpusInline(t *testing.T) {
	dir := judge.Corpus(t, "kickstart-trees")
	files, whole, differ := 0, 0, 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) == ".tsv" {
			return err
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		files++
		top := filepath.Join(dir, strings.Split(strings.TrimPrefix(path, dir+"/"), "/")[0])
		tree, _ := kickstart.ReadTree(path, text, syntax(t), kickstart.Dir(os.DirFS(top), top), kickstart.Limits{})
		one, err := Inline(tree)
		if err != nil {
			return nil // not in one piece
		}
		whole++
		flat, _ := kickstart.ReadTree(path, one, syntax(t), nil, kickstart.Limits{})
		if d := cmp.Diff(wishes(tree), wishes(flat)); d != "" {
			differ++
			t.Errorf("a tree and its one piece differ (-tree +piece):\n%s", d)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if whole == 0 {
		t.Fatal("no file could be put into one piece")
	}
	t.Logf("kickstart-trees: %d files, %d in one piece, %d differ", files, whole, differ)
}

// wishes is what a tree asks for and runs.
func wishes(t *kickstart.Tree) (all []string) {
	for _, r := range t.Requests() {
		all = append(all, r.String())
	}
	for _, s := range t.Scripts() {
		all = append(all, s.When+" "+s.Interpreter)
	}
	return all
}
