package isotree

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"cdbuilder/internal/fat"
	"cdbuilder/internal/judge"
)

func TestPlanESP(t *testing.T) {
	loaders := []fat.Entry{
		{Path: "EFI/BOOT/BOOTX64.EFI", Data: bytes.Repeat([]byte("shim"), 250000)},
		{Path: "EFI/BOOT/grubx64.efi", Data: bytes.Repeat([]byte("grub"), 580000)},
	}
	stamp := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	im, err := PlanESP("Demo-1", stamp, loaders)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := im.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	f, err := fat.Open(bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil {
		t.Fatal(err)
	}
	config, err := fs.ReadFile(f, GRUBConfig)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(config), "--file /.disk/Demo-1;") || !strings.Contains(string(config), "configfile $prefix/grub.cfg") {
		t.Errorf("its grub.cfg:\n%s", config)
	}
	shim, err := fs.ReadFile(f, "EFI/BOOT/BOOTX64.EFI")
	if err != nil || !bytes.Equal(shim, loaders[0].Data) {
		t.Errorf("the loader is another: %v", err)
	}
	img := filepath.Join(t.TempDir(), "efiboot.img")
	if err := os.WriteFile(img, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(judge.Program(t, "fsck.vfat"), "-n", img).CombinedOutput(); err != nil {
		t.Errorf("fsck.vfat: %v\n%s", err, out)
	}
}

func TestPlanESPRefuses(t *testing.T) {
	stamp := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	if _, err := PlanESP("Demo", stamp, []fat.Entry{{Path: "EFI/BOOT/grubx64.efi"}}); err == nil || !strings.Contains(err.Error(), "BOOTX64.EFI") {
		t.Errorf("without a first loader: %v", err)
	}
	if _, err := PlanESP("no label", stamp, []fat.Entry{{Path: "EFI/BOOT/BOOTX64.EFI"}}); err == nil || !strings.Contains(err.Error(), "no label") {
		t.Errorf("with a label that is none: %v", err)
	}
}
