package isotree

import (
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"cdbuilder/internal/product"
)

// Where the boot loaders look for their menus and pictures on the medium.
const (
	IsolinuxConfig = "isolinux/isolinux.cfg"
	IsolinuxSplash = "isolinux/splash.png" // 640×480, what vesamenu shows behind the menu
	GRUBConfig     = "boot/grub/grub.cfg"
	GRUBThemeDir   = "boot/grub/theme"
	GRUBTheme      = "boot/grub/theme/theme.txt"
)

// Menu is the boot menu, the same under BIOS and UEFI.
type Menu struct {
	Title   string // one line above the entries
	Label   string // volume label of the medium
	Kernel  string // on the medium, relative to its root
	Initrd  string
	Entries []MenuEntry
	Default string // ID of the entry that starts by itself
	Timeout int    // seconds until then; 0 waits for a person
	Serial  string // serial console of the menu, as ttyS0,115200n8; empty: none
}

// Kinds of menu entries.
const (
	KindLinux = "linux" // the medium's kernel and initramfs
	KindLocal = "local" // what the firmware would start next
	KindMenu  = "menu"  // a menu below this one
)

// MenuEntry is one line of the menu.
type MenuEntry struct {
	ID    string // lower-case word: install
	Title string
	Help  string // one or two lines shown while the entry is selected, where the loader can
	Kind  string
	Args  []string // of the kernel
	Key   byte     // the letter of its title to be typed for it; 0: one that is found

	Entries []MenuEntry // of a menu below this one
}

var (
	labelForm = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,32}$`)
	idForm    = regexp.MustCompile(`^[a-z][a-z0-9-]*$`)
	// Words that neither ISOLINUX, which splits at spaces, nor GRUB, which
	// escapes quotes and backslashes on their way to the kernel, would alter.
	argForm  = regexp.MustCompile(`^[!#%&(-\[\]^_a-z{|}~]+$`)
	pathForm = regexp.MustCompile(`^[A-Za-z0-9_./+-]+$`)
)

// Validate reports all faults of the menu.
func (m Menu) Validate() error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if !labelForm.MatchString(m.Label) {
		fault("volume label %q: 1 to 32 of A-Z, a-z, 0-9, _, . and - are allowed", m.Label)
	}
	if err := checkLine("menu title", m.Title); err != nil {
		faults = append(faults, err)
	}
	for _, p := range []string{m.Kernel, m.Initrd} {
		if !pathForm.MatchString(p) || !fs.ValidPath(p) {
			fault("boot file %q is not a plain path on the medium", p)
		}
	}
	if m.Timeout < 0 || m.Timeout > 3600 {
		fault("menu timeout %d: give 0 to 3600 seconds", m.Timeout)
	}
	if m.Serial != "" {
		if _, err := product.ParseSerial(m.Serial); err != nil {
			faults = append(faults, err)
		}
	}
	ids := map[string]bool{}
	for _, e := range m.Entries {
		for _, e := range append([]MenuEntry{e}, e.Entries...) {
			if ids[e.ID] {
				fault("menu entry %q is there twice", e.ID)
			}
			ids[e.ID] = true
		}
		faults = append(faults, e.validate(false))
	}
	if !slices.ContainsFunc(m.Entries, func(e MenuEntry) bool { return e.ID == m.Default && e.Kind != KindMenu }) {
		fault("the default menu entry %q is not among the entries", m.Default)
	}
	return errors.Join(faults...)
}

// validate reports all faults of the entry; below says that it is in a menu
// below the first one.
func (e MenuEntry) validate(below bool) error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }
	if !idForm.MatchString(e.ID) {
		fault("menu entry %q: an id is a lower-case word", e.ID)
	}
	switch e.Kind {
	case KindLinux, KindLocal:
	case KindMenu:
		if below || len(e.Entries) == 0 {
			fault("menu entry %q: a menu has entries, and no menus below it", e.ID)
		}
	default:
		fault("menu entry %q: kind %q is none of %s, %s and %s", e.ID, e.Kind, KindLinux, KindLocal, KindMenu)
	}
	faults = append(faults, checkLine("title of menu entry "+e.ID, e.Title))
	for line := range strings.SplitSeq(e.Help, "\n") {
		if e.Help != "" {
			faults = append(faults, checkLine("help of menu entry "+e.ID, line))
		}
	}
	for _, a := range e.Args {
		if !argForm.MatchString(a) {
			fault("menu entry %q: kernel argument %q: spaces, quotes, $, ` and \\ do not come through both boot loaders", e.ID, a)
		}
	}
	for _, below := range e.Entries {
		faults = append(faults, below.validate(true))
	}
	return errors.Join(faults...)
}

// checkLine holds text to one line that can be shown.
func checkLine(what, text string) error {
	if strings.TrimSpace(text) == "" {
		return fmt.Errorf("%s is empty", what)
	}
	if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return fmt.Errorf("%s %q holds what cannot be shown in one line", what, text)
	}
	return nil
}

// ascii is text for ISOLINUX, whose font is that of the PC's text mode: letters
// lose their accents, what remains strange becomes a question mark.
func ascii(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Mn, r):
			return -1
		case r == '–' || r == '—':
			return '-'
		case r > '~':
			return '?'
		}
		return r
	}, norm.NFKD.String(text))
}

// hotkeys finds for each entry of a menu a letter of its title that no other
// has, at the beginning of a word if there is one: typed in the menu, it selects
// the entry. An entry's own key comes first. GRUB keeps c and e for itself.
func hotkeys(entries []MenuEntry) []byte {
	keys := make([]byte, len(entries))
	taken := map[byte]bool{'c': true, 'e': true}
	for i, e := range entries {
		if e.Key != 0 && !taken[e.Key] {
			keys[i], taken[e.Key] = e.Key, true
		}
	}
	for i, e := range entries {
		if keys[i] != 0 {
			continue
		}
		title := strings.ToLower(ascii(e.Title))
		initials := ""
		for word := range strings.FieldsSeq(title) {
			initials += word[:1]
		}
		for _, r := range initials + title {
			if r >= 'a' && r <= 'z' && !taken[byte(r)] {
				keys[i] = byte(r)
				taken[byte(r)] = true
				break
			}
		}
	}
	return keys
}
