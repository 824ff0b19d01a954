package lint_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
	"cdbuilder/kickstart/lint"
)

func fix(first, last int, with ...string) kickstart.Finding {
	return kickstart.Finding{Rule: "x", Fix: &kickstart.Fix{First: first, Last: last, With: with}}
}

func TestApply(t *testing.T) {
	cases := []struct {
		name, src string
		findings  []kickstart.Finding
		want      string
		n         int
	}{
		{"nothing", "a\nb\n", nil, "a\nb\n", 0},
		{"replace", "a\nb\nc\n", []kickstart.Finding{fix(2, 2, "B")}, "a\nB\nc\n", 1},
		{"remove", "a\nb\nc\n", []kickstart.Finding{fix(2, 2)}, "a\nc\n", 1},
		{"insert", "a\nb\n", []kickstart.Finding{fix(2, 1, "x", "y")}, "a\nx\ny\nb\n", 1},
		{"insert after the last line", "a\nb", []kickstart.Finding{fix(3, 2, "c")}, "a\nb\nc\n", 1},
		{"from below", "a\nb\nc\n", []kickstart.Finding{fix(3, 3, "C"), fix(1, 1, "A")}, "A\nb\nC\n", 2},
		{"overlapping", "a\nb\nc\n", []kickstart.Finding{fix(1, 2, "AB"), fix(2, 3, "BC")}, "AB\nc\n", 1},
		{"the same twice", "a\n", []kickstart.Finding{fix(1, 1, "A"), fix(1, 1, "A")}, "A\n", 1},
		{"out of the file", "a\n", []kickstart.Finding{fix(5, 5, "x"), fix(1, 9), fix(0, 0)}, "a\n", 0},
		{"other line ends stay", "a\r\nb\r\n", []kickstart.Finding{fix(2, 2, "B")}, "a\r\nB\n", 1},
		{"an empty file", "", []kickstart.Finding{fix(1, 1, "x")}, "", 0},
	}
	for _, c := range cases {
		got, n := lint.Apply([]byte(c.src), c.findings)
		if string(got) != c.want || n != c.n {
			t.Errorf("%s: %q and %d, want %q and %d", c.name, got, n, c.want, c.n)
		}
	}
}

// TestFixes looks at what the fixes write: one thing is changed, the rest of
// the line stays.
func TestFixes(t *testing.T) {
	cases := []struct{ version, src, want string }{
		{"RHEL9", "part  /  --size 0  --grow # all\n", "part  /  --size=1  --grow # all\n"},
		{"RHEL9", "part / --size=4 --maxsize 8 --fstype='xfs'\n", "part / --size=4 --fstype='xfs'\n"},
		{"RHEL9", "clearpart all initlabel\n", "clearpart --all --initlabel\n"},
		{"RHEL9", "clearpart -all\n", "clearpart --all\n"},
		{"RHEL6", "clearpart --all --initlabel\n", "zerombr\nclearpart --all --initlabel\n"},
		{"RHEL9", "services --enabled=a,b\nservices --enabled=c # c\n", "services --enabled=a,b\nservices --enabled=a,b,c # c\n"},
		{"RHEL9", "bootloader --append=\"quiet ks=http://a/b rhgb\" --timeout=1\n", "bootloader --append=\"quiet rhgb\" --timeout=1\n"},
		{"RHEL9", "%post --log=/root/a # log\n#!/usr/bin/perl\n%end\n", "%post --log=/root/a --interpreter=/usr/bin/perl # log\n#!/usr/bin/perl\n%end\n"},
		{"RHEL9", "%packages\na\n\na\n%end\n", "%packages\na\n\n%end\n"},
	}
	for _, c := range cases {
		src := []byte("#version=" + c.version + "\n" + c.src)
		got, n := lint.Apply(src, check(t, "a.ks", src))
		if want := "#version=" + c.version + "\n" + c.want; string(got) != want || n != 1 {
			t.Errorf("%q: %d fixes give\n%s", c.src, n, got)
		}
	}
}

// FuzzCheck: whatever the bytes, nothing panics, findings lie in the file, and
// fixes come to an end.
func FuzzCheck(f *testing.F) {
	f.Add([]byte(silent))
	f.Add([]byte("part / --size=0 --grow\nclearpart all\nrootpw $1$a\nraid / --level=5 a b\nvolgroup\nlogvol\n"))
	f.Add([]byte("network --bootproto=static --ip=1.2.3.4 --netmask=255.0.0.0 --gateway=9.9.9.9\n%post\r\n#!\r\n%end\r\n"))
	f.Add([]byte("timezone \nkeyboard --xlayouts=(\nlang @.\nbootloader --append=\"=\"\n%include /tmp/$a\n%post --log= --interpreter=\n#! \n%end"))
	f.Fuzz(func(t *testing.T, src []byte) {
		if len(src) > 1<<14 {
			return
		}
		for range 3 {
			file, _ := kickstart.Parse("a.ks", src, kickstart.Syntax{Family: "RHEL", Number: 9})
			r, _ := language.Read(kickstart.Syntax{Family: "RHEL", Number: 9}, file.All())
			facts := lint.Facts{Firmware: []string{"bios", "uefi"}, Disks: []lint.Disk{{Name: "vda", Size: 4 << 20}}, Medium: true, CD: true, Family: "rhel"}
			findings := lint.Silence(lint.Check(r, facts), []*kickstart.File{file}, nil, nil)
			for _, f := range findings {
				if f.Line < 1 {
					t.Fatalf("a finding without a line: %+v", f)
				}
			}
			src, _ = lint.Apply(src, findings)
		}
	})
}

// TestLarge: twenty thousand lines of each kind are checked, silenced and
// mended; were anything in it quadratic, the test would run out of time.
func TestLarge(t *testing.T) {
	var b strings.Builder
	b.WriteString("#version=RHEL9\n")
	members := []string{}
	for i := range 20000 {
		fmt.Fprintf(&b, "part pv.%d --size=0 --grow\n", i)
		if members = append(members, fmt.Sprintf("pv.%d", i)); len(members) == 100 {
			fmt.Fprintf(&b, "volgroup v%d %s\n", i, strings.Join(members, " "))
			members = nil
		}
	}
	b.WriteString("%packages\n" + strings.Repeat("vim\ntmux # kick: ignore=package-twice\n", 10000) + "%end\n")
	b.WriteString("%post\n" + strings.Repeat("cat <<E\nreboot\nE\nsystemctl stop x; echo y\n", 5000) + "%end\n")
	begun := time.Now()
	src := []byte(b.String())
	findings := check(t, "a.ks", src)
	fixed, n := lint.Apply(src, findings)
	t.Logf("%d findings, %d fixes, %d bytes to %d, in %v", len(findings), n, len(src), len(fixed), time.Since(begun))
	if n != 20000+9999 {
		t.Errorf("%d fixes", n)
	}
}
