package stage2

import (
	"os"
	"strings"
)

// What QEMU calls its processors when it has no other machine's to lend (KVM),
// in /proc/cpuinfo.
const emulatedCPU = "QEMU TCG CPU"

// calm starts programs at the same addresses each time where QEMU emulates the
// processor: it translates what it runs once for each address that it stands at,
// and an installation starts some ten thousand programs. That halves the time of
// each, and takes nothing away here: what runs is the medium's, and nobody from
// outside talks to it.
func (in *installer) calm() {
	cpus, err := os.ReadFile(in.path("/proc/cpuinfo"))
	if err != nil || !strings.Contains(string(cpus), emulatedCPU) {
		return
	}
	if err := os.WriteFile(in.path("/proc/sys/kernel/randomize_va_space"), []byte("0\n"), 0); err == nil {
		in.say("the processor is emulated: programs start at fixed addresses, for speed")
	}
}
