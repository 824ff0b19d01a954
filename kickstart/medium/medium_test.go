package medium

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"cdbuilder/internal/filelist"
	"cdbuilder/internal/pkgset"
	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
	"cdbuilder/kickstart/scripts"

	"github.com/google/go-cmp/cmp"
)

// packages reads "name: what it brings", a path, user:NAME or group:NAME, and
// "name=provided" for a name that it provides too.
func packages(text, repo string) (*pkgset.Set, *filelist.Table) {
	set, files := &pkgset.Set{}, &filelist.Builder{}
	for l := range strings.Lines(text) {
		name, brings, ok := strings.Cut(l, ":")
		if name, _, _ = strings.Cut(strings.TrimSpace(name), "="); !ok {
			continue
		}
		p := &pkgset.Package{Name: name, Version: "1", Arch: "amd64", Repo: repo}
		if _, virtual, ok := strings.Cut(strings.Split(l, ":")[0], "="); ok {
			p.Provides = []pkgset.Dep{{Name: virtual}}
		}
		set.Add(p)
		for _, b := range strings.Fields(brings) {
			if key, ok := filelist.Key(b); ok {
				files.Add(key, name)
			} else {
				files.Add(b, name)
			}
		}
	}
	return set, files.Table()
}

const onMedium = `
dash: /bin/sh
coreutils: /bin/ls /usr/bin/cat /bin/mkdir
perl-base: /usr/bin/perl /usr/lib/x86_64-linux-gnu/perl-base/strict.pm
python3: /usr/bin/python3 /usr/lib/python3.13/json/__init__.py
systemd: /bin/systemctl /lib/systemd/system/getty@.service user:systemd-network group:systemd-network
openssh-server: /lib/systemd/system/ssh.service unit:sshd.service user:sshd
cron: /etc/init.d/cron
passwd: /usr/sbin/useradd /usr/sbin/adduser
apt: /usr/bin/apt-get
mawk:
libc6:
man-db:
-: -
chrony: /usr/sbin/chronyd /lib/systemd/system/chrony.service user:_chrony
dialog: /usr/bin/dialog
nano: /usr/bin/nano
vim=editor: /usr/bin/vim.basic
`

const elsewhere = `
lynx: /usr/bin/lynx
libfoo-perl: /usr/share/perl5/Foo.pm /usr/share/perl5/Foo/Bar.pm
python3-yaml: /usr/lib/python3/dist-packages/yaml/__init__.py
nginx: /usr/sbin/nginx /lib/systemd/system/nginx.service
netcat-openbsd:
`

// facts has all of onMedium up to the line of a dash installed.
func facts() Facts {
	medium, files := packages(onMedium, "medium")
	repositories, others := packages(elsewhere, "debian")
	installed := make(map[string]*pkgset.Package)
	for _, p := range medium.All {
		if p.Name == "-" {
			break
		}
		installed[p.Name] = p
	}
	return Facts{
		Install: installed, Medium: medium, Repositories: repositories, Files: files,
		Elsewhere: func() (Elsewhere, error) { return Elsewhere{Files: others}, nil },
		Accounts:  &Inventory{files},
		Groups:    groups{},
		Installer: NewCommands("sh", "ls", "mkdir", "sed", "mount"),
		Why: func(name string) []string {
			return map[string][]string{"libc6": {"dash (asked for by @core)", "libc6"}, "dash": {"dash"}, "mawk": {"base-files (essential)", "mawk"}}[name]
		},
		Sh: scripts.Dash, InstallerSh: scripts.Dash,
	}
}

type groups struct{}

func (groups) HasGroup(id string) bool       { return id == "core" || id == "ssh-server" }
func (groups) HasEnvironment(id string) bool { return id == "minimal-environment" }
func (groups) GroupNames() []string          { return []string{"core", "ssh-server"} }
func (groups) EnvironmentNames() []string    { return []string{"minimal-environment"} }

