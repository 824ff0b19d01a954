package rpm

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"cdbuilder/internal/judge"
)

// readPayload reads all of a package's files and counts them and their bytes.
func readPayload(path string) (files int, bytes int64, err error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, 0, err
	}
	defer f.Close()
	in, err := NewReader(f)
	if err != nil {
		return 0, 0, err
	}
	p, err := in.Payload()
	if err != nil {
		return 0, 0, err
	}
	defer p.Close()
	for {
		e, err := p.Next()
		if errors.Is(err, io.EOF) {
			return files, bytes, nil
		}
		if err != nil {
			return files, bytes, err
		}
		n, err := io.Copy(io.Discard, p)
		if err == nil && e.Regular() && n != e.Size {
			err = fmt.Errorf("%s: %d bytes of %d", e.Path, n, e.Size)
		}
		if err != nil {
			return files, bytes, err
		}
		files, bytes = files+1+len(e.Links), bytes+n
	}
}

// TestCorpusPayloads reads every payload to its end: all files, each with its
// digest. One that rpm -K finds damaged must not pass.
func TestCorpusPayloads(t *testing.T) {
	dir, rows := oracle(t)
	agree, files, size := 0, 0, int64(0)
	for _, row := range rows {
		path := filepath.Join(dir, row["file"])
		n, bytes, err := readPayload(path)
		files, size = files+n, size+bytes
		_, rep, verr := verifyFile(path, nil)
		damaged := verr != nil
		for i := 0; !damaged && i < len(rep.Checks); i++ {
			damaged = rep.Checks[i].Verdict == Bad && !rep.Checks[i].Signature
		}
		if (err != nil) != damaged {
			t.Errorf("%s: %v; damaged by its digests: %v", row["file"], err, damaged)
			continue
		}
		agree++
	}
	t.Logf("rpms: %d payloads of %d files and %d bytes, %d agree, %d differ", len(rows), files, size, agree, len(rows)-agree)
}

func TestCorpusCentOSTree(t *testing.T) {
	var packages []string
	err := filepath.WalkDir(filepath.Join(judge.Corpus(t, "repos"), "centos-7.7"), func(path string, _ os.DirEntry, err error) error {
		if filepath.Ext(path) == ".rpm" {
			packages = append(packages, path)
		}
		return err
	})
	if err != nil {
		t.Skipf("the corpus has no CentOS tree: %v", err)
	}
	if len(packages) == 0 {
		t.Fatal("the tree has no packages")
	}
	keys, rpmkeys := rpmKeys(t), judge.Program(t, "rpmkeys")
	good, unsigned, files, size := 0, 0, 0, int64(0)
	for _, path := range packages {
		_, rep, err := verifyFile(path, keys)
		if err == nil {
			_, err = rep.Trusted()
		}
		if err != nil && rep != nil && !rep.Signed() && exec.Command(rpmkeys, "-K", "--define", "_pkgverify_level all", path).Run() != nil {
			unsigned++
			err = rep.Err()
		}
		if err == nil && !testing.Short() {
			var n int
			var bytes int64
			n, bytes, err = readPayload(path)
			files, size = files+n, size+bytes
		}
		if err != nil {
			t.Errorf("%s: %v", filepath.Base(path), err)
			continue
		}
		good++
	}
	t.Logf("centos-7.7: %d packages, %d whole, %d of them unsigned, %d files of %d bytes", len(packages), good, unsigned, files, size)
}
