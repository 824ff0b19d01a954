package isotree

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"cdbuilder/internal/iso9660"
	"cdbuilder/internal/pgp"

	"github.com/google/go-cmp/cmp"
)

// kinds are the media that the defects are put into.
type kind struct {
	name, label string
	tree        func(t testing.TB, label string, signer *pgp.Signer) files
	make        mastering
}

var kinds = []kind{
	{"el7", "CentOS 7 x86_64", func(t testing.TB, l string, _ *pgp.Signer) files { return elTree(t, l) }, el7},
	{"el9", "Rocky-9-4-x86_64-dvd", func(t testing.TB, l string, _ *pgp.Signer) files { return elTree(t, l) }, el9},
	{"el10", "AlmaLinux-10-0-x86_64", func(t testing.TB, l string, _ *pgp.Signer) files {
		tree := elTree(t, l)
		tree["appended"] = tree["images/efiboot.img"]
		return tree
	}, el10},
	{"debian", "Debian 13.1.0 amd64 n", debianTree, debianCD},
	{"own", "CDdemo-13R-Debian-13-Beta-01", ownTree, own},
}

var (
	soundMu sync.Mutex
	sound   = map[string][]byte{}
	signers = sync.OnceValues(makeSigner)
)

// soundImage makes a medium without defects, once.
func soundImage(t testing.TB, name string) (kind, []byte) {
	t.Helper()
	i := slices.IndexFunc(kinds, func(k kind) bool { return k.name == name })
	k := kinds[i]
	soundMu.Lock()
	defer soundMu.Unlock()
	if sound[name] == nil {
		signer, _ := signers()
		sound[name] = k.make(t, k.label, k.tree(t, k.label, signer))
	}
	return k, bytes.Clone(sound[name])
}

func TestSoundMediaPass(t *testing.T) {
	_, ring := signers()
	// What must have been found, beside that nothing failed.
	expect := map[string][]string{
		"el7": {`checksum implanted MD5 ok`, `label boot menus ok 7 references in 3 menus`, `label Joliet descriptor ok CentOS 7 x86_64`,
			`files .treeinfo ok 3 of 3 files`, `files packages of repodata ok 2 of 2 files`, `files repodata/repomd.xml ok 1 of 1`, `hybrid tables none`,
			`el torito entry 1, BIOS, info table ok`, `efi images/efiboot.img ok FAT12, 3 files, also El Torito entry 2`},
		"el9": {`label Joliet descriptor ok Rocky-9-4-x86_64`, `hybrid boot code ok isohybrid`, `hybrid backup GPT ok`, `hybrid ESP ok MBR partition 2 is`, `checksum implanted MD5 ok`},
		"el10": {`hybrid protective MBR ok`, `hybrid ESP ok GPT partition 2 is the UEFI image`, `efi copy: images/efiboot.img ok holds the same as El Torito entry 2`,
			`label boot menus ok 9 references in 4 menus`},
		"debian": {`signature dists/trixie/InRelease ok signed by`, `files dists/trixie, packages ok 3 of 3 files`, `files dists/trixie/Release ok 2 of 2 files as listed; 1 that it also lists`,
			`files md5sum.txt ok isolinux/isolinux.bin differs: it has a boot information table`, `label boot menus none`},
		"own": {`volume names ok`, `label .disk/product.toml ok CDdemo-13R-Debian-13-Beta-01`, `label Joliet descriptor ok CDdemo-13R-Debia$`, `label boot menus ok`,
			`hybrid boot code ok isohybrid`, `hybrid ESP ok GPT partition 1`, `checksum implanted MD5 ok`, `files md5sum.txt ok 18 of 18`, `hybrid protective MBR ok the GPT is in force`},
	}
	for _, k := range kinds {
		t.Run(k.name, func(t *testing.T) {
			_, image := soundImage(t, k.name)
			r := verifyBytes(t, image, VerifyOptions{Keys: ring, Now: mediumTime.AddDate(0, 1, 0)})
			if r.Label != k.label || r.Size != int64(len(image)) {
				t.Errorf("label %q, size %d", r.Label, r.Size)
			}
			for _, row := range r.Rows {
				if row.Verdict == VerdictFail || row.Verdict == VerdictWarn {
					t.Errorf("%+v", row)
				}
			}
			for _, want := range expect[k.name] {
				if !hasRow(r, want) {
					t.Errorf("no row %q in\n%s", want, r.text())
				}
			}
		})
	}
}

