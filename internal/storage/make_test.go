package storage_test

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"cdbuilder/internal/storage"
	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
)

const gib = 1 << 30

// recipe reads a kickstart; what language finds wrong fails the test.
func recipe(t testing.TB, version, text string) *language.Recipe {
	t.Helper()
	v, err := kickstart.ParseSyntax(version)
	if err != nil {
		t.Fatal(err)
	}
	f, err := kickstart.Parse("ks.cfg", []byte(text), v)
	if err != nil {
		t.Fatal(err)
	}
	r, found := language.Read(v, f.All())
	for i := range found {
		if found[i].Level == kickstart.Error {
			t.Fatalf("the test's kickstart is wrong: %s", found[i].String())
		}
	}
	return r
}

// disk is a blank one.
func disk(name string, size int64) storage.Disk {
	return storage.Disk{Name: name, Size: size, Sector: 512, Model: "TEST DISK", Serial: strings.ToUpper("S" + name), ByID: []string{"ata-TEST_" + name}, ByPath: []string{"pci-0000:00:1f.2-ata-" + name}}
}

func machine(firmware storage.Firmware, disks ...storage.Disk) storage.Machine {
	return storage.Machine{Disks: disks, Firmware: firmware, Memory: 4 * gib}
}

// seeded is randomness that is the same each time.
func seeded() io.Reader { return rand.NewChaCha8([32]byte{1}) }

func TestTry(t *testing.T) {
	for _, fw := range []storage.Firmware{storage.BIOS, storage.UEFI} {
		for _, text := range []string{
			"zerombr\nclearpart --all --initlabel\nautopart --type=lvm\n",
			"zerombr\nclearpart --all --initlabel\nautopart --type=plain --encrypted --passphrase=x\n",
			"zerombr\nclearpart --all --initlabel\nautopart --type=lvm --encrypted --passphrase=x\n",
			"clearpart --all\nreqpart --add-boot\npart raid.1 --size=1000 --ondisk=sda --grow\npart raid.2 --size=1000 --ondisk=sdb --grow\nraid pv.1 --device=root --level=1 raid.1 raid.2\nvolgroup vg pv.1\nlogvol / --name=root --vgname=vg --percent=50\nlogvol /home --name=home --vgname=vg --size=1 --grow\n",
			"clearpart --all --disklabel=msdos\nreqpart\npart /boot --size=1000\npart / --size=5000\npart /home --grow --size=100\npart /var --size=5000 --grow --maxsize=7000\npart swap --recommended\n",
		} {
			r := recipe(t, "F40", text)
			p, err := storage.Make(r, machine(fw, disk("sda", 100*gib), disk("sdb", 100*gib)), storage.Options{Random: seeded()})
			if err != nil {
				t.Error(err)
				continue
			}
			fmt.Println(p, p.Fstab(), p.Crypttab(), p.MdadmConf())
		}
	}
}
