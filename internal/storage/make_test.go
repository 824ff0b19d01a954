package storage_test

import (
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