// hasRow looks for a row by a pattern over its four cells.
func hasRow(r *Report, pattern string) bool {
	form := regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(pattern), `\$`, "$"))
	return slices.ContainsFunc(r.Rows, func(row Row) bool {
		return form.MatchString(fmt.Sprintf("%s %s %s %s", row.Group, row.Check, row.Verdict, row.Detail))
	})
}

// TestDefectsOfTheTree makes media of trees that are wrong.
func TestDefectsOfTheTree(t *testing.T) {
	stale := func(t testing.TB, label string) string {
		_, grub := elMenus(label)
		return elESP(t, grub)
	}
	for _, c := range []struct {
		name, medium string
		spoil        func(t testing.TB, tree files)
		want         []string // rows, and no others may fail
	}{
		{"wrong label in the BIOS menu", "el7", func(_ testing.TB, tree files) {
			tree["isolinux/isolinux.cfg"] = strings.Replace(tree["isolinux/isolinux.cfg"], `CentOS\x207\x20x86_64`, `CentOS\x206\x20x86_64`, 1)
		}, []string{`label boot menus fail 1 of 7 references`, `label isolinux/isolinux.cfg:7 fail inst.stage2: "CentOS 6 x86_64"; the label is "CentOS 7 x86_64"`}},
		{"wrong label in the kickstart's address", "el9", func(_ testing.TB, tree files) {
			tree["isolinux/isolinux.cfg"] = strings.Replace(tree["isolinux/isolinux.cfg"], "inst.ks=hd:LABEL=Rocky-9-4", "inst.ks=hd:LABEL=Rocky-9-3", 1)
		}, []string{`label boot menus fail 1 of 7`, `label isolinux/isolinux.cfg:10 fail inst.ks: "Rocky-9-3-x86_64-dvd"`}},
		{"wrong label in GRUB's search", "el9", func(_ testing.TB, tree files) {
			tree["EFI/BOOT/grub.cfg"] = strings.Replace(tree["EFI/BOOT/grub.cfg"], "-l 'Rocky-9-4-x86_64-dvd'", "-l 'Rocky-9-4-x86_64-min'", 1)
		}, []string{`label boot menus fail 1 of 7`, `label EFI/BOOT/grub.cfg:2 fail search --label: "Rocky-9-4-x86_64-min"`}},
		{"old menu inside the only ESP", "el9", func(t testing.TB, tree files) {
			tree["images/efiboot.img"] = stale(t, "OLD")
		}, []string{`label boot menus fail 2 of 7`, `label images/efiboot.img: EFI/BOOT/grub.cfg:2 fail search --label: "OLD"`,
			`label images/efiboot.img: EFI/BOOT/grub.cfg:4 fail inst.stage2: "OLD"`, `files .treeinfo fail 2 of 3 files as listed, 1 differ`, `files .treeinfo fail images/efiboot.img differs`}},
		{"stale ESP file beside a new partition", "el10", func(t testing.TB, tree files) {
			tree["images/efiboot.img"] = stale(t, "AlmaLinux-10-0-Beta-1")
			tree[".treeinfo"] = "[general]\n"
		}, []string{`efi copy: images/efiboot.img fail stale: differs from El Torito entry 2 in efi/boot/grub.cfg`, `label boot menus fail 2 of 9`,
			`label images/efiboot.img: EFI/BOOT/grub.cfg:2 fail`, `label images/efiboot.img: EFI/BOOT/grub.cfg:4 fail`}},
		{"stale ESP partition beside a new file", "el10", func(t testing.TB, tree files) {
			tree["appended"] = espBytes(t, files{"EFI/BOOT/BOOTX64.EFI": noise("older shim", 9000)})
		}, []string{`efi copy: images/efiboot.img fail stale: differs from El Torito entry 2 in efi/boot/bootx64.efi, efi/boot/grub.cfg, efi/boot/grubx64.efi`}},
		{"our menu of another label", "own", func(_ testing.TB, tree files) {
			tree[IsolinuxConfig] = strings.ReplaceAll(tree[IsolinuxConfig], "Beta-01", "Beta-02")
			delete(tree, SumsPath)
		}, []string{`label boot menus fail 5 of `, `label isolinux/isolinux.cfg:`}},
		{"marker file of another label", "own", func(_ testing.TB, tree files) {
			delete(tree, MarkerPath("CDdemo-13R-Debian-13-Beta-01"))
			delete(tree, SumsPath)
		}, []string{`label boot menus fail 2 of `, `label boot/grub/grub.cfg:4 fail search --file: no file .disk/CDdemo-13R-Debian-13-Beta-01`, `label images/efiboot.img: boot/grub/grub.cfg:`}},
		{"product.toml of another label", "own", func(_ testing.TB, tree files) {
			tree[ProductPath] = "label = 'CDdemo-12R'\n"
			delete(tree, SumsPath)
		}, []string{`label .disk/product.toml fail it says "CDdemo-12R"`}},
		{"broken product.toml", "own", func(_ testing.TB, tree files) {
			tree[ProductPath] = "label = \n"
			delete(tree, SumsPath)
		}, []string{`label .disk/product.toml fail`}},
		{"ESP that is no file system", "el9", func(_ testing.TB, tree files) {
			tree["images/efiboot.img"] = noise("junk", 100000)
			tree[".treeinfo"] = "[general]\n"
		}, []string{`efi images/efiboot.img fail at byte`}},
		{"missing package", "debian", func(_ testing.TB, tree files) {
			delete(tree, "pool/main/b/b/b_2-1_amd64.deb")
			delete(tree, SumsPath)
		}, []string{`files dists/trixie, packages fail 2 of 3 files as listed, 1 missing`, `files dists/trixie, packages fail pool/main/b/b/b_2-1_amd64.deb is not on the medium`}},
		{"package of another size", "debian", func(_ testing.TB, tree files) {
			tree["pool/main/b/b/b_2-1_amd64.deb"] += "x"
			delete(tree, SumsPath)
		}, []string{`files dists/trixie, packages fail 2 of 3`, `files dists/trixie, packages fail pool/main/b/b/b_2-1_amd64.deb has 54322 bytes; it should have 54321`}},
		{"index that Release knows another way", "debian", func(t testing.TB, tree files) {
			tree["dists/trixie/main/binary-amd64/Packages.gz"] = zipped(t, "")
			delete(tree, SumsPath)
		}, []string{`files dists/trixie/Release fail 1 of 2`, `files dists/trixie/Release fail dists/trixie/main/binary-amd64/Packages.gz has`}},
		{"Release that differs from InRelease", "debian", func(_ testing.TB, tree files) {
			tree["dists/trixie/Release"] = strings.Replace(tree["dists/trixie/Release"], "stable", "sid", 1)
			delete(tree, SumsPath)
		}, []string{`signature dists/trixie/Release fail it differs from the text of dists/trixie/InRelease`}},
		{"text that was not signed", "debian", func(_ testing.TB, tree files) {
			for _, p := range []string{"dists/trixie/Release", "dists/trixie/InRelease"} {
				tree[p] = strings.Replace(tree[p], "Origin: Debian", "Origin: Debiam", 1)
			}
			delete(tree, SumsPath)
		}, []string{`signature dists/trixie/InRelease fail`}},
		{"path that leads out of the medium", "debian", func(_ testing.TB, tree files) {
			tree[SumsPath] = strings.Repeat("0", 32) + "  ../../etc/passwd\n"
		}, []string{`files md5sum.txt fail 0 of 0 files`, `files md5sum.txt fail "../../etc/passwd" is not a path`}},
		{"list that is no text", "debian", func(_ testing.TB, tree files) {
			tree["dists/trixie/main/binary-amd64/Packages.gz"] = noise("no gzip", 300)
			delete(tree, SumsPath)
		}, []string{`files dists/trixie/Release fail`, `files dists/trixie, packages fail`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			k := kinds[slices.IndexFunc(kinds, func(k kind) bool { return k.name == c.medium })]
			signer, ring := signers()
			tree := maps.Clone(k.tree(t, k.label, signer))
			c.spoil(t, tree)
			r := verifyBytes(t, k.make(t, k.label, tree), VerifyOptions{Keys: ring, Now: mediumTime.AddDate(0, 1, 0)})
			checkFails(t, r, c.want)
		})
	}
}

