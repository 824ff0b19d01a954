package isotree

import (
	"bytes"
	"fmt"
	"path"
	"strings"

	"cdbuilder/internal/product"
)

// The screen of vesamenu is 640×480 in 80 columns and 30 rows. The upper third
// belongs to the picture, which names the product.
const isolinuxScreen = `
menu background %s
menu resolution 640 480
menu hshift 4
menu width 72
menu margin 2
menu vshift %d
%s
# menu color element ansi #AARRGGBB(text) #AARRGGBB(behind) shadow
# The ansi part is what a serial line or a text screen shows.
menu color screen      37;40   #00000000 #00000000 none
menu color border      37;40   #00000000 #00000000 none
menu color title       1;37;40 #ffffffff #00000000 none
menu color unsel       37;40   #ffd5dde8 #00000000 none
menu color hotkey      1;37;40 #ffffffff #00000000 none
menu color sel         7;37;40 #ffffffff #c02f6fb3 none
menu color hotsel      7;37;40 #ffffffff #c02f6fb3 none
menu color disabled    37;40   #ff8fa1b8 #00000000 none
menu color scrollbar   37;40   #ff2f6fb3 #60000000 none
menu color help        37;40   #ffa9bbd0 #00000000 none
menu color tabmsg      37;40   #ff8fa1b8 #00000000 none
menu color timeout_msg 37;40   #ffa9bbd0 #00000000 none
menu color timeout     1;37;40 #ffffffff #00000000 none
menu color cmdmark     1;37;40 #ffffffff #00000000 none
menu color cmdline     37;40   #ffffffff #00000000 none

menu autoboot Starting the selected entry in # second{,s}
menu tabmsg Up and Down select, Enter starts, Tab edits the kernel arguments
`

// The rows of one menu. Below the entries: two rows of help, the countdown, the
// keys. Rows count from the menu's top, but the end of the help from the
// screen's.
const isolinuxRows = `menu rows %d
menu helpmsgrow %d
menu helpmsgendrow %d
menu timeoutrow %d
menu tabmsgrow %d
menu cmdlinerow %d
`

func isolinuxLayout(entries int) string {
	rows := min(max(entries, 4), maxRows)
	return fmt.Sprintf(isolinuxRows, rows, rows+5, isolinuxTop+rows+6, rows+8, rows+10, rows+10)
}

// isolinuxTop is the row at which the menu begins.
const isolinuxTop = 11

// Isolinux renders isolinux.cfg, the menu under BIOS (syslinux's doc/menu.txt).
func (m Menu) Isolinux() ([]byte, error) {
	if err := m.Validate(); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString("# The boot menu under BIOS. Written by cd-builder; make iso writes it again.\n")
	if s, ok := m.port(); ok {
		b.WriteString("# ISOLINUX wants this line before all others.\n")
		fmt.Fprintf(&b, "serial %d %d\n", s.Unit, s.Baud)
	}
	fmt.Fprintf(&b, "ui vesamenu.c32\ndefault %s\nprompt 0\n", m.Default)
	fmt.Fprintf(&b, "# In tenths of a second; 0 waits.\ntimeout %d\n\n", m.Timeout*10)
	// Spaces behind the title push it to the left, in line with the entries:
	// vesamenu puts titles into the middle.
	fmt.Fprintf(&b, "menu title %-66s\n", isolinuxText(m.Title))
	fmt.Fprintf(&b, strings.TrimPrefix(isolinuxScreen, "\n"), path.Base(IsolinuxSplash), isolinuxTop, isolinuxLayout(len(m.Entries)))
	m.isolinuxEntries(&b, m.Entries)
	return b.Bytes(), nil
}

// isolinuxEntries writes the entries of one menu. A menu below another has the
// looks of that one.
func (m Menu) isolinuxEntries(b *bytes.Buffer, entries []MenuEntry) {
	keys := hotkeys(entries)
	for i, e := range entries {
		title := isolinuxText(e.Title)
		if at := keyIn(title, keys[i]); at >= 0 {
			title = title[:at] + "^" + title[at:]
		}
		if e.Kind != KindMenu {
			m.isolinuxEntry(b, e, title)
			continue
		}
		fmt.Fprintf(b, "\nmenu begin %s\n  menu label %s\n  menu title %-66s\n", e.ID, title, isolinuxText(e.Title))
		b.WriteString(isolinuxLayout(len(e.Entries) + 1))
		m.isolinuxEntries(b, e.Entries)
		fmt.Fprintf(b, "\nlabel %s-back\n  menu label Back\n  menu exit\n\nmenu end\n", e.ID)
	}
}

func (m Menu) isolinuxEntry(b *bytes.Buffer, e MenuEntry, title string) {
	fmt.Fprintf(b, "\nlabel %s\n  menu label %s\n", e.ID, title)
	if e.ID == m.Default {
		b.WriteString("  menu default\n")
	}
	if e.Help != "" {
		b.WriteString("  text help\n")
		for line := range strings.SplitSeq(e.Help, "\n") {
			fmt.Fprintf(b, "%8s%s\n", "", isolinuxText(line)) // below the titles
		}
		b.WriteString("  endtext\n")
	}
	if e.Kind == KindLocal {
		b.WriteString("  # The BIOS goes on to its next boot device. Some do not where both are disks.\n  localboot -1\n")
		return
	}
	fmt.Fprintf(b, "  kernel /%s\n  append initrd=/%s %s\n", m.Kernel, m.Initrd, strings.Join(e.Args, " "))
}

// keyIn is where a title shows its hotkey: the beginning of a word before all.
func keyIn(title string, key byte) int {
	title = strings.ToLower(title)
	if at := strings.Index(" "+title, " "+string(key)); at >= 0 {
		return at
	}
	return strings.IndexByte(title, key)
}

// isolinuxText is text that ISOLINUX shows as it stands: no caret, which would
// mark a hotkey, and no word that ends a help text.
func isolinuxText(text string) string {
	text = strings.Join(strings.Fields(strings.ReplaceAll(ascii(text), "^", "")), " ")
	if strings.EqualFold(text, "endtext") {
		return "'" + text + "'"
	}
	return text
}

// port is the PC's serial port that the menu speaks on, where there is one: the
// boot loaders know COM1 to COM4 and no others.
func (m Menu) port() (s product.Serial, ok bool) {
	s, err := product.ParseSerial(m.Serial)
	return s, err == nil && strings.HasPrefix(s.Device, "ttyS") && s.Unit < 4
}
