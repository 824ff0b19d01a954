package product

import (
	"fmt"
	"slices"
	"strings"

	"cdbuilder/internal/product/tomlpos"
)

// ownArgs are the kernel arguments that the medium's menu writes itself: they
// hold the label, which must be the same wherever it stands.
var ownArgs = []string{"inst.stage2", "inst.ks", "inst.repo"}

// maxTimeout is what ISOLINUX counts at most, in seconds.
const maxTimeout = 3599

func (f *File) checkBoot(c *faults) {
	b := f.Boot
	if b.Label != "" {
		c.form("boot.label", b.Label, labelForm, MaxLabel, `only letters, digits, "_", "." and "-" can stand in a volume label`)
	}
	f.checkFirmware(c)
	for i, name := range b.Packages {
		if at := tomlpos.Index("boot.packages", i); c.need(at, name) {
			c.packageName(at, name, f.Target.Family)
		}
	}
	c.distinct("boot.packages", b.Packages)
	c.checkArgs(b.Args)
	if b.Timeout < 0 || b.Timeout > maxTimeout {
		c.add("boot.timeout", fmt.Sprintf("boot.timeout = %d is not a time that the boot menu can count down", b.Timeout),
			fmt.Sprintf("write seconds, 0 to %d; 0 waits for a person", maxTimeout))
	}
	c.oneOf("boot.default", b.Default, "install", "check", "rescue", "local")
	if _, err := ParseSerial(b.Serial); err != nil && b.Serial != "" {
		c.add("boot.serial", fmt.Sprintf("boot.serial = %q is not a serial console", b.Serial), c.write("boot.serial"))
	}
}

func (f *File) checkFirmware(c *faults) {
	for i, fw := range f.Boot.Firmware {
		at := tomlpos.Index("boot.firmware", i)
		c.oneOf(at, fw, "bios", "uefi")
		if arch := f.Target.Arch; fw == "bios" && (arch == "arm64" || arch == "aarch64") {
			c.add(at, arch+" machines have no BIOS", `write firmware = ["uefi"]`)
		}
	}
	c.distinct("boot.firmware", f.Boot.Firmware)
}

func (c *faults) checkArgs(args []string) {
	for i, arg := range args {
		at := tomlpos.Index("boot.args", i)
		name, _, _ := strings.Cut(arg, "=")
		if slices.Contains(ownArgs, name) {
			c.add(at, name+" is written by the boot menu itself, with the medium's label", "leave it out")
			continue
		}
		c.form(at, arg, argForm, 200, "write each argument by itself, without spaces and quotes")
	}
}