// check gives the findings as "line level text [rule]".
func check(t *testing.T, text string, f Facts) []string {
	t.Helper()
	tree, err := kickstart.ReadTree("x.ks", []byte(text), kickstart.Syntax{}, nil, kickstart.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	recipe, _ := language.Read(kickstart.Syntax{}, tree.All())
	found, err := Check(recipe, tree, f)
	if err != nil {
		t.Fatal(err)
	}
	kickstart.Sort(found)
	var out []string
	for _, x := range found {
		if x.File != "x.ks" || Rules[x.Rule] == "" {
			t.Errorf("%+v", x)
		}
		out = append(out, fmt.Sprintf("%d %s %s [%s]", x.Line, x.Level, x.Text, x.Rule))
	}
	return out
}

func TestCheck(t *testing.T) {
	const command, module = " [script-command-missing]", " [script-module-missing]"
	const unknown, service, account = " [packages-unknown]", " [service-unknown]", " [user-created-by-package]"
	post := func(body string) string { return "%post\n" + body + "\n%end\n" }
	tests := map[string]struct {
		kickstart string
		want      []string
	}{
		"all is there": {post("ls | awk x\ncat /a; /usr/bin/cat; /bin/cat\nperl -Mstrict -e 1\npython3 -c 'import json, sys'\n. /x\n[ -f y ] && echo z"), nil},
		"on the medium": {post("dialog"), []string{
			`2 error %post calls dialog, which is not installed; add "dialog" to %packages: it is on the medium` + command}},
		"in the repository": {post("/usr/bin/lynx"), []string{
			`2 error %post calls /usr/bin/lynx, which is not installed; add "lynx" to %packages: it is in the repository debian, but not on the medium` + command}},
		"nowhere": {post("logwatch\ndialgo"), []string{
			`2 error %post calls logwatch, which no package on the medium or in its repositories brings` + command,
			`3 error %post calls dialgo, which no package on the medium or in its repositories brings; did you mean "dialog"?` + command}},
		"another directory": {post("/usr/sbin/cat"), []string{
			`2 error %post calls /usr/sbin/cat, which will not be there; it is /usr/bin/cat` + command}},
		"not for packages to bring": {post("/opt/x/bin/y; /root/z; /usr/local/bin/a; ./b"), nil},
		"alternatives": {post("editor; nc"), []string{
			`2 error %post calls editor, which is not installed; add "nano" or "vim" to %packages: it is on the medium` + command,
			`2 error %post calls nc, which is not installed; add "netcat-openbsd" to %packages: it is in the repository debian, but not on the medium` + command}},
		"guarded": {post("command -v dialog && dialog\nlynx || true\nif [ -f /x ]; then nano; fi"), []string{
			`2 warning %post calls dialog, which is not installed; add "dialog" to %packages: it is on the medium` + command,
			`3 warning %post calls lynx, which is not installed; add "lynx" to %packages: it is in the repository debian, but not on the medium` + command,
			`4 warning %post calls nano, which is not installed; add "nano" to %packages: it is on the medium` + command}},
		"many times": {post("command -v dialog && dialog\ndialog\ndialog"), []string{
			`3 error %post calls dialog, which is not installed; add "dialog" to %packages: it is on the medium (called 2 times more in this script)` + command}},
		"installed by the script": {post("apt-get install -y dialog lynx\ndialog; lynx\ncat > /usr/bin/mine <<E\nE\nmine"), nil},
		"after what could bring it": {post(". /etc/init.d/functions\naction"), []string{
			`3 warning %post calls action, which no package on the medium or in its repositories brings` + command}},
		"a builtin of bash": {post("source /x"), []string{
			`2 error %post calls source, which bash has within itself, but /bin/sh is dash; write --interpreter=/bin/bash after the section's name` + command,
		}},
		"perl": {post("perl -MFoo -e 'use Foo::Bar; use Not'"), []string{
			`2 error %post loads the Perl module Foo, which is not installed; add "libfoo-perl" to %packages: it is in the repository debian, but not on the medium` + module,
			`2 error %post loads the Perl module Foo::Bar, which is not installed; add "libfoo-perl" to %packages: it is in the repository debian, but not on the medium` + module,
			`2 error %post loads the Perl module Not, which no package on the medium or in its repositories brings` + module}},
		"python": {"%post --interpreter=/usr/bin/python3\nimport yaml, json.tool\n%end\n", []string{
			`2 error %post loads the Python module yaml, which is not installed; add "python3-yaml" to %packages: it is in the repository debian, but not on the medium` + module}},
		"interpreter": {"%post --interpreter=/usr/bin/ruby\n%end\n", []string{
			`1 error %post calls /usr/bin/ruby, which no package on the medium or in its repositories brings` + command}},
		"installer": {"%pre\nls; parted; /usr/bin/sed\nmuont\n%end\n%post --nochroot\nchroot /mnt/sysimage cat\nchroot /mnt/sysimage dialog\nmkdir x\n%end\n", []string{
			`2 error %pre calls parted, which the installer's environment doesn't have` + command,
			`3 error %pre calls muont, which the installer's environment doesn't have; did you mean "mount"?` + command,
			`6 error %post --nochroot calls chroot, which the installer's environment doesn't have (called 1 times more in this script)` + command,
			`7 error %post --nochroot calls dialog, which is not installed; add "dialog" to %packages: it is on the medium` + command}},
		"packages": {"%packages\n@core\n@ssh-sever\n@minimal-environment\n@^core\n@dialog\ndialog\neditor\nlynx\nno*\nlib*\nnanno\ncore\n-nothing\n-lynx\n-dash\n-li*6\nlibc6:amd64\n%end\n", []string{
			`3 error comps has no group "ssh-sever"; did you mean "ssh-server"?` + unknown,
			`4 error comps has no group "minimal-environment"; it is an environment: write @^minimal-environment` + unknown,
			`5 error comps has no environment "core"; it is a group: write @core` + unknown,
			`6 error comps has no group "dialog"; it is a package: write it without @` + unknown,
			`9 error "lynx" is in the repository debian, but not on the medium; make revisor puts it there` + unknown,
			`10 error neither the medium nor its repositories have a package that fits "no*"` + unknown,
			`12 error neither the medium nor its repositories have a package "nanno"; did you mean "nano"?` + unknown,
			`13 error neither the medium nor its repositories have a package "core"; it is a group: write @core` + unknown,
			`14 warning neither the medium nor its repositories have a package "nothing"` + unknown,
			`16 warning "dash" is left out here and installed nevertheless [packages-exclude-returns]`,
			`17 warning "libc6" is left out here and installed nevertheless: dash (asked for by @core) needs libc6 [packages-exclude-returns]`}},
		"packages that may be missing": {"%packages --ignoremissing\nnanno\n%end\n", []string{
			`2 warning neither the medium nor its repositories have a package "nanno"; did you mean "nano"?` + unknown}},
		"services": {"services --enabled=ssh,sshd,cron,chrony,getty@tty1,nginx,sssh --disabled=nope\n%post\nsystemctl enable nginx.service tmp.mount\nsystemctl enable mine\ncat > /etc/systemd/system/mine.service <<E\nE\nsystemctl disable nope2\n[ -f x ] && systemctl enable chronyd\n%end\n", []string{
			`1 error services --enabled names chrony, which no package to be installed brings; add "chrony" to %packages: it is on the medium` + service,
			`1 error services --enabled names nginx, which no package to be installed brings; add "nginx" to %packages: it is in the repository debian, but not on the medium` + service,
			`1 error services --enabled names sssh, which no package on the medium or in its repositories brings; did you mean "ssh"?` + service,
			`1 note services --disabled names nope, which no package on the medium or in its repositories brings` + service,
			`3 error %post names the service nginx.service, which no package to be installed brings; add "nginx" to %packages: it is in the repository debian, but not on the medium` + service,
			`7 note %post names the service nope2, which no package on the medium or in its repositories brings` + service,
			`8 warning %post names the service chronyd, which no package on the medium or in its repositories brings; did you mean "chrony"?` + service}},
		"accounts": {"user --name=sshd\nuser --name=_chrony\ngroup --name=systemd-network\nuser --name=me\n%post\nuseradd -g users sshd\nuseradd -g users sshd || true\n%end\n", []string{
			`1 warning the user "sshd" is created by the package "openssh-server" for itself; leave it to the package, or take another name` + account,
			`3 warning the group "systemd-network" is created by the package "systemd" for itself; leave it to the package, or take another name` + account,
			`6 warning the user "sshd" is created by the package "openssh-server" for itself; leave it to the package, or take another name` + account}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, check(t, test.kickstart, facts())); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// What isn't known is not judged, or mildly.
func TestLittleIsKnown(t *testing.T) {
	const text = "services --enabled=x\nuser --name=sshd\n%packages\n@y\nz\n-dash\n%end\n%pre\na\n%end\n%post\nb\nperl -MC\n%end\n"
	if got := check(t, text, Facts{}); got != nil {
		t.Errorf("nothing is known: %q", got)
	}
	f := facts()
	f.Repositories, f.Elsewhere, f.Install = nil, nil, nil
	want := []string{
		"1 warning services --enabled names x, which no package that is known of brings",
		`2 warning the user "sshd" is created by the package "openssh-server"`,
		`4 error comps has no group "y"`,
		`5 error the medium doesn't have a package "z"`,
		"9 error %pre calls a, which the installer's environment doesn't have",
		"12 warning %post calls b, which no package that is known of brings",
		"13 warning %post loads the Perl module C, which no package that is known of brings",
	}
	got := check(t, text, f)
	if !slices.EqualFunc(got, want, strings.HasPrefix) {
		t.Error(cmp.Diff(want, got))
	}
	f.Elsewhere = func() (Elsewhere, error) { return Elsewhere{}, errors.New("no network") }
	tree, err := kickstart.ReadTree("x.ks", []byte("%post\nlogwatch\n%end\n"), kickstart.Syntax{}, nil, kickstart.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	recipe, _ := language.Read(kickstart.Syntax{}, tree.All())
	found, err := Check(recipe, tree, f)
	if err == nil || len(found) != 1 || found[0].Level != kickstart.Warning {
		t.Errorf("%v, %v", found, err)
	}
}

// The repositories are asked only when something isn't on the medium, and once.
func TestElsewhereIsLazy(t *testing.T) {
	f, asked := facts(), 0
	old := f.Elsewhere
	f.Elsewhere = func() (Elsewhere, error) { asked++; return old() }
	check(t, "%post\nls\ndialog\n%end\n", f)
	if asked != 0 {
		t.Error("asked for what is on the medium")
	}
	check(t, "%post\nlynx; links; foo\n%end\n", f)
	if asked != 1 {
		t.Errorf("asked %d times", asked)
	}
}

func fuzzed(text string, f Facts) []kickstart.Finding {
	tree, _ := kickstart.ReadTree("x.ks", []byte(text), kickstart.Syntax{}, nil, kickstart.Limits{})
	recipe, _ := language.Read(kickstart.Syntax{}, tree.All())
	found, _ := Check(recipe, tree, f)
	return found
}
