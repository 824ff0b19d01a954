package isotree

import (
	"bytes"
	"fmt"
	"path"
	"strings"

	"cdbuilder/internal/product"
)

// grubFind looks for the medium by its marker file. GRUB's own search by label
// would not do: it reads the Joliet volume identifier, which ends after sixteen
// characters, and a label has up to thirty-two.
const grubFind = "search --no-floppy --set=root --file /%s\n"

// grubScreen prefers the theme and falls back to the firmware's text screen.
// The font lies in the memdisk of the signed image: under Secure Boot GRUB
// takes fonts from nowhere else. All that is used here is built into that
// image, so that no module is loaded, which Secure Boot would refuse too.
const grubScreen = `
if loadfont (memdisk)/fonts/unicode.pf2; then
	set font=yes
elif loadfont unicode; then
	set font=yes
fi
if [ "$font" = yes ]; then
	set gfxmode=1024x768,800x600,auto
	set gfxpayload=keep
	if terminal_output gfxterm; then
		set theme=$prefix/%s
		export theme
	else
		terminal_output console
	fi
fi
`

// grubSerial adds the serial line, where the machine has the port. The text of
// the menu goes there, while the screen shows the theme.
const grubSerial = `
if serial --unit=%d --speed=%d --word=%d --parity=%s --stop=1; then
	terminal_input --append serial
	terminal_output --append serial
fi
`

// grubLocal starts an installed system's loader from any disk but the medium,
// shim first because it works with and without Secure Boot, and at last the
// one that firmware takes from a disk it knows nothing about. Going back to
// the firmware does not do: it takes the end of GRUB for success and shows its
// setup (UEFI 2.10 §3.1.1). It is what remains when there is no loader.
const grubLocal = `	regexp --set=1:medium '^([^,]*)' $root
	for loader in %s; do
		for part in (*,*); do
			regexp --set=1:name --set=2:disk '^.(([^,]*).*).$' $part
			if [ $disk != $medium -a -f $part$loader ]; then
				echo "Starting $part$loader ..."
				# The loader is told that it comes from here.
				set root=$name
				chainloader $loader
				boot
			fi
		done
	done
	echo 'No disk has an installed system. Going back to the firmware.'
	sleep 5
	exit
`

// localLoaders is what installed systems put on their EFI system partition.
var localLoaders = []string{
	"/EFI/debian/shimx64.efi", "/EFI/debian/grubx64.efi", "/EFI/ubuntu/shimx64.efi",
	"/EFI/fedora/shimx64.efi", "/EFI/redhat/shimx64.efi", "/EFI/centos/shimx64.efi",
	"/EFI/rocky/shimx64.efi", "/EFI/almalinux/shimx64.efi", "/EFI/opensuse/shim.efi",
	"/EFI/systemd/systemd-bootx64.efi", "/EFI/Microsoft/Boot/bootmgfw.efi", "/EFI/BOOT/BOOTX64.EFI",
}

// GRUB renders boot/grub/grub.cfg, the menu under UEFI (GRUB manual 2.12, §6).
func (m Menu) GRUB() ([]byte, error) {
	if err := m.Validate(); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	b.WriteString("# The boot menu under UEFI. Written by cd-builder; make iso writes it again.\n\n")
	b.WriteString("# GRUB's search by label sees 16 characters; the file bears the whole label.\n")
	fmt.Fprintf(&b, grubFind, MarkerPath(m.Label))
	theme := strings.TrimPrefix(GRUBTheme, path.Dir(GRUBConfig)+"/")
	fmt.Fprintf(&b, grubScreen, theme)
	if s, ok := m.port(); ok {
		fmt.Fprintf(&b, grubSerial, s.Unit, s.Baud, s.Bits, grubParity(s))
	}
	timeout := m.Timeout
	if timeout == 0 {
		timeout = -1 // wait
	}
	fmt.Fprintf(&b, "\nset default=%s\nset timeout_style=menu\nset timeout=%d\n", m.Default, timeout)
	m.grubEntries(&b, m.Entries, "")
	return b.Bytes(), nil
}

// grubEntries writes the entries of one menu. GRUB gives a menu below another
// an environment of its own, which inherits root, prefix and what is exported;
// Esc leaves it.
func (m Menu) grubEntries(b *bytes.Buffer, entries []MenuEntry, indent string) {
	keys := hotkeys(entries)
	for i, e := range entries {
		command, hotkey := "menuentry", ""
		if e.Kind == KindMenu {
			command = "submenu"
		}
		if keys[i] != 0 {
			hotkey = " --hotkey=" + string(keys[i])
		}
		fmt.Fprintf(b, "\n%s%s %s --id %s%s {\n", indent, command, grubQuote(e.Title), e.ID, hotkey)
		switch e.Kind {
		case KindMenu:
			m.grubEntries(b, e.Entries, indent+"\t")
		case KindLocal:
			fmt.Fprintf(b, grubLocal, strings.Join(localLoaders, " "))
		default:
			m.grubLinux(b, e, indent+"\t")
		}
		b.WriteString(indent + "}\n")
	}
}

func (m Menu) grubLinux(b *bytes.Buffer, e MenuEntry, indent string) {
	words := make([]string, len(e.Args))
	for i, a := range e.Args {
		words[i] = grubWord(a)
	}
	fmt.Fprintf(b, "%secho %s\n", indent, grubQuote("Loading the kernel and the initramfs …"))
	fmt.Fprintf(b, "%[1]slinux /%[2]s %[3]s\n%[1]sinitrd /%[4]s\n", indent, m.Kernel, strings.Join(words, " "), m.Initrd)
}

func grubParity(s product.Serial) string {
	return map[byte]string{'n': "no", 'o': "odd", 'e': "even"}[s.Parity]
}

// grubWord leaves a word bare where GRUB's shell reads it so.
func grubWord(word string) string {
	if strings.Trim(word, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.,:/=@%+-") == "" {
		return word
	}
	return grubQuote(word)
}

// grubQuote quotes as GRUB's shell does (§6.2): nothing is special between
// single quotes, and a single quote stands outside of them.
func grubQuote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// ESPConfig renders boot/grub/grub.cfg of the EFI system partition. The signed
// GRUB takes its configuration from the partition it was started from; started
// from the ESP, it has to find the medium and go on there.
func ESPConfig(label string) ([]byte, error) {
	if !labelForm.MatchString(label) {
		return nil, fmt.Errorf("volume label %q: 1 to 32 of A-Z, a-z, 0-9, _, . and - are allowed", label)
	}
	const text = `# Finds the medium and hands over to the menu there. Written by cd-builder.
# GRUB's search by label sees 16 characters; the file bears the whole label.
if %[1]s; then
	set prefix=($root)/%[2]s
	configfile $prefix/%[3]s
else
	echo 'The medium %[4]s was not found: no disk has the file /%[5]s.'
	echo 'Going back to the firmware in 30 seconds.'
	sleep --interruptible 30
	exit
fi
`
	marker := MarkerPath(label)
	find := strings.TrimSpace(fmt.Sprintf(grubFind, marker))
	return fmt.Appendf(nil, text, find, path.Dir(GRUBConfig), path.Base(GRUBConfig), label, marker), nil
}
