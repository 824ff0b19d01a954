package isotree

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"cdbuilder/internal/judge"
)

// demoMenu is a menu as a product gives it.
func demoMenu() Menu {
	m := Menu{
		Title: "Demo Server 13 Beta 01", Label: "Demo-13.1_Beta-01-longer-than-16", Kernel: KernelPath, Initrd: InitrdPath,
		Default: "local", Timeout: 60, Serial: "ttyS0,115200n8",
	}
	return m.InstallerMenu([]Install{{"Install Demo Server", "ks/server.ks"}}, []string{"quiet", "net.ifnames=0"})
}

// rendered gives both menus of m.
func rendered(t testing.TB, m Menu) (isolinux, grub string) {
	t.Helper()
	a, err := m.Isolinux()
	if err != nil {
		t.Fatal(err)
	}
	b, err := m.GRUB()
	if err != nil {
		t.Fatal(err)
	}
	return string(a), string(b)
}

func TestMenusAgree(t *testing.T) {
	m := demoMenu()
	isolinux, grub := rendered(t, m)
	const base = "inst.stage2=hd:LABEL=Demo-13.1_Beta-01-longer-than-16"
	const ks = " inst.ks=hd:LABEL=Demo-13.1_Beta-01-longer-than-16:/ks/server.ks"
	const rest = " console=tty0 console=ttyS0,115200n8 quiet net.ifnames=0"
	want := []string{base + ks + rest, base + ks + " rd.live.check" + rest, base + " inst.rescue" + rest}
	for name, lines := range map[string][][]string{
		"isolinux.cfg": regexp.MustCompile(`append initrd=/images/pxeboot/initrd.img (.*)`).FindAllStringSubmatch(isolinux, -1),
		"grub.cfg":     regexp.MustCompile(`linux /images/pxeboot/vmlinuz (.*)`).FindAllStringSubmatch(grub, -1),
	} {
		var got []string
		for _, l := range lines {
			got = append(got, l[1])
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: kernel arguments (-want +got):\n%s", name, diff)
		}
	}
	for _, e := range m.Entries {
		if !strings.Contains(isolinux, "\nlabel "+e.ID+"\n") || !strings.Contains(grub, "menuentry '"+e.Title+"' --id "+e.ID+" ") {
			t.Errorf("entry %s is not in both menus", e.ID)
		}
	}
}

func TestIsolinuxMenu(t *testing.T) {
	text, _ := rendered(t, demoMenu())
	for _, want := range []string{
		"\nserial 0 115200\nui vesamenu.c32\ndefault local\n", "\ntimeout 600\n", "\nmenu background splash.png\n",
		"\nlabel local\n  menu label ^Boot from the local disk\n  menu default\n", "\n  localboot -1\n", "^Test this medium", "^Rescue shell", "^Install Demo",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %q:\n%s", want, text)
		}
	}
	first := regexp.MustCompile(`(?m)^[^#\n].*`).FindString(text)
	if first != "serial 0 115200" {
		t.Errorf("the first directive is %q, ISOLINUX wants serial there", first)
	}
	m := demoMenu()
	m.Serial = ""
	if text, _ := rendered(t, m); strings.Contains(text, "\nserial ") {
		t.Error("a serial line although none is wanted")
	}
	m.Serial = "hvc0"
	if text, grub := rendered(t, m); strings.Contains(text, "\nserial ") || strings.Contains(grub, "serial --unit") {
		t.Error("a boot loader is sent to a console that is no serial port of a PC")
	}
}

func TestGRUBMenu(t *testing.T) {
	_, text := rendered(t, demoMenu())
	for _, want := range []string{
		"\nsearch --no-floppy --set=root --file /.disk/Demo-13.1_Beta-01-longer-than-16\n", "loadfont (memdisk)/fonts/unicode.pf2",
		"set theme=$prefix/theme/theme.txt", "serial --unit=0 --speed=115200 --word=8 --parity=no --stop=1", "\nset default=local\n", "\nset timeout=60\n",
		"if [ $disk != $medium -a -f $part$loader ]", "\tset root=$name\n\t\t\t\tchainloader $loader\n", "\n\texit\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("lacks %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "insmod") {
		t.Error("a module is loaded, which Secure Boot refuses")
	}
	m := demoMenu()
	m.Timeout = 0
	if isolinux, grub := rendered(t, m); !strings.Contains(grub, "set timeout=-1\n") || !strings.Contains(isolinux, "\ntimeout 0\n") {
		t.Error("no timeout does not wait for a person in both menus")
	}
}

