package isotree

import (
	"encoding/csv"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"cdbuilder/internal/deb/debtest"
	"cdbuilder/internal/iso9660"
	"cdbuilder/internal/judge"
)

// TestCorpusMenus puts every real menu that names a label onto a medium of that
// label, and onto one of another.
func TestCorpusMenus(t *testing.T) {
	names, err := filepath.Glob(filepath.Join(judge.Corpus(t, "bootcfg"), "*"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no menus: %v", err)
	}
	labelForm := regexp.MustCompile(`^[A-Za-z0-9_.-]{1,32}$`)
	menus, refs, different := 0, 0, 0
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		found := LabelsIn(text)
		if len(found) == 0 || !labelForm.MatchString(found[0].Label) {
			continue
		}
		menus++
		refs += len(found)
		tree := files{"isolinux/isolinux.cfg": string(text)}
		r := verifyBytes(t, plan(t, tree, iso9660.Options{VolumeID: found[0].Label, Time: mediumTime}), VerifyOptions{})
		if n := r.Count(VerdictFail); n > 0 {
			different++
			t.Errorf("%s: %d rows fail on a medium of its own label:\n%s", filepath.Base(name), n, r.text())
		}
		r = verifyBytes(t, plan(t, tree, iso9660.Options{VolumeID: "ANOTHER", Time: mediumTime}), VerifyOptions{})
		fails := 0
		for _, row := range r.Rows {
			if row.Group == "label" && strings.HasPrefix(row.Check, "isolinux/isolinux.cfg:") && row.Verdict != VerdictOK {
				fails++
			}
		}
		if fails != len(found) {
			different++
			t.Errorf("%s: %d of %d references to %s are found on a medium of another label", filepath.Base(name), fails, len(found), found[0].Label)
		}
	}
	t.Logf("bootcfg: %d menus with %d references to labels, %d differ", menus, refs, different)
}

// TestCorpusTreeinfo holds the digests that are read of real .treeinfo files to
// the lines they stand in.
func TestCorpusTreeinfo(t *testing.T) {
	names, err := filepath.Glob(filepath.Join(judge.Corpus(t, "treeinfo"), "*"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no files: %v", err)
	}
	lineForm := regexp.MustCompile(`(?m)^(\S+)\s*=\s*(?:md5|sha1|sha256|sha512):[0-9a-f]+\s*$`)
	read, digests, different := 0, 0, 0
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		lines := len(lineForm.FindAll(text, -1))
		if lines == 0 {
			continue
		}
		read++
		digests += lines
		l := &ledger{v: &verifier{}, wanted: map[string][]claim{}, seen: map[string]sums{}}
		list := l.list(name)
		if err := l.treeinfoSums(list, strings.NewReader(string(text))); err != nil || list.claims+len(list.faults) != lines {
			different++
			t.Errorf("%s: %d digests and %d faults of %d lines, %v", filepath.Base(name), list.claims, len(list.faults), lines, err)
		}
		for _, f := range list.faults {
			t.Logf("%s: %s", filepath.Base(name), f)
		}
	}
	t.Logf("treeinfo: %d files with %d digests, %d differ", read, digests, different)
}

// TestCorpusRepositories makes a medium of every real repository and counts what
// is found of it as the corpus does.
func TestCorpusRepositories(t *testing.T) {
	dir := judge.Corpus(t, "repos")
	f, err := os.Open(filepath.Join(dir, "UNITS.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	table := csv.NewReader(f)
	table.Comma, table.LazyQuotes = '\t', true
	units, err := table.ReadAll()
	if err != nil || len(units) < 2 {
		t.Fatalf("no units: %v", err)
	}
	column := map[string]int{}
	for i, name := range units[0] {
		column[name] = i
	}
	number := func(unit []string, name string) int {
		n, err := strconv.Atoi(unit[column[name]])
		if err != nil {
			t.Fatalf("%s of %s: %v", name, unit[0], err)
		}
		return n
	}
	packages, different := 0, 0
	for _, unit := range units[1:] {
		r := verifyRepository(t, filepath.Join(dir, unit[0]))
		absent := len(strings.Fields(unit[column["absent"]])) + len(strings.Fields(unit[column["wrong_checksum"]]))
		want, here, total := number(unit, "rpms_matching_primary"), number(unit, "rpms_here"), number(unit, "packages")
		packages += total
		got, bad := 0, "" // a repomd.xml without primary lists nothing
		for _, row := range r.Rows {
			switch {
			case row.Check == "packages of repodata" && strings.Contains(row.Detail, "as listed"):
				if _, err := fmt.Sscanf(row.Detail, "%d of", &got); err != nil {
					t.Fatal(err)
				}
			case row.Check == "repodata/repomd.xml" && row.Verdict == VerdictFail && absent == 0:
				bad = row.Detail
			}
		}
		if got != want || bad != "" {
			different++
			t.Errorf("%s: %d packages as listed, the corpus says %d of %d (%d are there); %s\n%s", unit[0], got, want, total, here, bad, r.text())
		}
	}
	t.Logf("repos: %d units with %d packages, %d differ", len(units)-1, packages, different)
}

func verifyRepository(t *testing.T, dir string) *Report {
	t.Helper()
	return verifyBytes(t, planEntries(t, diskTree(t, dir), iso9660.Options{VolumeID: "REPO", Time: mediumTime, ImplantMD5: true}), VerifyOptions{})
}

// TestVendorMedia verifies images that others made and people boot: none of
// their checks may fail.
func TestVendorMedia(t *testing.T) {
	for _, c := range []struct{ pkg, iso, want string }{
		{"grub-rescue-pc", "usr/lib/grub-rescue/grub-rescue-cdrom.iso", "hybrid boot code ok GRUB, starts the BIOS boot image"},
		{"ipxe", "usr/lib/ipxe/ipxe.iso", "hybrid boot code ok isohybrid, starts the BIOS boot image"},
		{"memtest86+", "boot/memtest86+x64.iso", "el torito boot record ok in sector 17"},
	} {
		t.Run(c.pkg, func(t *testing.T) {
			dir := t.TempDir()
			out, err := exec.Command(judge.Program(t, "dpkg-deb"), "-x", debtest.Fetch(t, "trixie", c.pkg), dir).CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			var isos []string
			for _, pattern := range []string{c.iso, "usr/lib/*/*.iso", "boot/*.iso"} {
				found, err := filepath.Glob(filepath.Join(dir, pattern))
				if err != nil {
					t.Fatal(err)
				}
				isos = append(isos, found...)
			}
			if len(isos) == 0 {
				t.Fatalf("%s has no ISO", c.pkg)
			}
			for _, iso := range isos {
				r := verifyBytes(t, readImage(t, iso), VerifyOptions{})
				if r.Count(VerdictFail) > 0 || !hasRow(r, c.want) {
					t.Errorf("%s:\n%s", filepath.Base(iso), r.text())
				}
			}
		})
	}
}
