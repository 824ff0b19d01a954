package acceptance

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"cdbuilder/internal/judge"
	"cdbuilder/internal/vm"
)

// start boots the ISO, chooses an entry of the boot menu by its key, and waits
// for a line.
func start(ctx context.Context, t *testing.T, firmware vm.Firmware, as vm.Bus, iso, key, line string) *vm.Running {
	t.Helper()
	m := vm.Machine{Firmware: firmware, Drives: []vm.Drive{{Path: iso, As: as, ReadOnly: true}}}
	return until(ctx, t, m, func(ctx context.Context, r *vm.Running) { choose(ctx, t, r, hotkey(firmware, key)) }, regexp.QuoteMeta(line))
}

// choose types keys into the boot menu, over the serial line.
func choose(ctx context.Context, t *testing.T, r *vm.Running, keys string) {
	t.Helper()
	must(t, r, r.WaitLine(ctx, "Boot from the local disk"))
	time.Sleep(time.Second) // the menu takes keys once it is drawn
	must(t, r, r.Type(keys))
}

// hotkey is what starts the entry of a key: where GRUB starts it, ISOLINUX only
// moves to it.
func hotkey(firmware vm.Firmware, key string) string {
	if firmware == vm.BIOS {
		return key + "\r"
	}
	return key
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
	lines := []string{fmt.Sprintf("stage2: medium %s found", p.VolumeLabel()), p.Product.Name}
	for _, firmware := range []vm.Firmware{vm.BIOS, vm.UEFI, vm.SecureBoot} {
		for _, as := range []vm.Bus{vm.CD, vm.USB} {
			t.Run(fmt.Sprintf("%s from %s", firmware, as), func(t *testing.T) {
				t.Parallel()
				ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
				defer cancel()
				begun := time.Now()
				r := start(ctx, t, firmware, as, iso, "i", "stage2: menu")
				for _, line := range lines {
					if !strings.Contains(r.Text(), line) {
						t.Errorf("%q is not said", line)
					}
				}
				if got := strings.Contains(r.Text(), "Secure boot enabled"); got != (firmware == vm.SecureBoot) {
					t.Errorf("the kernel sees Secure Boot: %v", got)
				}
				t.Logf("stage2's menu after %.1f s", time.Since(begun).Seconds())
			})
		}
	}
}

// The second entry reads the whole medium before anything else.
func TestMediaCheckFromTheMenu(t *testing.T) {
	judge.Slow(t)
	judge.QEMU(t)
	t.Parallel()
	_, iso := demo(t)
	ctx, cancel := context.WithTimeout(t.Context(), 8*time.Minute)
	defer cancel()
	r := start(ctx, t, vm.BIOS, vm.CD, iso, "t", "stage2: media check passed")
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
