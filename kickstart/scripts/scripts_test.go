package scripts

import (
	"fmt"
	"strings"
	"testing"

	"cdbuilder/kickstart"

	"github.com/google/go-cmp/cmp"
)

// brief writes calls as "line name flags".
func brief(calls []Call) string {
	var b strings.Builder
	for _, c := range calls {
		fmt.Fprintf(&b, "%d %s", c.Line, c.Name)
		if c.By != "" {
			b.WriteString(" of " + c.By)
		}
		if c.Root != "" {
			b.WriteString(" in " + c.Root)
		}
		for _, f := range []struct {
			is   bool
			name string
		}{{c.Conditional, "maybe"}, {c.Guarded, "guarded"}, {c.Tolerated, "tolerated"}, {c.Installed, "installed"}, {c.Doubtful, "doubtful"}} {
			if f.is {
				b.WriteString(" " + f.name)
			}
		}
		b.WriteString("\n")
	}
	return b.String()
}

func TestCalls(t *testing.T) {
	tests := map[string]struct{ body, want string }{
		"plain":           {"dialog --yesno x\nlynx -dump y | grep z\n", "1 dialog\n2 lynx\n2 grep\n"},
		"builtins":        {"cd /; echo a; test -f b; [ -f c ]; printf x; read y; local_=1 umask 022; source_it\n", "1 source_it\n"},
		"functions":       {"f() { a; }\nfunction g { b; }\nf; g\n", "1 a\n2 b\n"},
		"compound":        {"for i in $(a); do b; done\nwhile c; do d; done\ncase $(e) in x) f;; esac\n( g ) && { h; }\n! i\nj &\ntime k\n", "1 a\n1 b\n2 c\n2 d maybe\n3 e\n3 f maybe\n4 g\n4 h\n5 i\n6 j\n7 k\n"},
		"substitutions":   {"x=$(a)\ny=\"`b`\"\nc <(d)\ncat > /z <<E\n$(e)\nE\n[[ $(f) = x ]]\n(( $(g) ))\n", "1 a\n2 b\n3 d\n3 c\n4 cat\n5 e\n7 f\n8 g\n"},
		"wrappers":        {"sudo -u root env -i A=b c\nnice -n 5 nohup d\nexec e\ncommand f\ntimeout -k 5 10 g\nls | xargs -n 1 h\nfind / -name x -exec i {} \\; -execdir j {} +\n", "1 sudo\n1 env\n1 c\n2 nice\n2 nohup\n2 d\n3 e\n4 f\n5 timeout\n5 g\n6 ls\n6 xargs\n6 h\n7 find\n7 i\n7 j\n"},
		"options":         {"ionice -c2 -n7 a\nionice -p 1\nflock -w 5 /l b\nflock /l -c 'c d'\nstdbuf -oL e\nsudo -k\n", "1 ionice\n1 a\n2 ionice\n3 flock\n3 b\n4 flock\n4 c\n5 stdbuf\n5 e\n6 sudo\n"},
		"chroot":          {"chroot /mnt/sysimage a -b\nchroot $R b\nchroot /mnt/sysimage /bin/bash -c 'c; d'\nchroot /mnt/sysimage <<E\ne\nE\n", "1 chroot\n1 a in /mnt/sysimage\n2 chroot\n2 b in $R\n3 chroot\n3 /bin/bash in /mnt/sysimage\n3 c in /mnt/sysimage\n3 d in /mnt/sysimage\n4 chroot\n5 e in /mnt/sysimage\n"},
		"shell in shell":  {"bash -c 'a\nb'\nsh -xc \"c $X; d\"\nsu - user -c 'e'\neval 'f g'\ntrap 'h' EXIT\nalias i='j k'\ni\n", "1 bash\n1 a\n2 b\n3 sh\n3 c\n3 d\n4 su\n4 e\n5 f\n6 h\n7 j\n"},
		"documents fed":   {"bash <<'E'\na\nE\nbash -s <<E\nb \\$x $(c)\nE\ncat <<E | sh\nd\nE\necho 'e; f' | bash\nbash <<< 'g'\n", "1 bash\n2 a\n4 bash\n5 c\n5 b\n7 cat\n7 sh\n8 d\n10 bash\n10 e\n10 f\n11 bash\n11 g\n"},
		"documents kept":  {"cat > /usr/local/bin/x <<'E'\n#!/bin/sh\na\nE\ncat <<E > /y\nb\nE\n", "1 cat\n5 cat\n"},
		"python fed":      {"python3 <<E\nimport a.b, c as d\nfrom e import f\ntry:\n    import g\nexcept ImportError: pass\nE\npython3 -m h x\npython3 -c 'import i; print(i)'\n", "1 python3\n2 a.b of python3\n2 c of python3\n3 e of python3\n8 python3\n8 h of python3\n9 python3\n9 i of python3\n"},
		"perl":            {"perl -MFoo -e 'use Bar::Baz; print'\nperl -MA::B=c -lane 'x'\nperl <<'E'\nuse strict; use 5.010; use v5.10;\nuse parent qw(P Q::R);\n=pod\n\nuse Not;\n\n=cut\nrequire S::T;\n__END__\nuse Never;\nE\nperl /x.pl -MNot\n", "1 perl\n1 Foo of perl\n1 Bar::Baz of perl\n2 perl\n2 A::B of perl\n3 perl\n4 strict of perl\n5 parent of perl\n5 P of perl\n5 Q::R of perl\n11 S::T of perl\n15 perl\n"},
		"guards":          {"if command -v a >/dev/null 2>&1; then a; else b; fi\nwhich c && c\n[ -x /usr/bin/d ] && /usr/bin/d\n[[ -x /e && -f f ]] && /e\nif ! type g; then h; else g; fi\nif [ -n \"$(command -v i)\" ]; then i; fi\ntest -x /sbin/j || exit 0\nj\nj2\n", "1 a maybe guarded\n1 b maybe\n2 which\n2 c maybe guarded\n3 /usr/bin/d maybe guarded\n4 /e maybe guarded\n5 h maybe\n5 g maybe guarded\n6 i maybe guarded\n8 j guarded\n9 j2\n"},
		"guards that go":  {"if ! command -v a; then exit; fi\na\nfor x in 1; do command -v b || continue; b; done\nb\nif c -V; then c; fi\nrpm -q d && d\n", "2 a guarded\n3 b guarded\n4 b\n5 c\n6 rpm\n6 d maybe guarded\n"},
		"tolerated":       {"a || true\nb || :\nc || d\ne || exit 1\nf || { echo x; exit 1; }\ng && h || true\ni || echo no\n", "1 a tolerated\n2 b tolerated\n3 c tolerated\n3 d maybe\n4 e\n5 f\n6 g tolerated\n6 h tolerated\n7 i\n"},
		"installed":       {"a\ndnf -y install a b\na; b; c\nrpm -ivh /d.rpm\ne\n", "1 a\n2 dnf\n3 a installed\n3 b installed\n3 c\n4 rpm\n5 e doubtful\n"},
		"written":         {"/opt/a\ncurl -o /opt/a http://x\nchmod +x /opt/a\n/opt/a\ncat > /usr/local/bin/b <<E\nE\nb\ncp x y /usr/sbin\n/usr/sbin/x; /usr/sbin/z\n", "1 /opt/a\n2 curl\n3 chmod\n4 /opt/a installed\n5 cat\n7 b installed\n8 cp\n9 /usr/sbin/x installed\n9 /usr/sbin/z\n"},
		"doubtful":        {"a\n. /etc/os-release\nb\n. /etc/init.d/functions\naction\nf() { c; }\n", "1 a\n3 b\n5 action doubtful\n6 c doubtful\n"},
		"curl into shell": {"a\ncurl http://x | bash\nb\n", "1 a\n2 curl\n2 bash\n3 b doubtful\n"},
		"variables":       {"A=/usr/bin/a\nB=\"b -c\"\nfor C in x y; do $C; done\nD=d\nD=e\n$A; $B; \"$A\"; $D; ${A}x\n", "6 /usr/bin/a\n6 b\n6 /usr/bin/ax\n"},
		"not to be known": {"$x y\n./z\n~/a\n*/b\n\"$c d\"\nscripts/e\n%include /tmp/f\n", ""},
		"quoting":         {"\"di\"al'og'\n\\lynx\n", "1 dialog\n2 lynx\n"},
		"carriage return": {"a\r\nif b; then\r\nc\r\nfi\r\n", "1 a\n2 b\n3 c maybe\n"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			calls, faults := Commands("/bin/sh", test.body, 1)
			if diff := cmp.Diff(test.want, brief(calls)); diff != "" || len(faults) > 0 {
				t.Errorf("faults %v\n%s", faults, diff)
			}
		})
	}
}