// TestGRUBTakesTheMenus asks GRUB's own parser.
func TestGRUBTakesTheMenus(t *testing.T) {
	check := judge.Program(t, "grub-script-check")
	m := demoMenu()
	m.Title = `It's "quoted" $HOME ; { } 日本語`
	m.Entries[0].Title = `don't 'stop' \ here $(x) ; }`
	m.Entries[0].Args = append(m.Entries[0].Args, "a=b;c", "d={e}", "f=#g", "h=i&j", "k=(l|m)", "n=<o>", "p=~q*?[r]")
	_, grub := rendered(t, m)
	esp, err := ESPConfig(m.Label)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"grub.cfg": grub, "grub.cfg of the ESP": string(esp)} {
		cmd := exec.Command(check)
		cmd.Stdin = strings.NewReader(text)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v: %s\n%s", name, err, out, text)
		}
	}
}

func TestMenuFaultsAreAllNamed(t *testing.T) {
	m := Menu{
		Title: "two\nlines", Label: "has space", Kernel: "/abs", Initrd: "../up", Default: "gone", Timeout: -1, Serial: "com1",
		Entries: []MenuEntry{
			{ID: "Upper", Title: "\x1b[2J", Kind: "floppy", Args: []string{"two words", "quo\"te", "dollar=$x", `back\slash`, "new\nline"}},
			{ID: "same", Title: "x", Kind: KindLocal, Help: "fine\n\x07"}, {ID: "same", Title: " ", Kind: KindLocal},
		},
	}
	err := m.Validate()
	for _, want := range []string{"two\\nlines", "has space", "/abs", "../up", "gone", "timeout -1", "com1", "Upper", "x1b", "floppy",
		"two words", `quo\"te`, "$x", `back\\slash`, `new\nline`, `a07`, "twice", "empty"} {
		if err == nil || !strings.Contains(strings.ReplaceAll(err.Error(), `\a`, "a07"), want) {
			t.Errorf("error lacks %q:\n%v", want, err)
		}
	}
	for name, render := range map[string]func() error{
		"isolinux": func() error { _, err := m.Isolinux(); return err },
		"grub":     func() error { _, err := m.GRUB(); return err },
		"theme":    func() error { _, err := m.Theme(); return err },
		"esp":      func() error { _, err := ESPConfig(m.Label); return err },
	} {
		if render() == nil {
			t.Errorf("%s was rendered", name)
		}
	}
}

// TestIsolinuxShowsPlainText: its font has no letters beyond ASCII, and a caret
// marks a hotkey.
func TestIsolinuxShowsPlainText(t *testing.T) {
	m := demoMenu()
	m.Title = "Größe – «né» ^x 日"
	m.Entries[1].Help = "endtext"
	text, grub := rendered(t, m)
	if !strings.Contains(text, "menu title Gro?e - ?ne? x ?") {
		t.Errorf("title:\n%s", regexp.MustCompile("menu title.*").FindString(text))
	}
	if strings.Count(text, "\n  endtext\n") != 4 || !strings.Contains(text, "'endtext'") {
		t.Error("a help text ends itself")
	}
	if !strings.Contains(grub, "menuentry 'Boot from") {
		t.Error("GRUB's menu is spoilt")
	}
}

func TestHotkeysDiffer(t *testing.T) {
	entries := []MenuEntry{{Title: "Install"}, {Title: "Inspect"}, {Title: "ce"}, {Title: "日本"}, {Title: "Nine"}, {Title: "Install mail"}}
	if got, want := string(hotkeys(entries)), "in\x00\x00\x00m"; got != want {
		t.Errorf("got %q, want %q: c and e belong to GRUB", got, want)
	}
}

