package acceptance

import (
	"context"
	"fmt"
	"regexp"
	"testing"
	"time"

	"cdbuilder/internal/judge"
	"cdbuilder/internal/vm"
)

// start boots the ISO and chooses an entry of the boot menu by its hotkey, over
// the serial line.
func start(ctx context.Context, t *testing.T, firmware vm.Firmware, as vm.Bus, iso, hotkey string) *vm.Running {
	t.Helper()
	m := vm.Machine{Firmware: firmware, Memory: 1024, NoReboot: true, Drives: []vm.Drive{{Path: iso, As: as, ReadOnly: true}}}
	r, err := vm.Start(ctx, m)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Stop() })
	must(t, r, r.WaitLine(ctx, "Boot from the local disk"))
	time.Sleep(time.Second) // the menu takes keys once it is drawn
	keys := hotkey
	if firmware == vm.BIOS {
		keys += "\r" // ISOLINUX only moves to the entry
	}
	must(t, r, r.Type(keys))
	return r
}

// must ends the test with the console's last words.
func must(t *testing.T, r *vm.Running, err error) {
	t.Helper()
	if err != nil {
		text := r.Text()
		t.Fatalf("%v\nthe serial line said last:\n%s", err, text[max(0, len(text)-3000):])
	}
}

// All the ways onto a machine end in the same line of stage2.
func TestBootsEverywhere(t *testing.T) {
	judge.Slow(t)
	judge.QEMU(t)
	p, iso := demo(t)
	found := fmt.Sprintf("stage2: medium %s found", p.VolumeLabel())
	for _, firmware := range []vm.Firmware{vm.BIOS, vm.UEFI, vm.SecureBoot} {
		for _, as := range []vm.Bus{vm.CD, vm.USB} {
			t.Run(fmt.Sprintf("%s from %s", firmware, as), func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
				defer cancel()
				begun := time.Now()
				r := start(ctx, t, firmware, as, iso, "i")
				_, err := r.Wait(ctx, regexp.MustCompile(`Linux version`))
				must(t, r, err)
				kernel := time.Since(begun)
				if firmware == vm.SecureBoot {
					must(t, r, r.WaitLine(ctx, "Secure boot enabled"))
				}
				must(t, r, r.WaitLine(ctx, found))
				must(t, r, r.WaitLine(ctx, p.Product.Name))
				must(t, r, r.WaitLine(ctx, "stage2: menu"))
				t.Logf("kernel after %.1f s, stage2's menu after %.1f s", kernel.Seconds(), time.Since(begun).Seconds())
			})
		}
	}
}

// The second entry reads the whole medium before anything else.
func TestMediaCheckFromTheMenu(t *testing.T) {
	judge.Slow(t)
	judge.QEMU(t)
	_, iso := demo(t)
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	r := start(ctx, t, vm.BIOS, vm.CD, iso, "t")
	must(t, r, r.WaitLine(ctx, "stage2: media check passed"))
	must(t, r, r.WaitLine(ctx, "stage2: menu"))
	must(t, r, r.Type("3\r"))
	must(t, r, r.Type("echo shell-$((6*7))\r"))
	must(t, r, r.WaitLine(ctx, "shell-42"))
	must(t, r, r.Type("exit\r"))
	must(t, r, r.WaitLine(ctx, "stage2: menu"))
	must(t, r, r.Type("5\r"))
	select {
	case <-r.Done():
	case <-ctx.Done():
		t.Error("the machine did not power off")
	}
}
