package stage2

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Args are the boot arguments that concern stage2.
type Args struct {
	Location  Location // of the medium
	Kickstart string   // as written: hd:LABEL=…:/ks/server.ks
	Rescue    bool     // a shell first
	Check     bool     // a media check first
	Debug     bool     // the kernel's messages stay on the consoles
	NoColour  bool     // NO_COLOR is set: see no-color.org
	Consoles  []string // every console=, without options: tty0, ttyS0
}

// readArgs reads the kernel's command line.
func (s *System) readArgs() (Args, error) {
	text, err := os.ReadFile(s.path("/proc/cmdline"))
	if err != nil {
		return Args{}, fmt.Errorf("read the boot arguments: %w", err)
	}
	return ParseArgs(string(text))
}

// ParseArgs reads a kernel command line. Of arguments given twice the last
// counts, except console. What it understands it returns also beside an error.
func ParseArgs(cmdline string) (Args, error) {
	var a Args
	var medium, repo string
	for _, word := range splitWords(cmdline) {
		key, value, _ := strings.Cut(word, "=")
		switch strings.TrimPrefix(key, "inst.") {
		case "stage2":
			medium = value
		case "repo", "method":
			repo = value
		case "ks":
			a.Kickstart = value
		case "rescue":
			a.Rescue = value != "0"
		case "rd.live.check", "mediacheck":
			a.Check = value != "0"
		case "debug":
			a.Debug = value != "0"
		case "NO_COLOR":
			a.NoColour = value != ""
		case "console":
			name, _, _ := strings.Cut(value, ",")
			a.Consoles = append(a.Consoles, name)
		}
	}
	if medium == "" {
		medium = repo
	}
	if medium == "" {
		return a, nil
	}
	location, err := ParseLocation(medium)
	if err != nil {
		return a, fmt.Errorf("the boot argument inst.stage2=%s: %w", medium, err)
	}
	a.Location = location
	return a, nil
}

// splitWords splits at blanks outside double quotes, and takes the quotes away,
// as the kernel does.
func splitWords(line string) []string {
	var words []string
	var word strings.Builder
	quoted, begun := false, false
	for _, c := range line {
		switch {
		case c == '"':
			quoted, begun = !quoted, true
		case !quoted && (c == ' ' || c == '\t' || c == '\n'):
			if begun {
				words = append(words, word.String())
			}
			word.Reset()
			begun = false
		default:
			word.WriteRune(c)
			begun = true
		}
	}
	if begun {
		words = append(words, word.String())
	}
	return words
}

// Kind is a way to name a medium.
type Kind int

// The ways to name a medium.
const (
	Nowhere  Kind = iota
	ByLabel       // hd:LABEL=BlueOnyx-5107R
	ByUUID        // hd:UUID=2025-08-09-00-00-00-00
	ByDevice      // hd:sdb1, hd:/dev/sdb1, cdrom:sr0
	AnyCD         // cdrom
)

// Location says which medium is meant.
type Location struct {
	Kind  Kind
	Value string // the label, the UUID, or a name below /dev
}

// String gives the location as a person would.
func (l Location) String() string {
	switch l.Kind {
	case ByLabel:
		return "label " + l.Value
	case ByUUID:
		return "UUID " + l.Value
	case ByDevice:
		return "device /dev/" + l.Value
	case AnyCD:
		return "any CD or DVD"
	}
	return "nowhere"
}

// ParseLocation reads the value of inst.stage2 or inst.repo. A path after the
// device, which Anaconda takes there, is allowed and means nothing to us.
func ParseLocation(text string) (Location, error) {
	scheme, rest, _ := strings.Cut(text, ":")
	where, _, _ := strings.Cut(rest, ":")
	device := strings.TrimPrefix(where, "/dev/")
	switch {
	case scheme == "cdrom" && device == "":
		return Location{Kind: AnyCD}, nil
	case scheme == "cdrom":
		return Location{Kind: ByDevice, Value: device}, nil
	case scheme != "hd":
		return Location{}, fmt.Errorf("only hd:… and cdrom are possible; this installer has no network")
	case device == "":
		return Location{}, errors.New("hd: needs a device, LABEL=… or UUID=…")
	}
	kind, value, ok := strings.Cut(where, "=")
	switch {
	case ok && kind == "LABEL":
		return named(ByLabel, value)
	case ok && kind == "UUID":
		return named(ByUUID, value)
	}
	return named(ByDevice, device)
}

func named(kind Kind, value string) (Location, error) {
	value = unescape(value)
	if value == "" || kind == ByDevice && strings.Contains(value, "..") {
		return Location{}, fmt.Errorf("%q names nothing", value)
	}
	return Location{Kind: kind, Value: value}, nil
}

// unescape turns \x20 into a blank, as udev writes labels on command lines.
func unescape(s string) string {
	var b strings.Builder
	for {
		before, after, found := strings.Cut(s, `\x`)
		b.WriteString(before)
		if !found {
			return b.String()
		}
		if len(after) >= 2 {
			if n, err := strconv.ParseUint(after[:2], 16, 8); err == nil {
				b.WriteByte(byte(n))
				s = after[2:]
				continue
			}
		}
		b.WriteString(`\x`)
		s = after
	}
}
