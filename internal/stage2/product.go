package stage2

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"cdbuilder/kickstart"

	"github.com/BurntSushi/toml"
)

// productPath is the file by which a medium says what it is.
const productPath = ".disk/product.toml"

// identity is what stands in that file, as far as it is shown.
type identity struct {
	Name     string    `toml:"name"`
	Release  string    `toml:"release"`
	Label    string    `toml:"label"`
	Vendor   string    `toml:"vendor"`
	Version  string    `toml:"version"`
	Suite    string    `toml:"suite"`
	Arch     string    `toml:"arch"`
	Packages int       `toml:"packages"`
	Built    time.Time `toml:"built"`
	Syntax   string    `toml:"kickstart"` // of its kickstarts: RHEL9
	// Install is the kickstart that is called after the product.
	Install string `toml:"install"`
	// Recommends: its packages were chosen with what they recommend.
	Recommends bool `toml:"recommends"`
}

func readIdentity(medium fs.FS) (identity, error) {
	var id identity
	text, err := fs.ReadFile(medium, productPath)
	if err == nil {
		err = toml.Unmarshal(text, &id)
	}
	if err != nil {
		err = fmt.Errorf("the medium does not say what it is: %s: %w", productPath, err)
	}
	return id, err
}

// syntax is that of the medium's kickstarts, or the newest where the medium
// doesn't say.
func (id identity) syntax() kickstart.Syntax {
	s, err := kickstart.ParseSyntax(id.Syntax)
	if err != nil {
		return kickstart.Syntax{}
	}
	return s
}

// contents is what is really on the medium.
type contents struct {
	identity
	Found      int   // packages in the pool
	Bytes      int64 // their size
	Kickstarts []string
}

// readContents looks a mounted medium through. What it could learn it returns
// also beside an error.
func readContents(medium fs.FS) (contents, error) {
	var c contents
	var err error
	c.identity, err = readIdentity(medium)
	for _, pool := range []string{"pool", "Packages", "BaseOS", "AppStream"} {
		walkErr := fs.WalkDir(medium, pool, func(name string, d fs.DirEntry, err error) error {
			if name == pool && errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil || d.IsDir() || path.Ext(name) != ".deb" && path.Ext(name) != ".rpm" {
				return err
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			c.Found++
			c.Bytes += info.Size()
			return nil
		})
		if walkErr != nil {
			err = errors.Join(err, fmt.Errorf("the medium cannot be read: %w", walkErr))
		}
	}
	files, _ := fs.Glob(medium, "ks/*.ks")
	for _, f := range files {
		c.Kickstarts = append(c.Kickstarts, path.Base(f))
	}
	slices.Sort(c.Kickstarts)
	return c, err
}

// present writes what the medium is and holds.
func (in *installer) present(out io.Writer) {
	c, err := readContents(os.DirFS(in.path(RepoDir)))
	if err != nil {
		fmt.Fprintf(out, "stage2: %v\n", err)
	}
	fmt.Fprint(out, c.text(in.kickstart))
	if c.Packages != 0 && c.Packages != c.Found {
		fmt.Fprintf(out, "stage2: the medium should hold %d packages, but %d are there: check it\n", c.Packages, c.Found)
	}
}

// text is the page that a person reads.
func (c *contents) text(kickstart string) string {
	var b strings.Builder
	row := func(key, value string) {
		if strings.TrimSpace(value) != "" {
			fmt.Fprintf(&b, "  %-11s %s\n", key, printable(value))
		}
	}
	b.WriteString("\n")
	row("Product", strings.TrimSpace(c.Name+" "+c.Version))
	row("Release", c.Release)
	row("Vendor", c.Vendor)
	row("System", strings.TrimSpace(c.Suite+" "+c.Arch))
	if !c.Built.IsZero() {
		row("Built", c.Built.UTC().Format("2006-01-02"))
	}
	row("Packages", fmt.Sprintf("%d, %s", c.Found, size(c.Bytes)))
	row("Kickstarts", strings.Join(c.Kickstarts, ", "))
	if kickstart != "" {
		row("Asked for", kickstart)
	}
	return b.String()
}

// printable keeps what a terminal would act upon away from it.
func printable(s string) string {
	return strings.Map(func(c rune) rune {
		if c < ' ' || c >= 0x7f && c < 0xa0 {
			return -1
		}
		return c
	}, s)
}
