package kickstart

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cdbuilder/internal/judge"
)

// TestCorpusTrees reads every file of the corpus of trees with what it
// includes. pykickstart has been asked the same; which includes it could not
// open must be those that bring nothing here.
func TestCorpusTrees(t *testing.T) {
	dir := judge.Corpus(t, "kickstart-trees")
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = root.Close() }()
	var read, resolved, unresolved, agree, refused int
	open := Dir(root.FS(), "")
	for _, row := range table(t, filepath.Join(dir, "ORACLE.tsv")) {
		name := row["file"]
		src, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		tr, err := ReadTree(name, src, syntax(t, row["ksversion"]), open, Limits{})
		lossless(t, dir, tr)
		read++
		resolved += len(tr.Includes) - len(tr.Unresolved())
		unresolved += len(tr.Unresolved())
		if err != nil {
			refused++
		}
		if !sameMissing(tr, err, row["findings"]) {
			t.Errorf("%s (%s): pykickstart says %q, we say: %v", name, row["ksversion"], row["findings"], err)
			continue
		}
		agree++
	}
	if read == 0 || resolved == 0 || unresolved == 0 {
		t.Fatalf("the corpus gave %d files, %d includes followed, %d not", read, resolved, unresolved)
	}
	t.Logf("kickstart-trees: %d files read, %d agree with pykickstart on what misses, %d differ; %d includes followed, %d not; %d files with faults",
		read, agree, read-agree, resolved, unresolved, refused)
}

func lossless(t *testing.T, dir string, tr *Tree) {
	t.Helper()
	for _, f := range tr.Files() {
		src, err := os.ReadFile(filepath.Join(dir, f.Name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(f.Bytes(), src) {
			t.Errorf("%s, in %s, doesn't come back byte for byte", f.Name, tr.Root.Name)
		}
	}
	nodes := 0
	for f, n := range tr.All() {
		nodes++
		if f == nil || n.Number == 0 {
			t.Errorf("%s gives a node without a line", tr.Root.Name)
		}
	}
	if nodes < len(tr.Root.Nodes) {
		t.Errorf("%s gives %d nodes", tr.Root.Name, nodes)
	}
}

// sameMissing compares what could not be opened. pykickstart stops at the
// first.
func sameMissing(tr *Tree, err error, findings string) bool {
	const says = "No such file or directory: '"
	_, ref, found := strings.Cut(findings, says)
	ref, _, _ = strings.Cut(ref, "'")
	missing := tr.Unresolved()
	if !found || len(missing) == 0 {
		return !found && len(missing) == 0
	}
	var fault *Fault
	return missing[0].Ref == ref && (strings.HasPrefix(ref, "/") || errors.As(err, &fault))
}
