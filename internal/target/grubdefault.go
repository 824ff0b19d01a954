package target

import (
	"slices"
	"strconv"
	"strings"

	"cdbuilder/kickstart/language"
)

// carried are boot arguments of the installer that the installed system needs as
// well, because they say what the machine is like. Anaconda carries these and
// more.
var carried = []string{"console", "net.ifnames", "biosdevname", "ipv6.disable", "nomodeset", "noapic", "nolapic", "acpi", "pci", "iommu", "intel_iommu", "amd_iommu", "mitigations", "fips"}

// kernelArgs are the boot arguments of the installed system: what --append says,
// behind what it does not say and the installer was started with.
func (p *planner) kernelArgs(s *language.Statement) string {
	own := strings.Fields(s.Get("--append"))
	key := func(arg string) string { k, _, _ := strings.Cut(arg, "="); return k }
	var all []string
	for word := range strings.FieldsSeq(p.facts.Cmdline) {
		over := slices.ContainsFunc(own, func(o string) bool { return key(o) == key(word) })
		if slices.Contains(carried, key(word)) && !over && !slices.Contains(all, word) && plainArgument(word) {
			all = append(all, word)
		}
	}
	return strings.Join(append(all, own...), " ")
}

func plainArgument(word string) bool { return !strings.ContainsAny(word, "\"'`$\\\n") }

// serial is a console= argument that GRUB can speak to as well.
type serial struct {
	unit, speed, word int
	parity            string
}

// serialOf reads the kernel's form, ttyS0,115200n8.
func serialOf(arguments string) (s serial, ok bool) {
	for arg := range strings.FieldsSeq(arguments) {
		port, found := strings.CutPrefix(arg, "console=ttyS")
		if !found {
			continue
		}
		number, mode, _ := strings.Cut(port, ",")
		unit, err := strconv.Atoi(number)
		if err != nil || unit < 0 || unit > 255 {
			continue
		}
		s, ok = serial{unit: unit, speed: 9600, word: 8, parity: "no"}, true
		digits := len(mode) - len(strings.TrimLeft(mode, "0123456789"))
		if n, err := strconv.Atoi(mode[:digits]); err == nil {
			s.speed = n
		}
		switch rest := mode[digits:] + "  "; rest[0] {
		case 'o':
			s.parity = "odd"
		case 'e':
			s.parity = "even"
		}
		if strings.HasPrefix(mode[digits:], "n7") || strings.HasPrefix(mode[digits:], "e7") || strings.HasPrefix(mode[digits:], "o7") {
			s.word = 7
		}
	}
	return s, ok
}

// defaults writes /etc/default/grub, the file that update-grub reads and that an
// administrator will look into. A getty on the serial line needs nothing: systemd
// starts one on every console of the kernel's.
func (p *planner) defaults(s *language.Statement) []Action {
	args := p.kernelArgs(s)
	if !p.plain(said(s), "--append", args) {
		return nil
	}
	timeout := int64(5)
	if n, ok := s.Int("--timeout"); ok && n >= 0 {
		timeout = n
	}
	entry := s.Get("--default")
	if entry == "" || !p.plain(said(s), "--default", entry) {
		entry = "0"
	}
	line, serial := serialOf(args)
	usual := "quiet"
	if serial {
		usual = "" // who watches a serial line wants to see something
	}
	text := p.head("See info -f grub -n 'Simple configuration'; after a change run update-grub.") +
		"\nGRUB_DEFAULT=" + shellQuote(entry) +
		"\nGRUB_TIMEOUT=" + strconv.FormatInt(timeout, 10) +
		"\nGRUB_DISTRIBUTOR=`( . /etc/os-release && echo ${NAME} )`" +
		"\nGRUB_CMDLINE_LINUX_DEFAULT=" + shellQuote(usual) +
		"\nGRUB_CMDLINE_LINUX=" + shellQuote(args) +
		"\nGRUB_DISABLE_OS_PROBER=true\n"
	if serial {
		text += "\nGRUB_TERMINAL=\"console serial\"\nGRUB_SERIAL_COMMAND=\"serial --unit=" + strconv.Itoa(line.unit) + " --speed=" + strconv.Itoa(line.speed) +
			" --word=" + strconv.Itoa(line.word) + " --parity=" + line.parity + " --stop=1\"\n"
	}
	return []Action{File{Path: "/etc/default/grub", Mode: 0o644, Data: text}}
}

// shellQuote writes a value as a file that a shell sources has it.
func shellQuote(value string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "`", "\\`", "$", `\$`).Replace(value) + `"`
}
