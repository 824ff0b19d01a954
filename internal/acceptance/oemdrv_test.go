package acceptance

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"cdbuilder/internal/judge"
	"cdbuilder/internal/vm"
	"cdbuilder/kickstart/oemdrv"
)

// A real kernel mounts the volume OEMDRV, and stage2 takes its kickstart where
// the boot arguments name none.
func TestKickstartFromOEMDRV(t *testing.T) {
	judge.Slow(t)
	judge.QEMU(t)
	_, iso := demo(t)
	var image bytes.Buffer
	volume := oemdrv.Volume{Kickstart: []byte("text\nlang en_US.UTF-8\n%packages\nvim\n%end\n"), Time: time.Date(2025, 8, 9, 0, 0, 0, 0, time.UTC)}
	if _, err := volume.WriteTo(&image); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "oemdrv.iso")
	if err := os.WriteFile(name, image.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, as := range []vm.Bus{vm.CD, vm.USB} {
		t.Run(string(as), func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
			defer cancel()
			r, err := vm.Start(ctx, vm.Machine{Firmware: vm.BIOS, Memory: 1024, NoReboot: true, Drives: []vm.Drive{
				{Path: iso, As: vm.CD, ReadOnly: true}, {Path: name, As: as, ReadOnly: true},
			}})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { r.Stop() })
			must(t, r, r.WaitLine(ctx, "Boot from the local disk"))
			time.Sleep(time.Second) // the menu takes keys once it is drawn
			must(t, r, r.Type("i\t"))
			time.Sleep(time.Second)
			must(t, r, r.Type(" inst.ks=\r")) // the last one counts
			must(t, r, r.WaitLine(ctx, "stage2: kickstart from OEMDRV: "))
			must(t, r, r.WaitLine(ctx, "stage2: it has 2 commands and 1 section"))
			must(t, r, r.WaitLine(ctx, "OEMDRV:/ks.cfg"))
			must(t, r, r.WaitLine(ctx, "stage2: menu"))
			must(t, r, r.Type("3\r"))
			must(t, r, r.Type("echo $(wc -l < /run/install/ks.cfg)-lines\r"))
			must(t, r, r.WaitLine(ctx, "5-lines"))
		})
	}
}