func TestTheme(t *testing.T) {
	var piece bytes.Buffer
	if err := png.Encode(&piece, image.NewGray(image.Rect(0, 0, 7, 5))); err != nil {
		t.Fatal(err)
	}
	highlight := map[string][]byte{}
	for _, name := range boxPieces {
		highlight[name] = piece.Bytes()
	}
	m := demoMenu()
	m.Title = `A "quoted" title`
	files, err := ThemePictures([]byte("background"), highlight)
	if err != nil {
		t.Fatal(err)
	}
	if files[GRUBTheme], err = m.Theme(); err != nil {
		t.Fatal(err)
	}
	if len(files) != 2+2*len(boxPieces) {
		t.Errorf("%d files", len(files))
	}
	theme := string(files[GRUBTheme])
	if !strings.Contains(theme, `text = "A ”quoted” title"`) {
		t.Error("the title ends its own quotes")
	}
	// Every picture that the theme names is there, and only the font that is in GRUB's image.
	for _, m := range regexp.MustCompile(`"([^"]*\.png)"`).FindAllStringSubmatch(theme, -1) {
		if _, ok := files[GRUBThemeDir+"/"+strings.Replace(m[1], "*", "ne", 1)]; !ok {
			t.Errorf("the theme names %s, which is not there", m[1])
		}
	}
	for _, m := range regexp.MustCompile(`font = "(.*)"`).FindAllStringSubmatch(theme, -1) {
		if m[1] != "Unifont Regular 16" {
			t.Errorf("font %s", m[1])
		}
	}
	c, err := png.DecodeConfig(bytes.NewReader(files[GRUBThemeDir+"/plain_sw.png"]))
	if err != nil || c.Width != 7 || c.Height != 5 {
		t.Errorf("the invisible piece: %+v, %v", c, err)
	}
	delete(highlight, "c")
	if _, err := ThemePictures(nil, highlight); err == nil {
		t.Error("a missing piece was not noticed")
	}
}

