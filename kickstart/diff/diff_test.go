package diff

import (
	"strings"
	"testing"

	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"

	"github.com/google/go-cmp/cmp"
)

func side(t testing.TB, text string) Side {
	t.Helper()
	v := kickstart.Syntax{Family: "RHEL", Number: 9}
	f, err := kickstart.Parse("ks.cfg", []byte(text), v)
	if err != nil {
		t.Fatal(err)
	}
	recipe, _ := language.Read(v, f.All())
	return Side{recipe, kickstart.Requests(f)}
}

func TestCompare(t *testing.T) {
	tests := []struct {
		name     string
		old, now string
		want     string // as Write prints it
	}{
		{"the same", "text\nlang en_US\n", "text\nlang en_US\n", ""},
		{"order, comments, quotes and names make no difference",
			"# a\npart / --fstype=ext4 --size=1024\nlang en_US # here\nfirewall --enabled\n",
			"lang \"en_US\"\nfirewall --enable\n\npartition / --size 1024 --fstype ext4\n", ""},
		{"one value", "timezone Europe/Berlin --utc\n", "timezone Europe/Paris --utc\n",
			"commands\n~ timezone: Europe/Berlin → Europe/Paris\n"},
		{"options come and go", "part / --size=1024 --grow\n", "part / --size=2048 --fstype=xfs\n",
			"commands\n~ part /: --size 1024 → 2048, without --grow, with --fstype=xfs\n"},
		{"partitions are told apart by their mount point", "part / --size=1\npart /home --size=2\n", "part /home --size=3\npart / --size=1\n",
			"commands\n~ part /home: --size 2 → 3\n"},
		{"a command more, a command less", "firewall --disabled\n", "selinux --enforcing\n",
			"commands\n- firewall --disabled\n+ selinux --enforcing\n"},
		{"what is deprecated and no longer read", "authconfig --enableshadow\n", "authconfig --enablemkhomedir\n",
			"commands\n~ auth: --enableshadow → --enablemkhomedir\n"},
		{"packages", "%packages\n@core\nvim\n-nano\n%end\n", "%packages\nvim\n@core\n@web\n%end\n",
			"packages\n- -nano\n+ @web\n"},
		{"scripts line by line", "%post\necho a\necho b\n%end\n", "%post --erroronfail\necho a\necho c\n%end\n",
			"scripts\n~ %post 1 (line 1, now line 1)\n    -%post\n    +%post --erroronfail\n     echo a\n    -echo b\n    +echo c\n"},
		{"a script more", "text\n", "text\n%pre\necho a\n%end\n", "scripts\n+ %pre 1 (line 2), 1 lines\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var b strings.Builder
			if err := Write(&b, Compare(side(t, test.old), side(t, test.now)), Plain); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(test.want, b.String()); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}
