package lint_test

import (
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
	"cdbuilder/kickstart/lint"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// rules gives the rules of findings, each once, in their order.
func rules(findings []kickstart.Finding) []string {
	list := []string{}
	for _, f := range findings {
		if len(list) == 0 || list[len(list)-1] != f.Rule {
			list = append(list, f.Rule)
		}
	}
	return list
}

// TestStory is the kickstart of a workshop that went wrong at run time, line
// by line: what lint says of it before.
func TestStory(t *testing.T) {
	src := `#version=RHEL7
text
lang en_US.UTF-8
keyboard --vckeymap=us --xlayouts='us'
timezone Europe/Berlin --isUtc
rootpw --plaintext workshop
clearpart all
bootloader --location=mbr
part /boot --size=1024
part pv.01 --size=0 --grow
volgroup sys pv.01
logvol / --vgname=sys --name=root --size=8000
%packages
@core
%end
%pre
set -- $(list-harddrives)
echo "ignoredisk --only-use=$1" > /tmp/disk.ks
%end
reboot
`
	facts := lint.Facts{Firmware: []string{"bios", "uefi"}, Medium: true, CD: true}
	f, r, _, _ := readText(t, "ks.cfg", []byte(src))
	findings := lint.Silence(lint.Check(r, facts), []*kickstart.File{f}, nil, nil)
	want := []string{"password-plaintext", "clearpart-words", "part-size-zero", "esp-missing", "script-erroronfail", "list-harddrives", "reboot-eject"}
	if d := cmp.Diff(want, rules(findings)); d != "" {
		t.Errorf("(-want +got):\n%s\n%s", d, strings.Join(where(findings), "\n"))
	}
	fixed, n := lint.Apply([]byte(src), findings)
	for _, line := range []string{"clearpart --all\n", "part pv.01 --size=1 --grow\n", "reboot --eject\n"} {
		if !strings.Contains(string(fixed), line) {
			t.Errorf("the %d fixes don't write %q:\n%s", n, line, fixed)
		}
	}
}

// TestTree: what an included file says counts, and what cannot be read keeps
// the rules from saying that something is missing.
func TestTree(t *testing.T) {
	const src = "#version=RHEL9\n%include disks.ks\nvolgroup sys pv.01 pv.02\nlogvol / --vgname=sys --name=root --size=8000\n%packages\n%include more.txt\nvim\n%end\n%post --erroronfail\n%include post.sh\n%end\n"
	files := fstest.MapFS{
		"disks.ks": {Data: []byte("part /boot --size=1024\npart pv.01 --size=9000\nvolgroup sys pv.01\n")},
		"more.txt": {Data: []byte("tmux\n-vim\n-tmux\n")},
		"post.sh":  {Data: []byte("systemctl start a\n")},
	}
	v := kickstart.Syntax{Family: "RHEL", Number: 9}
	judge := func(files fstest.MapFS) []string {
		tree, err := kickstart.ReadTree("a.ks", []byte(src), v, kickstart.Dir(files, ""), kickstart.Limits{})
		r, _ := language.Read(v, tree.All())
		t.Log(err)
		return where(lint.Check(r, lint.Facts{Tree: tree}))
	}
	want := []string{
		"a.ks:3: volgroup sys takes pv.01, which is a member of volgroup sys already, in disks.ks:3 [member-twice]",
		`a.ks:3: volgroup sys takes pv.02, which nothing makes; did you mean "pv.01"? [member-undefined]`,
		"more.txt:3: warning: tmux is left out here and asked for in line 1; keep one of them [package-both]",
		"post.sh:1: warning: nothing is started inside of the system that is being installed: systemctl sees the change of root and does nothing; write systemctl enable for the next start [post-start]",
	}
	if d := cmp.Diff(want, judge(files)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	files["disks.ks"].Data = append(files["disks.ks"].Data, "%include again.ks\n%include again.ks\n"...)
	files["again.ks"] = &fstest.MapFile{Data: []byte("timezone Nowhere\n")}
	want = slices.Insert(want, 2, `again.ks:1: there is no time zone "Nowhere" [zone-unknown]`)
	if d := cmp.Diff(want, judge(files), cmpopts.SortSlices(strings.Compare)); d != "" {
		t.Errorf("a file included twice (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{}, judge(nil)); d != "" {
		t.Errorf("without the files (-want +got):\n%s", d)
	}
}
