package initrd

import (
	"testing"

	"cdbuilder/internal/deb/debtest"
)

// toolPackages are those that an installer of a server wants.
var toolPackages = []string{
	"btrfs-progs", "cryptsetup-bin", "dmsetup", "dosfstools", "e2fsprogs", "efibootmgr", "fdisk", "lvm2", "mdadm", "mount", "util-linux", "xfsprogs",
}

// withTools adds the programs of the real packages to the options.
func withTools(t testing.TB, o Options) Options {
	t.Helper()
	for _, name := range toolPackages {
		o.Programs = append(o.Programs, openPackage(t, debtest.Fetch(t, "trixie", name)))
	}
	for _, name := range debtest.Libraries(t, "trixie", toolPackages...) {
		o.Libraries = append(o.Libraries, openPackage(t, debtest.Fetch(t, "trixie", name)))
	}
	return o
}
