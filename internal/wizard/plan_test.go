package wizard

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cdbuilder/internal/judge"
	"cdbuilder/internal/product"
	"cdbuilder/internal/storage"
	"cdbuilder/internal/storage/table"
	"cdbuilder/internal/target"
	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
)

// demo renders a kickstart of the demo product.
func demo(t *testing.T, name string) Basis {
	t.Helper()
	top := judge.Repository(t)
	p, err := product.Load(top, func(string) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	set, err := kickstart.ReadTemplates(filepath.Join(top, "kickstart"))
	if err != nil {
		t.Fatal(err)
	}
	all, _, err := set.Render(kickstart.NewData(p, p.ReleaseName(), p.VolumeLabel()), rhel9)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		if r.Name == name {
			return Basis{Name: name, Text: r.Text, Syntax: rhel9, Sudo: true, SudoOffered: true}
		}
	}
	t.Fatalf("there is no %s", name)
	return Basis{}
}

// twoDisks are of one size; the answers mean the second.
func twoDisks(firmware storage.Firmware) storage.Machine {
	m := storage.Machine{Firmware: firmware, Memory: 2 << 30}
	for _, name := range []string{"sda", "sdb"} {
		m.Disks = append(m.Disks, storage.Disk{
			Name: name, Size: 100 << 30, Sector: 512, Serial: "S-" + name, ByID: []string{"ata-ACME_S-" + name}, Table: table.GPT,
			Partitions: []storage.Partition{{Name: name + "1", Entry: table.Entry{Number: 1, Start: 1 << 20, Size: 1 << 30}}},
		})
	}
	return m
}

// carriedOut plans the disks and the system as the installer would, and sees
// that only the chosen disk is in it.
func carriedOut(t *testing.T, b Basis, a Answers) error {
	t.Helper()
	a.Disk = Disk{Name: "sdb", ID: "/dev/disk/by-id/ata-ACME_S-sdb", Names: []string{"disk/by-id/ata-ACME_S-sdb"}}
	text, err := a.Kickstart(b)
	if err != nil {
		return err
	}
	file, err := kickstart.Parse(b.Name, text, b.Syntax)
	if err != nil {
		t.Fatal(err)
	}
	recipe, _ := language.Read(b.Syntax, file.All())
	for _, firmware := range []storage.Firmware{storage.BIOS, storage.UEFI} {
		plan, err := storage.Make(recipe, twoDisks(firmware), storage.Options{Random: zeros{}})
		if err != nil {
			return err
		}
		for _, d := range plan.Disks {
			if d.Name != "sdb" || !d.Fresh {
				t.Errorf("%s: %s is in the plan, fresh %v:\n%s", b.Name, d.Name, d.Fresh, text)
			}
		}
		// Some want no boot loader.
		if len(plan.Disks) != 1 || len(plan.Boot) > 0 && !slices.Equal(plan.Boot, []string{"sdb"}) {
			t.Errorf("%s: %d disks, boot from %v:\n%s", b.Name, len(plan.Disks), plan.Boot, text)
		}
	}
	_, findings := target.Plan(recipe, target.Facts{Packages: []string{"linux-image-amd64", "initramfs-tools", "grub-efi-amd64-signed", "shim-signed", "cryptsetup-initramfs", "openssh-server", "systemd-resolved", "grub-pc-bin", "grub2-common", "locales", "tzdata"}, Boot: []string{"/dev/sdb"}, Random: zeros{}})
	return refused(findings)
}

func TestTheDemosKickstartsAreCarriedOut(t *testing.T) {
	root := answers()
	root.User = ""
	for _, name := range []string{"demo.ks", "minimal.ks"} {
		for _, a := range []Answers{answers(), root} {
			b := demo(t, name)
			if err := carriedOut(t, b, a); err != nil {
				t.Errorf("%s: %v", name, err)
			}
			text, err := a.Kickstart(b)
			if err != nil {
				t.Fatal(err)
			}
			if found := lintErrors(t, name, text, b.Syntax); len(found) > 0 {
				t.Errorf("%s: %v", name, found)
			}
		}
	}
}

// TestCorpusBases puts the answers into every real kickstart. Those whose own
// language is faulty are refused; of the others the lines that are not asked
// about are all there, and the disks are the one that was chosen.
func TestCorpusBases(t *testing.T) {
	dir := judge.Corpus(t, "kickstart")
	made, planned := 0, 0
	reasons := map[string]int{}
	sources := judge.Sources(t, "kickstart")
	for _, row := range sources {
		name := row["file"]
		v, err := kickstart.ParseSyntax(row["ksversion"])
		if err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		b := Basis{Name: name, Text: text, Syntax: v, Sudo: true}
		if b.Check() != nil {
			continue
		}
		a := answers()
		if !takes(v, `sshkey --username=x "y"`) {
			a.Key = ""
		}
		if _, err := a.Kickstart(b); err != nil {
			// Answers in versions without ignoredisk --only-use, VLANs or locks.
			reasons[lastWords(err)]++
			continue
		}
		made++
		if err := carriedOut(t, b, a); err != nil {
			reasons[lastWords(err)]++
			continue
		}
		planned++
	}
	t.Logf("%d kickstarts, %d took the answers, %d of these can be carried out here", len(sources), made, planned)
	for reason, n := range reasons {
		t.Logf("%3d x %s", n, reason)
	}
	if made < 100 {
		t.Errorf("only %d of %d took the answers", made, len(sources))
	}
}

// lastWords are a fault's words without its place.
func lastWords(err error) string {
	var f *kickstart.Fault
	if errors.As(err, &f) {
		return f.Text
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	return text
}
