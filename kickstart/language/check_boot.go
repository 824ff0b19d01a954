package language

import (
	"fmt"
	"strings"

	"cdbuilder/kickstart"
)

var (
	_ = register("boot-drive", bootDrive)
	_ = registerCanonical("lilo", lilo)
)

// bootDrive wants one disk: the boot loader goes to one only.
func bootDrive(_ kickstart.Syntax, s *Statement) []string {
	if drive := s.Get("--boot-drive"); strings.Contains(drive, ",") {
		first, _, _ := strings.Cut(drive, ",")
		return []string{fmt.Sprintf("--boot-drive takes one disk, not %s; write --boot-drive=%s", quote(drive), first)}
	}
	return nil
}

// lilo is the bootloader command by an older name.
func lilo(v kickstart.Syntax, s *Statement) string {
	return "bootloader " + strings.Join(s.options(v), " ")
}
