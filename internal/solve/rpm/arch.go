package rpm

import (
	"slices"
	"strings"
)

// families lists, for each architecture of a machine, those whose packages run
// on it, the best first (rpm's arch_compat, as libsolv's policies narrow it).
// Packages of one are never exchanged for those of another: each is a class of
// its own.
var families = []string{
	"x86_64_v4 x86_64_v3 x86_64_v2 x86_64 i686 i586 i486 i386",
	"x86_64_v3 x86_64_v2 x86_64 i686 i586 i486 i386",
	"x86_64_v2 x86_64 i686 i586 i486 i386",
	"x86_64 i686 i586 i486 i386",
	"ia64 i686 i586 i486 i386",
	"i686 i586 i486 i386",
	"i586 i486 i386",
	"i486 i386",
	"ppc64p7 ppc64 ppc",
	"ppc64 ppc",
	"s390x s390",
	"armv7hnl armv7hl armv6hl",
	"armv7hl armv6hl",
	"armv7l armv6l armv5tejl armv5tel armv5l armv4tl armv4l armv3l",
	"sparc64v sparc64 sparcv9v sparcv9 sparcv8 sparc",
	"sparc64 sparcv9 sparcv8 sparc",
}

// compatible lists the architectures that fit a machine besides noarch, the
// best first. One that no family starts with fits itself alone.
func compatible(arch string) []string {
	for _, f := range families {
		if list := strings.Fields(f); list[0] == arch {
			return list
		}
	}
	return []string{arch}
}

const (
	unfit  = -1 // does not run here
	noarch = 0  // runs everywhere
)

// class ranks an architecture: noarch, or 1 for the best and so on, or unfit.
func (x *Index) class(arch string) int {
	if arch == "noarch" {
		return noarch
	}
	if i := slices.Index(x.archs, arch); i >= 0 {
		return i + 1
	}
	return unfit
}

// wide reports whether an architecture has words of 64 bits: two packages of
// one name can be there together when one is wide and the other is not, since
// then rpm's transaction colours keep their files apart.
func wide(arch string) bool { return arch == "s390x" || strings.Contains(arch, "64") }

// sameColor reports whether one package of a name takes the place of another.
func sameColor(a, b *Package) bool {
	return a.Arch == "noarch" || b.Arch == "noarch" || wide(a.Arch) == wide(b.Arch)
}
