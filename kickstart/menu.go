package kickstart

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"cdbuilder/internal/near"
)

// Entry is what a kickstart says of itself for the boot menu, in comments
// before its first command:
//
//	# menu: Install the web server
//	# menu-order: 10
//
// "# menu: none" keeps it off the menu.
type Entry struct {
	File  string // on the medium: demo.ks
	Path  string // as it stands in messages: kickstart/demo.ks
	Title string // empty: not said
	Order int    // from 1; 0: not said, which comes last
	None  bool
	Line  int // of the title, or 1
}

// MaxTitle is the length of a title in letters: what the menu of a screen of
// 80 columns shows in one line.
const MaxTitle = 60

// MaxEntries is how many kickstarts a boot menu takes, submenu and all.
const MaxEntries = 30

var menuLine = regexp.MustCompile(`^#+[ \t]*(?i:(menu[a-z-]*))[ \t]*:[ \t]*(.*)$`)

// ReadEntry reads the head of a kickstart; name stands in its messages.
func ReadEntry(name string, text []byte) (Entry, error) {
	e := Entry{File: path.Base(filepath.ToSlash(name)), Path: name, Line: 1}
	var faults []error
	given := make(map[string]int)
	number := 0
	for line := range bytes.Lines(text) {
		number++
		line = bytes.TrimSpace(line)
		if len(line) > 0 && line[0] != '#' {
			break
		}
		m := menuLine.FindSubmatch(line)
		if m == nil {
			continue
		}
		key, value := strings.ToLower(string(m[1])), string(m[2])
		if before := given[key]; before > 0 {
			faults = append(faults, &Fault{name, number, fmt.Sprintf("\"# %s:\" is there already, in line %d", key, before)})
			continue
		}
		given[key] = number
		if err := e.set(key, value, number); err != nil {
			faults = append(faults, &Fault{name, number, err.Error()})
		}
	}
	return e, errors.Join(faults...)
}

func (e *Entry) set(key, value string, line int) error {
	switch key {
	case "menu":
		e.Line = line
		if e.None = strings.EqualFold(value, "none"); e.None {
			return nil
		}
		e.Title = strings.Join(strings.Fields(value), " ")
		return checkTitle(e.Title)
	case "menu-order":
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 || n > 999 {
			return fmt.Errorf("\"# menu-order: %s\" is no place in the menu; write a number from 1 to 999", value)
		}
		e.Order = n
		return nil
	}
	if hint := near.DidYouMean(key, []string{"menu-order"}); hint != "" {
		return fmt.Errorf("\"# %s:\" says nothing to the boot menu%s", key, hint)
	}
	return nil // a comment like any other
}

func checkTitle(title string) error {
	switch {
	case title == "":
		return errors.New("the title in the boot menu is empty; write \"# menu: Install the web server\", or \"# menu: none\"")
	case !utf8.ValidString(title) || strings.ContainsFunc(title, func(r rune) bool { return !unicode.IsPrint(r) }):
		return fmt.Errorf("the title in the boot menu %q holds what cannot be shown", title)
	case utf8.RuneCountInString(title) > MaxTitle:
		return fmt.Errorf("the title in the boot menu has %d letters; a line of it shows %d", utf8.RuneCountInString(title), MaxTitle)
	}
	return nil
}

// bootable are names that come through both boot loaders to the installer.
var bootable = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]*$`)

// Menu puts the kickstarts of a medium into the order of the boot menu and
// gives those a title that say none. Standard is the file that version.toml
// names as the one to install, or empty; it comes first and is called after
// the product. Those that are to be off the menu are left out.
func Menu(all []Entry, standard, product string) ([]Entry, error) {
	var menu []Entry
	var faults []error
	for _, e := range all {
		switch {
		case e.None && e.File == standard:
			faults = append(faults, &Fault{e.Path, e.Line, fmt.Sprintf("\"# menu: none\", but installer.kickstart in version.toml makes %s what \"Install\" installs", e.File)})
		case e.None:
			continue
		case !bootable.MatchString(e.File):
			faults = append(faults, &Fault{e.Path, e.Line, fmt.Sprintf("the name %q cannot stand in a boot argument; name the file with A-Z, a-z, 0-9, _, . and -, or write \"# menu: none\"", e.File)})
			continue
		case e.Title == "" && e.File == standard:
			e.Title = "Install " + product
		case e.Title == "":
			e.Title = "Install " + strings.Join(strings.FieldsFunc(strings.TrimSuffix(e.File, ".ks"), func(r rune) bool { return r == '-' || r == '_' || r == ' ' }), " ")
		}
		menu = append(menu, e)
	}
	slices.SortStableFunc(menu, func(a, b Entry) int {
		return cmp.Or(rank(a, standard)-rank(b, standard), cmp.Compare(a.Order, b.Order), strings.Compare(a.File, b.File))
	})
	titles := make(map[string]string)
	for _, e := range menu {
		key := strings.ToLower(e.Title)
		if other := titles[key]; other != "" {
			faults = append(faults, &Fault{e.Path, e.Line, fmt.Sprintf("%q is also the title of %s in the boot menu; write \"# menu: …\" with one of its own", e.Title, other)})
		}
		titles[key] = e.File
	}
	if len(menu) > MaxEntries {
		faults = append(faults, fmt.Errorf("%d kickstarts in the boot menu are too many to choose from; keep %d and write \"# menu: none\" into the others", len(menu), MaxEntries))
	}
	return menu, errors.Join(faults...)
}

// rank sorts the standard first, then those with an order, then the others.
func rank(e Entry, standard string) int {
	switch {
	case e.File == standard:
		return 0
	case e.Order > 0:
		return 1
	}
	return 2
}
