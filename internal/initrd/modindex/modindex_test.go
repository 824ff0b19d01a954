package modindex

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func sample() *Index {
	x := &Index{
		Release: "6.12.41-amd64",
		Builtin: []string{"virtio_pci", "ext2", "ext2"},
		Modules: []Module{
			{Name: "xhci_pci", Path: "kernel/drivers/usb/host/xhci-pci.ko", Before: []string{"usb_common", "usbcore", "xhci_hcd"}, After: []string{"xhci_pci_renesas"}},
			{Name: "ahci", Path: "kernel/drivers/ata/ahci.ko", Before: []string{"scsi_common", "scsi_mod", "libata", "libahci"}},
			{Name: "scsi_mod", Path: "kernel/drivers/scsi/scsi_mod.ko"},
		},
		Aliases: []Alias{
			{"pci:v*d*sv*sd*bc01sc06i01*", "ahci"},
			{"pci:v*d*sv*sd*bc0Csc03i30*", "xhci_pci"},
			{"fs-iso9660", "isofs"},
			{"acpi*:80860F14:*", "sdhci_acpi"},
			{"block-major-7-*", "loop"},
			{"pci:v00008086d00002652sv*sd*bc*sc*i*", "ahci"},
			{"usb:v03EBp2002d0[0-9]*dc*", "ums_x"},
		},
	}
	x.Sort()
	return x
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	want := sample()
	var b bytes.Buffer
	if err := want.Write(&b); err != nil {
		t.Fatal(err)
	}
	got, err := Read(&b)
	if err != nil {
		t.Fatal(err)
	}
	for i := range want.Modules {
		if want.Modules[i].Before == nil {
			want.Modules[i].Before = []string{}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if m, ok := got.Module("ahci"); !ok || m.Path != "kernel/drivers/ata/ahci.ko" {
		t.Errorf("ahci: %+v %v", m, ok)
	}
	if _, ok := got.Module("nothing"); ok {
		t.Error("a module that is not there was found")
	}
	if !got.IsBuiltin("ext2") || got.IsBuiltin("ahci") {
		t.Error("builtin modules are mixed up")
	}
}

func TestReadRefuses(t *testing.T) {
	for _, text := range []string{"", "modules 2 x\n", "modules 1 x\nmodul y\n", "modules 1 x\nafter y z\n", "modules 1 x\nalias y\n"} {
		if _, err := Read(strings.NewReader(text)); err == nil {
			t.Errorf("%q was read", text)
		}
	}
}

func TestMatch(t *testing.T) {
	x := sample()
	tests := map[string][]string{
		"pci:v00008086d00002652sv00001AF4sd00001100bc01sc06i01": {"ahci"},
		"pci:v00001B36d0000000Dsv00001AF4sd00001100bc0Csc03i30": {"xhci_pci"},
		"fs-iso9660":          {"isofs"},
		"fs-ext4":             nil,
		"usb:v03EBp2002d05dc": {"ums_x"},
		"usb:v03EBp2002dA5dc": nil,
	}
	for alias, want := range tests {
		if diff := cmp.Diff(want, x.Match(alias)); diff != "" {
			t.Errorf("%s:\n%s", alias, diff)
		}
	}
}

func TestNodes(t *testing.T) {
	x := &Index{Release: "x", Aliases: []Alias{
		{"char-major-10-234", "btrfs"}, {"devname:btrfs-control", "btrfs"}, {"fs-btrfs", "btrfs"},
		{"char-major-10-236", "dm_mod"}, {"devname:mapper/control", "dm_mod"},
		{"char-major-10-*", "wild"}, {"devname:wild", "wild"}, {"char-major-10-1", "evil"}, {"devname:../evil", "evil"}, {"devname:vhost", "numberless"},
	}}
	x.Sort()
	want := []Node{{"btrfs-control", 10, 234}, {"mapper/control", 10, 236}}
	if diff := cmp.Diff(want, x.Nodes()); diff != "" {
		t.Error(diff)
	}
}

func TestGlob(t *testing.T) {
	tests := []struct {
		pattern, name string
		want          bool
	}{
		{"", "", true},
		{"", "a", false},
		{"*", "", true},
		{"*", "a/b", true},
		{"a*c", "abcbc", true},
		{"a*c", "abcbd", false},
		{"a*b*c", "a--b--bc", true},
		{"?", "", false},
		{"a?c", "abc", true},
		{"[a-c]x", "bx", true},
		{"[!a-c]x", "bx", false},
		{"[^a-c]x", "dx", true},
		{"[]]x", "]x", true},
		{"[a-]x", "-x", true},
		{"[a", "[a", true},
		{`\*`, "*", true},
		{`\*`, "a", false},
		{"usb:v*p*d*dc*dsc*dp*ic08isc06ip50in*", "usb:v46F4p0001d0000dc00dsc00dp00ic08isc06ip50in00", true},
		{strings.Repeat("*a", 30), strings.Repeat("a", 2000) + "b", false},
	}
	for _, tt := range tests {
		if got := Glob(tt.pattern, tt.name); got != tt.want {
			t.Errorf("Glob(%q, %.20q) = %v", tt.pattern, tt.name, got)
		}
	}
}

// FuzzRead reads anything; what it took, it must be able to give again.
func FuzzRead(f *testing.F) {
	var b bytes.Buffer
	if err := sample().Write(&b); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes(), "pci:v00008086d00002652sv00001AF4sd00001100bc01sc06i01")
	f.Fuzz(func(t *testing.T, data []byte, alias string) {
		x, err := Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		var first, second bytes.Buffer
		x.Sort()
		if err := x.Write(&first); err != nil {
			t.Fatal(err)
		}
		again, err := Read(bytes.NewReader(first.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		if err := again.Write(&second); err != nil || first.String() != second.String() {
			t.Fatalf("%v\n%s", err, cmp.Diff(first.String(), second.String()))
		}
		x.Match(alias)
		x.Nodes()
	})
}
