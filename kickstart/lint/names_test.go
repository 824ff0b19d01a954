package lint_test

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the zones that Go brings along

	"cdbuilder/kickstart/lint"
)

func TestNames(t *testing.T) {
	cases := []struct {
		lookup lint.Lookup
		name   string
		ok     bool
		near   string // one of the names that must be offered
	}{
		{lint.KnownZone, "Europe/Berlin", true, ""},
		{lint.KnownZone, "US/Pacific", true, ""},
		{lint.KnownZone, "Etc/UTC", true, ""},
		{lint.KnownZone, "Europe/Berln", false, "Europe/Berlin"},
		{lint.KnownZone, "Berlin", false, "Europe/Berlin"},
		{lint.KnownZone, "america/new york", false, "America/New_York"},
		{lint.KnownZone, "Mars/Olympus_Mons", false, ""},
		{lint.KnownLocale, "en_US.UTF-8", true, ""},
		{lint.KnownLocale, "en_US.utf8", true, ""},
		{lint.KnownLocale, "en_US", true, ""},
		{lint.KnownLocale, "de_DE@euro", true, ""},
		{lint.KnownLocale, "sr_RS.UTF-8@latin", true, ""},
		{lint.KnownLocale, "de_DE.ISO-8859-1", true, ""},
		{lint.KnownLocale, "C.UTF-8", true, ""},
		{lint.KnownLocale, "POSIX", true, ""},
		{lint.KnownLocale, "en_US.UFT-8", false, "en_US.UTF-8"},
		{lint.KnownLocale, "en_UK.UTF-8", false, ""},
		{lint.KnownLocale, "en", false, "en_US.UTF-8"},
		{lint.KnownLocale, "de", false, "de_DE.UTF-8"},
		{lint.KnownLocale, "ja", false, "ja_JP.UTF-8"},
		{lint.KnownKeymap, "us", true, ""},
		{lint.KnownKeymap, "de-latin1-nodeadkeys", true, ""},
		{lint.KnownKeymap, "de-nodeadkeys", true, ""},
		{lint.KnownKeymap, "jp106", true, ""},
		{lint.KnownKeymap, "uss", false, "us"},
		{lint.KnownLayout, "us", true, ""},
		{lint.KnownLayout, "us (intl)", true, ""},
		{lint.KnownLayout, "us(intl)", true, ""},
		{lint.KnownLayout, "cz (qwerty)", true, ""},
		{lint.KnownLayout, "us (interlingua)", false, ""},
		{lint.KnownLayout, "czz", false, "cz"},
	}
	for _, c := range cases {
		ok, near := c.lookup(c.name)
		if ok != c.ok || c.near != "" && !slices.Contains(near, c.near) || ok && near != nil {
			t.Errorf("%s: %v %v, want %v and %q", c.name, ok, near, c.ok, c.near)
		}
	}
}

// list reads a data file; it must say where it is from, and be sorted.
func list(t *testing.T, name string) []string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("data", name))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for l := range strings.Lines(string(b)) {
		if l = strings.TrimSuffix(l, "\n"); !strings.HasPrefix(l, "#") {
			names = append(names, l)
		}
	}
	if !bytes.HasPrefix(b, []byte("# ")) || len(names) < 90 || !slices.IsSorted(names) || len(slices.Compact(slices.Clone(names))) != len(names) {
		t.Errorf("data/%s: %d names, sorted: %v", name, len(names), slices.IsSorted(names))
	}
	return names
}

// TestZones holds our list to the zones that Go knows, which are the tz
// database's.
func TestZones(t *testing.T) {
	missing := 0
	for _, name := range list(t, "zones.txt") {
		if _, err := time.LoadLocation(name); err != nil {
			missing++
			t.Logf("Go doesn't know %s", name)
		}
	}
	if missing > 5 {
		t.Errorf("Go knows %d of our zones not", missing)
	}
}

// installed reads a file of the system that the test runs on.
func installed(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Skipf("this system doesn't have the list: %v", err)
	}
	return string(b)
}

func TestInstalledZones(t *testing.T) {
	n := 0
	for _, m := range regexp.MustCompile(`(?m)^(?:Z (\S+)|L \S+ (\S+))`).FindAllStringSubmatch(installed(t, "/usr/share/zoneinfo/tzdata.zi"), -1) {
		if ok, _ := lint.KnownZone(m[1] + m[2]); !ok {
			t.Errorf("the system has the zone %s", m[1]+m[2])
		}
		n++
	}
	t.Logf("%d zones", n)
}

func TestInstalledLocales(t *testing.T) {
	list(t, "locales.txt")
	n := 0
	for l := range strings.Lines(installed(t, "/usr/share/i18n/SUPPORTED")) {
		name, _, _ := strings.Cut(strings.TrimSpace(l), " ")
		if name == "" || strings.HasPrefix(name, "#") {
			continue
		}
		if ok, _ := lint.KnownLocale(name); !ok {
			t.Errorf("the system has the locale %s", name)
		}
		n++
	}
	t.Logf("%d locales", n)
}

func TestInstalledLayouts(t *testing.T) {
	list(t, "layouts.txt")
	list(t, "keymaps.txt")
	part, n := "", 0
	for l := range strings.Lines(installed(t, "/usr/share/X11/xkb/rules/base.lst")) {
		words := strings.Fields(l)
		switch {
		case len(words) < 2:
			continue
		case words[0] == "!":
			part = words[1]
			continue
		}
		name := words[0]
		if part == "variant" {
			name = strings.TrimSuffix(words[1], ":") + " (" + words[0] + ")"
		}
		if part != "layout" && part != "variant" {
			continue
		}
		n++
		if ok, _ := lint.KnownLayout(name); !ok && name != "custom" {
			t.Logf("the system has the layout %s", name)
			n--
		}
	}
	if n < 400 {
		t.Errorf("of the system's layouts only %d are known", n)
	}
	t.Logf("%d layouts and variants", n)
}
