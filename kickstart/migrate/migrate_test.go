package migrate

import (
	"strings"
	"testing"

	"cdbuilder/kickstart"

	"github.com/google/go-cmp/cmp"
)

func version(t testing.TB, s string) kickstart.Syntax {
	t.Helper()
	v, err := kickstart.ParseSyntax(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestFile(t *testing.T) {
	tests := []struct {
		name, from, to string
		old, want      string
	}{
		{"nothing to do", "RHEL9", "RHEL10", "lang en_US.UTF-8\n\ntext # on the serial line\n", "lang en_US.UTF-8\n\ntext # on the serial line\n"},
		{"install goes", "RHEL6", "RHEL9", "# first\ninstall\ntext\n", "# first\ntext\n"},
		{"zerombr stands alone", "RHEL5", "RHEL9", "zerombr yes  # all of it\n", "zerombr  # all of it\n"},
		{"a renamed option keeps the line", "RHEL7", "RHEL10", "timezone   --isUtc 'Europe/Berlin' # UTC\n", "timezone   --utc 'Europe/Berlin' # UTC\n"},
		{"time servers get lines of their own", "RHEL8", "RHEL10", "timezone UTC --ntpservers=a.example,b.example\ntext\n",
			"timezone UTC\ntimesource --ntp-server=a.example\ntimesource --ntp-server=b.example\ntext\n"},
		{"no time service", "RHEL8", "RHEL10", "timezone UTC --nontp\n", "timezone UTC\ntimesource --ntp-disable\n"},
		{"shadow passwords are the default", "RHEL6", "RHEL9", "authconfig --enableshadow --passalgo=sha512\n", ""},
		{"sssd with home directories", "RHEL7", "RHEL9", "auth --enablesssd --enablesssdauth --enablemkhomedir\n", "authselect select sssd with-mkhomedir\n"},
		{"LDAP needs a person", "RHEL7", "RHEL9", "authconfig --enableldap --ldapserver=ldap.example\n",
			"# migrated: the profile sssd needs a configuration in %post for what was said here: --enableldap --ldapserver=ldap.example\nauthselect select sssd\n"},
		{"an end for every section", "RHEL5", "RHEL6", "text\n%packages\n@core\n%post\necho hi\n", "text\n%packages\n@core\n%end\n%post\necho hi\n%end\n"},
		{"the header of %packages", "RHEL6", "RHEL9", "%packages --nobase --ignoremissing\n@core\n%end\n", "%packages --ignoremissing\n@core\n%end\n"},
		{"the value of a dropped option goes too", "RHEL5", "RHEL9", "xconfig --depth 24 --startxonboot --resolution=800x600\n", "xconfig --startxonboot\n"},
		{"additional languages", "RHEL4", "RHEL9", "lang en_US\nlangsupport --default=en_US de_DE fr_FR\n", "lang en_US --addsupport=de_DE,fr_FR\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := File("ks.cfg", []byte(test.old), version(t, test.from), version(t, test.to))
			if d := cmp.Diff(test.want, string(got.Text)); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
			again := File("ks.cfg", got.Text, version(t, test.to), version(t, test.to))
			if want := string(unmark(got.Text)); string(unmark(again.Text)) != want {
				t.Errorf("a second run changes\n%s\nto\n%s", want, again.Text)
			}
		})
	}
}

func TestWhatIsLeftIsMarked(t *testing.T) {
	old := "upgrade --root-device=sda1\n\n%pre\nkey --skip\n%end\n"
	got := File("ks.cfg", []byte(old), version(t, "RHEL6"), version(t, "RHEL10"))
	if len(got.Left) == 0 || got.Left[0].Line != 2 {
		t.Fatalf("left: %+v", got.Left)
	}
	if !strings.HasPrefix(string(got.Text), mark) || !strings.Contains(string(got.Text), "\nupgrade --root-device=sda1\n\n%pre\nkey --skip\n%end\n") {
		t.Errorf("the text is\n%s", got.Text)
	}
}

func TestRulesAreSound(t *testing.T) {
	if _, err := parseRules(rulesText); err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []string{"[[rule]]\ncommand = 'a'\n", "[[rule]]\ncommand = 'a'\nwhy = 'b'\ndrop = true\nbecomes = 'c'\n", "[[rule]]\nfunc = 'none'\n", "[[rule]]\nold = 'x'\n"} {
		if _, err := parseRules(wrong); err == nil {
			t.Errorf("taken: %s", wrong)
		}
	}
}