func TestLabelsIn(t *testing.T) {
	for _, c := range []struct {
		name, text string
		want       []LabelRef
	}{
		{"isolinux", "label linux\n  append initrd=initrd.img inst.stage2=hd:LABEL=CentOS\\x207\\x20x86_64 quiet\n", []LabelRef{{2, "CentOS 7 x86_64", "inst.stage2"}}},
		{"kickstart on the medium", "append inst.ks=hd:LABEL=OEMDRV:/ks.cfg root=live:CDLABEL=Live", []LabelRef{{1, "OEMDRV", "inst.ks"}, {1, "Live", "root"}}},
		{"dialects without inst.", "append stage2=hd:LABEL=A repo=hd:LABEL=B:/x ks=hd:LABEL=C,vfat:/ks", []LabelRef{{1, "A", "stage2"}, {1, "B", "repo"}, {1, "C", "ks"}}},
		{"grub search", "search --no-floppy --set=root -l 'Fedora 41'\n", []LabelRef{{1, "Fedora 41", "search --label"}}},
		{"grub search, long", `if search --label "X-1" --set=root --hint hd0; then`, []LabelRef{{1, "X-1", "search --label"}}},
		{"grub search.fs_label", "search.fs_label EL9 root", []LabelRef{{1, "EL9", "search --label"}}},
		{"marker", "search --no-floppy --set=root --file /.disk/My.Label-1", []LabelRef{{1, "My.Label-1", "search --file"}}},
		{"marker of every Debian medium", "search --file --set=root /.disk/info\nsearch -f /.disk/mini-info", nil},
		{"another file", "search --file /EFI/debian/shimx64.efi", nil},
		{"by uuid", "search --fs-uuid --set=root 1234-ABCD", nil},
		{"two commands", "search -l A --set=root; linux /v inst.stage2=hd:LABEL=B", []LabelRef{{1, "A", "search --label"}, {1, "B", "inst.stage2"}}},
		{"entry in one line", "menuentry 'x LABEL=no=LABEL=no' { linux /v root=live:LABEL=Y }", []LabelRef{{1, "Y", "root"}}},
		{"variables", "set isolabel=V-1\nlinux /v inst.stage2=hd:LABEL=${isolabel} quiet\nsearch -l $isolabel", []LabelRef{{2, "V-1", "inst.stage2"}, {3, "V-1", "search --label"}}},
		{"unknown variable", "linux /v inst.stage2=hd:LABEL=$gone", []LabelRef{{1, "$gone", "inst.stage2"}}},
		{"comments and titles", "# inst.ks=hd:LABEL=A\n  menu label x=LABEL=B\nmenu title LABEL=C\necho 'y=LABEL=D'\ntitle z=LABEL=E\n", nil},
		{"partition label", "append root=PARTLABEL=x resume=LABEL=swap", []LabelRef{{1, "swap", "resume"}}},
		{"windows line ends", "append inst.ks=hd:LABEL=A\r\nappend b=LABEL=B\r\n", []LabelRef{{1, "A", "inst.ks"}, {2, "B", "b"}}},
		{"nothing", "", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, LabelsIn([]byte(c.text))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestOurMenusNameTheLabel(t *testing.T) {
	m := demoMenu()
	isolinux, grub := rendered(t, m)
	esp, err := ESPConfig(m.Label)
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		text string
		want int
	}{"isolinux.cfg": {isolinux, 5}, "grub.cfg": {grub, 6}, "the ESP's grub.cfg": {string(esp), 1}} {
		refs := LabelsIn([]byte(c.text))
		for _, r := range refs {
			if r.Label != m.Label {
				t.Errorf("%s:%d: %s names %q", name, r.Line, r.Where, r.Label)
			}
		}
		if len(refs) != c.want {
			t.Errorf("%s: %d references, want %d: %v", name, len(refs), c.want, refs)
		}
	}
}

// TestCorpusBootcfg counts references with a regular expression that knows
// nothing of quotes, and compares the values that mkksiso put in.
func TestCorpusBootcfg(t *testing.T) {
	names, err := filepath.Glob(filepath.Join(judge.Corpus(t, "bootcfg"), "*"))
	if err != nil || len(names) == 0 {
		t.Fatalf("no menus: %v", err)
	}
	plainly := regexp.MustCompile(`(?m)^[^#\n]*?(?:[a-z.0-9]=(?:[a-z]+:)?(?:CD)?LABEL=|^\s*search .*(?:-l|--label) )`)
	files, found, differ := 0, 0, 0
	for _, name := range names {
		if filepath.Base(name) == "SOURCES.tsv" {
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		files++
		lines := map[int]bool{}
		for _, r := range LabelsIn(text) {
			found++
			lines[r.Line] = true
			if strings.ContainsAny(r.Label, `'"`) {
				t.Errorf("%s:%d: label %q keeps its quotes", filepath.Base(name), r.Line, r.Label)
			}
		}
		for i, line := range strings.Split(string(text), "\n") {
			if plainly.MatchString(line) != lines[i+1] {
				differ++
				t.Errorf("%s:%d: found %v: %s", filepath.Base(name), i+1, lines[i+1], line)
			}
		}
	}
	t.Logf("bootcfg: %d files, %d references to labels, %d lines differ", files, found, differ)
}

func FuzzLabelsIn(f *testing.F) {
	_, grub := rendered(f, demoMenu())
	for _, s := range []string{grub, "append inst.ks=hd:LABEL=a\\x20b:/ks", "set a=$a$a\nset b=\"$a", "search -l 'x", "search", "search.file", "menuentry", "\\'\\x2"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		lines := bytes.Count(b, []byte("\n")) + 1
		for _, r := range LabelsIn(b) {
			if r.Line < 1 || r.Line > lines || r.Label == "" || r.Where == "" {
				t.Errorf("%+v in %d lines", r, lines)
			}
		}
	})
}
