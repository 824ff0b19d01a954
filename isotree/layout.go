package isotree

import "strings"

// The weights order the files on the ISO, from what hardly ever changes to what
// changes with every beta, so that a small edit rewrites a small tail.
const (
	weightPackages = iota * 10
	weightKernel
	weightLoaders
	weightInitrd
	weightIndex // package indexes
	weightPictures
	weightESP
	weightText // menus, kickstarts, README, .disk
	weightSums // what is computed over everything else
)

// layout is searched in order; the first prefix that fits decides.
var layout = [...]struct {
	prefix string
	weight int
}{
	{"pool/", weightPackages},
	{"Packages/", weightPackages},
	{KernelPath, weightKernel},
	{InitrdPath, weightInitrd},
	{ESPPath, weightESP},
	{"images/", weightKernel},
	{"EFI/BOOT/grub.cfg", weightText},
	{"EFI/", weightLoaders},
	{"isolinux/splash.png", weightPictures},
	{"isolinux/isolinux.cfg", weightText},
	{"isolinux/", weightLoaders},
	{"dists/", weightIndex},
	{"repodata/", weightIndex},
	{"boot/grub/grub.cfg", weightText},
	{"boot/grub/", weightPictures},
	{SumsPath, weightSums},
}

// Weight says how far to the end of the ISO a file belongs.
func Weight(path string) int {
	for _, l := range layout {
		if strings.HasPrefix(path, l.prefix) {
			return l.weight
		}
	}
	return weightText
}
