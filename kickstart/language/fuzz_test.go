package language_test

import (
	"testing"

	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
)

// FuzzRead reads anything by any version. Whatever a statement is made of, its
// canonical form must come out.
func FuzzRead(f *testing.F) {
	for _, line := range []string{
		"part / --fstype=ext4 --size 1024 --grow", "raid / --device=md0 --level=1 raid.1 raid.2", "logvol / --vgname=a --name=b --percent=10",
		"network --bootproto=static --ip=10.0.0.1 --bondslaves=a,b", "firewall --enabled --ssh --port=1:tcp,2", "timezone --utc A --ntpservers=b,,c",
		"bootloader --append=\"a b\" --location=mbr --md5pass=$1$", "keyboard --xlayouts='us','cz (qwerty)'", "user --name=a --groups=b,c --uid=007",
		"repo --name=a --baseurl=b --cost=1_0", "%packages --instLangs=a\n@core\n%end", "%anaconda\npwpolicy root --minlen=1\n%end", "clearpart --all --none --drives=a",
	} {
		f.Add(line, uint8(9), true)
		f.Add(line, uint8(40), false)
	}
	f.Fuzz(func(t *testing.T, src string, number uint8, rhel bool) {
		if len(src) > 1<<14 {
			return
		}
		v := kickstart.Syntax{Family: "F", Number: 7 + int(number)%39}
		if rhel {
			v = kickstart.Syntax{Family: "RHEL", Number: 3 + int(number)%9}
		}
		file, _ := kickstart.Parse("ks.cfg", []byte(src), v)
		recipe, found := language.Read(v, file.All())
		for _, one := range found {
			if one.Line < 1 || one.Text == "" || one.Rule == "" {
				t.Fatalf("a finding without a place, a text or a rule: %+v", one)
			}
		}
		for _, s := range recipe.Statements {
			if len(recipe.Canonical(s)) > 1<<20 {
				t.Fatalf("a canonical form of %d bytes", len(recipe.Canonical(s)))
			}
		}
	})
}