func TestInterpreters(t *testing.T) {
	for _, test := range []struct{ interpreter, body, want string }{
		{"/bin/bash", "a\n", "9 /bin/bash\n10 a\n"},
		{"/usr/bin/python3", "import os\n\"\"\"\nimport no\n\"\"\"\nimport yaml\n", "9 /usr/bin/python3\n10 os of python3\n14 yaml of python3\n"},
		{"/usr/bin/perl", "#!/usr/bin/perl -w\nuse JSON::XS;\n", "9 /usr/bin/perl\n11 JSON::XS of perl\n"},
		{"/usr/bin/ruby", "require 'x'\n", "9 /usr/bin/ruby\n"},
	} {
		calls, faults := Commands(test.interpreter, test.body, 10)
		if diff := cmp.Diff(test.want, brief(calls)); diff != "" || len(faults) > 0 {
			t.Errorf("%s: %v\n%s", test.interpreter, faults, diff)
		}
	}
}

func TestFaults(t *testing.T) {
	const late = "; the shell finds out only when it gets here"
	for name, test := range map[string]struct {
		source Source
		want   []Fault
		calls  string
	}{
		"no fi": {Source{Interpreter: "/bin/sh", Line: 40, Body: "a\nif b; then\nc\n"},
			[]Fault{{41, `"if" statement must end with "fi"`, true}}, "40 a\n"},
		"document without end": {Source{Line: 1, Body: "a\ncat <<E\nb\nc\n"},
			[]Fault{{2, `no line is just "E", so everything to the end of the script belongs to this here-document`, false}}, "1 a\n2 cat\n"},
		"bad substitution": {Source{Line: 1, Body: "a ${b&c}\nd\n"},
			[]Fault{{1, `not a valid parameter expansion operator: "&"` + late, false}}, "1 a\n2 d\n"},
		"bash in sh of bash": {Source{Line: 1, Body: "a=(b)\n[[ x ]] && c\nd <(e)\n"}, nil, "2 c maybe\n3 e\n3 d\n"},
		"bash in sh of dash": {Source{Line: 1, Sh: Dash, Body: "c <(e)\n"},
			[]Fault{{1, "\"<\" must be followed by a word: bash has this, but /bin/sh is dash here; write --interpreter=/bin/bash after the section's name", true}}, "1 e\n1 c\n"},
		"arrays in sh of dash": {Source{Line: 1, Sh: Dash, Body: "a\nb=(c)\n"},
			[]Fault{{2, "arrays: bash has this, but /bin/sh is dash here; write --interpreter=/bin/bash after the section's name", true}}, "1 a\n"},
		"what dash misreads": {Source{Line: 1, Sh: Dash, Body: "a\nb &> /c\n"},
			[]Fault{{2, "\"&>\" redirects: bash has this, but /bin/sh is dash here; write --interpreter=/bin/bash after the section's name", false}}, "1 a\n2 b\n"},
		"builtins of bash in dash": {Source{Line: 1, Sh: Dash, Body: "source /x\nshopt -s y\nlocal z\n"}, nil, "1 source\n2 shopt\n"},
		"another interpreter":      {Source{Interpreter: "/bin/sh", Line: 7, Body: "#!/usr/bin/python3\nimport os\n"}, nil, "8 os of python3\n"},
		"the same interpreter":     {Source{Interpreter: "/bin/sh", Line: 7, Body: "#!/usr/bin/env bash\na\n"}, nil, "8 a\n"},
		"faults of inner code": {Source{Line: 1, Body: "bash -c 'if a'\nb\n"},
			[]Fault{{1, `"if <cond>" must be followed by "then"`, false}}, "1 bash\n2 b\n"},
	} {
		t.Run(name, func(t *testing.T) {
			s := test.source.Read()
			if diff := cmp.Diff(test.want, s.Faults); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.calls, brief(s.Calls)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestInstallsAndPath(t *testing.T) {
	s := Source{Line: 1, Body: "export PATH=$PATH:/opt/x/bin\napt-get -y install a b=1 $C\nyum -y groupinstall 'Development Tools'\npip3 install d\nrpm -q e\n"}.Read()
	var got []string
	for _, i := range s.Installs {
		got = append(got, fmt.Sprintf("%d %s %s", i.Line, i.By, i.Name))
	}
	if diff := cmp.Diff([]string{"2 apt-get a", "2 apt-get b=1", "3 yum Development Tools", "4 pip3 d"}, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"/opt/x/bin"}, s.Path); diff != "" {
		t.Error(diff)
	}
}

func TestCheck(t *testing.T) {
	tree, err := kickstart.ReadTree("x.ks", []byte("%pre\na=(b)\n%end\n%post\nif a\n%end\n%post\na=(b)\ncat <<E\n%end\n"), kickstart.Syntax{}, nil, kickstart.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range Check(tree, Bash, Dash) {
		got = append(got, f.String())
	}
	want := []string{
		"x.ks:2: %pre: arrays: bash has this, but /bin/sh is dash here; write --interpreter=/bin/bash after the section's name [script-syntax]",
		"x.ks:5: %post: \"if <cond>\" must be followed by \"then\" [script-syntax]",
		"x.ks:9: warning: %post: no line is just \"E\", so everything to the end of the script belongs to this here-document [script-syntax]",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
