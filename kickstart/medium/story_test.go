package medium

import (
	"testing"

	"cdbuilder/internal/filelist"
	"cdbuilder/internal/pkgset"
	"cdbuilder/internal/testrepo"
	"cdbuilder/kickstart/scripts"

	"github.com/google/go-cmp/cmp"
)

const firstKickstart = `%packages
@core
-less
%end
%pre
list-harddrives > /tmp/disks
%end
%post
dialog --msgbox "Welcome" 8 40
lynx -dump http://192.0.2.1/register > /root/registered
logwatch --output stdout
perl -MFoo -e 'Foo->new->run'
command -v htop >/dev/null && htop --version
editor /etc/motd
%end
`

// The first kickstart of the house: its %post calls dialog, lynx, logwatch and
// perl -MFoo. Each is reported, with where it can be had.
func TestFoundingStory(t *testing.T) {
	file := func(name string) testrepo.File { return testrepo.File{Name: name, Mode: 0o755} }
	pool := []testrepo.Package{
		testrepo.New("Package: dash", file("usr/bin/sh"), file("usr/bin/dash")),
		testrepo.New("Package: perl-base", file("usr/bin/perl"), testrepo.File{Name: "usr/lib/x86_64-linux-gnu/perl-base/strict.pm"}),
		testrepo.New("Package: man-db\nDepends: less", file("usr/bin/man")),
		testrepo.New("Package: less", file("usr/bin/less")),
		testrepo.New("Package: dialog", file("usr/bin/dialog")),
		testrepo.New("Package: nano", file("usr/bin/nano")),
		testrepo.New("Package: htop", file("usr/bin/htop")),
	}
	f := Facts{
		Install: make(map[string]*pkgset.Package), Medium: &pkgset.Set{}, Repositories: &pkgset.Set{},
		Groups:    groups{},
		Installer: NewCommands("sh", "lsblk", "blkid"),
		Why:       func(string) []string { return []string{"man-db 2.13 (asked for by @core)", "less 668"} },
		Sh:        scripts.Dash, InstallerSh: scripts.Dash,
	}
	var debs []Deb
	for i, p := range pool {
		name := p.Control.Get("Package")
		debs = append(debs, asDeb(name, made(t, p), nil))
		f.Medium.Add(&pkgset.Package{Name: name, Version: "1.0"})
		if i < 4 {
			f.Install[name] = f.Medium.Named(name)[0]
		}
	}
	inv, err := IndexDebs(t.Context(), debs, t.TempDir(), nil)
	if err != nil {
		t.Fatal(err)
	}
	f.Files, f.Accounts = inv, inv
	var others filelist.Builder
	others.Add("/usr/bin/lynx", "lynx")
	others.Add(filelist.Perl("Foo"), "libfoo-perl")
	for _, name := range []string{"lynx", "libfoo-perl"} {
		f.Repositories.Add(&pkgset.Package{Name: name, Version: "2", Repo: "debian"})
	}
	f.Elsewhere = func() (Elsewhere, error) { return Elsewhere{Files: others.Table()}, nil }

	want := []string{
		`3 warning "less" is left out here and installed nevertheless: man-db 2.13 (asked for by @core) needs less 668 [packages-exclude-returns]`,
		`6 error %pre calls list-harddrives, which the installer's environment doesn't have [script-command-missing]`,
		`9 error %post calls dialog, which is not installed; add "dialog" to %packages: it is on the medium [script-command-missing]`,
		`10 error %post calls lynx, which is not installed; add "lynx" to %packages: it is in the repository debian, but not on the medium [script-command-missing]`,
		`11 error %post calls logwatch, which no package on the medium or in its repositories brings [script-command-missing]`,
		`12 error %post loads the Perl module Foo, which is not installed; add "libfoo-perl" to %packages: it is in the repository debian, but not on the medium [script-module-missing]`,
		`13 warning %post calls htop, which is not installed; add "htop" to %packages: it is on the medium [script-command-missing]`,
		`14 error %post calls editor, which is not installed; add "nano" to %packages: it is on the medium [script-command-missing]`,
	}
	if diff := cmp.Diff(want, check(t, firstKickstart, f)); diff != "" {
		t.Error(diff)
	}

	// The same with the advice taken.
	for _, name := range []string{"dialog", "lynx", "libfoo-perl", "htop", "nano", "logwatch"} {
		f.Install[name] = &pkgset.Package{Name: name}
	}
	others.Add("/usr/sbin/logwatch", "logwatch")
	f.Installer = NewCommands("sh", "list-harddrives")
	if diff := cmp.Diff(want[:1], check(t, firstKickstart, f)); diff != "" {
		t.Error(diff)
	}
}

func FuzzCheck(f *testing.F) {
	f.Add(firstKickstart)
	f.Add("%packages\n@^x\n-[\n*\n%end\nservices --enabled=,a@,.service\nuser --name=\n%post\nsystemctl enable '' @ .socket\nadduser ''\n/\n//\n%end\n")
	known := facts()
	f.Fuzz(func(t *testing.T, text string) {
		for _, x := range fuzzed(text, known) {
			if x.Line < 1 || x.Text == "" || Rules[x.Rule] == "" {
				t.Errorf("%+v", x)
			}
		}
	})
}
