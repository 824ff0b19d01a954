package isotree

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/BurntSushi/toml"
)

// The files by which a medium says what it is.
const (
	InfoPath    = ".disk/info"         // one line; apt-cdrom and Debian's GRUB look for it
	ProductPath = ".disk/product.toml" // the same for programs: stage2 reads it
	SumsPath    = "md5sum.txt"         // md5sum(1)'s format, as on Debian's own media
)

// MarkerPath is a file whose name is the volume label. GRUB finds the medium by
// it: its own search by label sees only the sixteen characters of the Joliet
// volume identifier.
func MarkerPath(label string) string { return ".disk/" + label }

// KeyFile is the file in the build directory with the public key that the
// medium's packages are signed with; InstallerKey is where the installer has it.
const (
	KeyFile      = "medium.asc"
	InstallerKey = "etc/cd-builder/medium.asc"
)

// Identity is what stands in .disk/product.toml.
type Identity struct {
	Name     string    `toml:"name"`
	Release  string    `toml:"release"`
	Label    string    `toml:"label"`
	Vendor   string    `toml:"vendor"`
	Version  string    `toml:"version"` // stage and number: Beta 05
	Family   string    `toml:"family"`
	Suite    string    `toml:"suite"`
	Arch     string    `toml:"arch"`
	Packages int       `toml:"packages"`
	Built    time.Time `toml:"built"`
	// Kickstart is the syntax in which its kickstarts are written: RHEL9.
	Kickstart string `toml:"kickstart,omitempty"`
	// Install is the kickstart in ks/ that is called after the product.
	Install string `toml:"install,omitempty"`
	// Recommends says that its packages were chosen with what they recommend.
	Recommends bool `toml:"recommends,omitempty"`
}

// Encode gives the file's text.
func (id Identity) Encode() ([]byte, error) {
	id.Built = id.Built.UTC()
	text, err := toml.Marshal(id)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", ProductPath, err)
	}
	return text, nil
}

// Info is the line of .disk/info.
func (id Identity) Info() []byte {
	return fmt.Appendf(nil, "%s %s %s %s (%s)\n", id.Name, id.Version, id.Suite, id.Arch, id.Built.UTC().Format("20060102"))
}

// Sums gives md5sum.txt over the files of the tree.
func Sums(files []File) []byte {
	sorted := slices.SortedFunc(slices.Values(files), func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	var b bytes.Buffer
	for _, f := range sorted {
		// isolinux.bin gets its boot information table when the ISO is written.
		if f.Path != SumsPath && f.Path != "isolinux/isolinux.bin" {
			fmt.Fprintf(&b, "%s  ./%s\n", f.MD5, f.Path)
		}
	}
	return b.Bytes()
}
