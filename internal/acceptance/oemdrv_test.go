package acceptance

import (
	"context"
	"testing"
	"time"

	"cdbuilder/internal/judge"
	"cdbuilder/internal/vm"
)

// A real kernel mounts the volume OEMDRV, and stage2 takes its kickstart where
// the boot arguments name none.
func TestKickstartFromOEMDRV(t *testing.T) {
	judge.Slow(t)
	judge.QEMU(t)
	_, iso := demo(t)
	name := oemdrvISO(t, []byte("text\nlang en_US.UTF-8\n%packages\nvim\n%end\n"))
	for _, as := range []vm.Bus{vm.CD, vm.USB} {
		t.Run(string(as), func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
			defer cancel()
			m := vm.Machine{Firmware: vm.BIOS, Drives: []vm.Drive{{Path: iso, As: vm.CD, ReadOnly: true}, {Path: name, As: as, ReadOnly: true}}}
			r := until(ctx, t, m, func(ctx context.Context, r *vm.Running) {
				choose(ctx, t, r, "i\t") // ISOLINUX's key for editing
				time.Sleep(time.Second)
				must(t, r, r.Type(" inst.ks=\r")) // the last one counts
			}, "stage2: kickstart from OEMDRV: ")
			must(t, r, r.WaitLine(ctx, "stage2: it has 2 commands and 1 section"))
			must(t, r, r.WaitLine(ctx, "OEMDRV:/ks.cfg"))
			must(t, r, r.WaitLine(ctx, "stage2: menu"))
			must(t, r, r.Type("3\r"))
			must(t, r, r.Type("echo $(wc -l < /run/install/ks.cfg)-lines\r"))
			must(t, r, r.WaitLine(ctx, "5-lines"))
		})
	}
}