// checkFails holds the rows that fail to a list of patterns: each must fit one,
// and every pattern some row.
func checkFails(t *testing.T, r *Report, want []string) {
	t.Helper()
	fails := &Report{}
	for _, row := range r.Rows {
		if row.Verdict == VerdictFail {
			fails.Rows = append(fails.Rows, row)
		}
	}
	for _, w := range want {
		if !hasRow(fails, w) {
			t.Errorf("nothing like %q among what failed:\n%s", w, fails.text())
		}
	}
	for _, row := range fails.Rows {
		one := &Report{Rows: []Row{row}}
		if !slices.ContainsFunc(want, func(w string) bool { return hasRow(one, w) }) {
			t.Errorf("not expected: %s", one.text())
		}
	}
}

func TestContextEndsIt(t *testing.T) {
	_, image := soundImage(t, "own")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Verify(ctx, bytes.NewReader(image), int64(len(image)), VerifyOptions{}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestUnsignedWithoutKeys(t *testing.T) {
	_, image := soundImage(t, "debian")
	r := verifyBytes(t, image, VerifyOptions{})
	if !hasRow(r, "signature dists/trixie/InRelease none not checked: no key was given") {
		t.Error(r.text())
	}
}

// The bytes that progress tells of are those of the image and of the files that
// lists name, whatever the lists have in common.
func TestProgressTellsAllBytes(t *testing.T) {
	_, image := soundImage(t, "own")
	steps := map[string][2]int64{}
	verifyBytes(t, image, VerifyOptions{Progress: func(step string, total int64) func(int64) {
		steps[step] = [2]int64{total, 0}
		return func(n int64) {
			s := steps[step]
			steps[step] = [2]int64{s[0], s[1] + n}
		}
	}})
	if s := steps["reading the files"]; s[0] == 0 || s[0] != s[1] {
		t.Errorf("reading the files: %d bytes announced, %d told", s[0], s[1])
	}
	if s := steps["reading the image"]; s[0] != int64(len(image)) || s[1] == 0 || s[1] > s[0] {
		t.Errorf("reading the image: %d bytes announced, %d told", s[0], s[1])
	}
}

// The sample in docs/medium.md shows the rows that a medium of ours has.
func TestDocumentedSample(t *testing.T) {
	doc, err := os.ReadFile("../docs/medium.md")
	if err != nil {
		t.Fatal(err)
	}
	_, sample, ok := strings.Cut(string(doc), "isotree verify --key")
	sample, _, ok2 := strings.Cut(sample, "checks: ")
	if !ok || !ok2 {
		t.Fatal("the page has no sample")
	}
	var documented []string
	form := regexp.MustCompile(`(?m)^ {4}(?:[a-z0-9 ]{9})  (\S.*?)  +(ok|warn|fail|none)  `)
	for _, m := range form.FindAllStringSubmatch(sample, -1) {
		documented = append(documented, m[1]+" "+m[2])
	}
	_, image := soundImage(t, "own")
	_, ring := signers()
	r := verifyBytes(t, image, VerifyOptions{Keys: ring, Now: mediumTime.AddDate(0, 1, 0), SHA256: fmt.Sprintf("%x", sha256.Sum256(image)), SHA256From: "SHA256SUMS"})
	var rows []string
	for _, row := range r.Rows {
		rows = append(rows, row.Check+" "+string(row.Verdict))
	}
	if diff := cmp.Diff(documented, rows); diff != "" {
		t.Error(diff)
	}
}

// Two runs give one report, also of what is cut off after the first faults.
func TestReportsAreReproducible(t *testing.T) {
	sums := ""
	for i := range 100 {
		sums += fmt.Sprintf("%032x  missing/%d\n", i, i)
	}
	image := plan(t, files{SumsPath: sums}, iso9660.Options{VolumeID: "MISSING", Time: mediumTime})
	first := verifyBytes(t, image, VerifyOptions{})
	if n := first.Count(VerdictFail); n != 1+maxListFaults+1 {
		t.Errorf("%d rows fail:\n%s", n, first.text())
	}
	for range 3 {
		if diff := cmp.Diff(first, verifyBytes(t, image, VerifyOptions{})); diff != "" {
			t.Fatal(diff)
		}
	}
}
