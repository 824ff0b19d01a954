package isotree

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"cdbuilder/internal/fat"
)

// espLabel is the volume label inside the FAT image. Nothing looks for it; it
// says to people what the partition is.
const espLabel = "EFIBOOT"

// firstLoaders is what UEFI starts from a removable medium (UEFI 2.10 §3.5.1.1).
var firstLoaders = []string{"EFI/BOOT/BOOTX64.EFI", "EFI/BOOT/BOOTAA64.EFI", "EFI/BOOT/BOOTIA32.EFI"}

// PlanESP lays out images/efiboot.img, the EFI system partition of the medium
// called label: the loaders, whose paths are those on the medium, and the
// configuration with which GRUB finds the medium. The stamp is the build's.
func PlanESP(label string, stamp time.Time, loaders []fat.Entry) (*fat.Image, error) {
	config, err := ESPConfig(label)
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(loaders, func(e fat.Entry) bool { return slices.Contains(firstLoaders, e.Path) }) {
		return nil, fmt.Errorf("%s: none of %s is among its files, so no firmware would start it", ESPPath, strings.Join(firstLoaders, ", "))
	}
	entries := append(slices.Clone(loaders), fat.Entry{Path: GRUBConfig, Data: config})
	im, err := fat.Plan(entries, fat.Options{Label: espLabel, Time: stamp})
	if err != nil {
		return nil, fmt.Errorf("%s: %w", ESPPath, err)
	}
	return im, nil
}
