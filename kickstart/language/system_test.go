package language_test

import (
	"strings"
	"testing"
)

// TestSystemVersions asks for verdicts on both sides of each change in the
// tables of accounts, of the system and of the desktop.
func TestSystemVersions(t *testing.T) {
	for _, c := range []struct {
		line     string
		verdicts string // version=verdict, divided by blanks
	}{
		{"user --name=a", "FC5=error FC6=ok RHEL4=error RHEL5=ok DEVEL=ok"},
		{"user --name=a --lock", "F7=error F8=ok RHEL5=error RHEL6=ok"},
		{"user --name=a --plaintext --password=b", "F7=error F8=ok RHEL5=error RHEL6=ok"},
		{"user --name=a --gecos='A B'", "F11=error F12=ok RHEL5=error RHEL6=ok"},
		{"user --name=a --gid=5", "F18=error F19=ok RHEL6=error RHEL7=ok"},
		{"user --name=a\nuser --name=a", "RHEL5=warning RHEL9=warning"},
		{"user --name=a\nuser --name=b", "RHEL5=ok RHEL9=ok"},
		{"user --name=a --uid=b\nuser --name=a", "RHEL9=error"},
		{"group --name=a --gid=5", "F11=error F12=ok RHEL5=error RHEL6=ok"},
		{"group --name=a\ngroup --name=a", "RHEL6=warning"},
		{"rootpw a", "FC3=ok RHEL3=ok RHEL11=ok DEVEL=ok"},
		{"rootpw ''", "FC3=error F45=error RHEL9=error"},
		{"rootpw '' --lock", "F17=error F18=ok RHEL6=error RHEL7=ok"},
		{"rootpw --lock", "F17=error F18=ok RHEL6=error RHEL7=ok"},
		{"rootpw --plaintext a", "F7=error F8=ok RHEL5=error RHEL6=ok"},
		{"rootpw --allow-ssh a", "F36=error F37=ok RHEL8=error RHEL9=ok RHEL10=ok"},
		{"sshkey --username=root 'ssh-ed25519 A'", "F21=error F22=ok RHEL7=error RHEL8=ok"},
		{"sshkey --username=root ssh-ed25519 A", "F22=error RHEL9=error"},
		{"sshkey --username=a b\nsshkey --username=a c", "F22=warning RHEL9=warning"},
		{"sshpw --username=root a", "F12=error F13=ok RHEL5=error RHEL6=ok"},
		{"sshpw --username=root --sshkey ssh-ed25519 A", "F23=error F24=ok RHEL7=error RHEL8=ok"},
		{"timezone", "FC3=error F18=error F25=error RHEL7=error RHEL11=error"},
		{"timezone --utc", "F24=error F25=ok RHEL6=error RHEL7=ok RHEL10=ok"},
		{"timezone --isUtc UTC", "FC5=error FC6=ok F31=ok F32=deprecated DEVEL=deprecated RHEL4=error RHEL5=ok RHEL8=ok RHEL9=deprecated RHEL10=error RHEL11=error"},
		{"timezone --utc UTC", "FC3=ok FC6=ok F32=ok DEVEL=ok RHEL3=ok RHEL5=ok RHEL9=ok RHEL11=ok"},
		{"timezone --nontp UTC", "F17=error F18=ok F32=ok F33=deprecated F45=deprecated RHEL6=error RHEL7=ok RHEL8=ok RHEL9=deprecated RHEL10=error"},
		{"timezone --ntpservers a,b UTC", "F17=error F18=ok F33=deprecated RHEL6=error RHEL8=ok RHEL9=deprecated RHEL10=error"},
		{"timezone --nontp --ntpservers=a UTC", "F18=error F40=error RHEL7=error RHEL9=error"},
		{"timesource --ntp-server=a --nts", "F32=error F33=ok RHEL8=error RHEL9=ok"},
		{"timesource --nts", "F33=error RHEL9=error"},
		{"timesource --ntp-disable --ntp-pool=a", "F33=error RHEL10=error"},
		{"timesource --ntp-disable\ntimesource --ntp-disable", "RHEL9=ok"},
		{"services --enabled=a", "FC5=error FC6=ok RHEL4=error RHEL5=ok"},
		{"services --enabled=,", "FC6=error RHEL9=error"},
		{"selinux --enforcing", "FC3=ok RHEL3=error RHEL4=ok"},
		{"selinux --enforcing --disabled", "RHEL4=ok"},
		{"firstboot --disabled", "FC3=ok RHEL3=ok RHEL11=ok"},
		{"authconfig --anything 'at all'", "FC3=ok F27=ok F28=deprecated F34=deprecated F35=error DEVEL=error RHEL7=ok RHEL8=deprecated RHEL9=deprecated RHEL10=error"},
		{"authselect", "F27=error F28=ok RHEL7=error RHEL8=ok"},
		{"realm join --client-software sssd a.example", "F18=error F19=ok RHEL6=error RHEL7=ok"},
		{"realm join --no a.example", "RHEL7=ok"},
		{"realm join --o=1 a.example", "RHEL7=ok"},
		{"realm join --nothing a.example", "RHEL7=error"},
		{"realm join -- --odd", "RHEL7=ok"},
		{"realm join -U a a.example", "RHEL7=error"},
		{"realm join a\nrealm join b", "RHEL7=error RHEL10=error"},
		{"realm leave\nrealm join b", "RHEL7=error"},
		{"lang en_US --addsupport=cs_CZ", "F18=error F19=ok RHEL6=error RHEL7=ok"},
		{"langsupport", "FC3=ok FC4=ok FC5=deprecated FC6=deprecated F7=error RHEL4=ok RHEL5=deprecated RHEL6=error"},
		{"keyboard --xlayouts=us", "F17=error F18=ok RHEL6=error RHEL7=ok"},
		{"keyboard --switch=a", "F18=error RHEL7=error"},
		{"keyboard --xlayouts=,", "F18=error RHEL7=error"},
		{"xconfig --card=a", "FC5=ok FC6=deprecated F8=deprecated F9=error RHEL4=ok RHEL5=deprecated RHEL6=error"},
		{"xconfig --noprobe", "FC5=ok FC6=error F9=error RHEL4=ok RHEL5=error"},
		{"xconfig --server=a", "FC5=ok FC6=error RHEL4=ok RHEL5=error"},
		{"xconfig --driver=a", "FC5=error FC6=ok F9=ok F10=deprecated F13=deprecated F14=error RHEL4=error RHEL5=ok RHEL6=deprecated RHEL7=error"},
		{"xconfig --depth=much", "F9=error F10=deprecated F14=error RHEL5=error RHEL6=deprecated"},
		{"xconfig --startxonboot", "FC3=ok RHEL11=ok DEVEL=ok"},
		{"monitor --noprobe", "FC5=error FC6=ok F9=ok F10=deprecated F17=deprecated F18=error RHEL4=error RHEL5=ok RHEL6=deprecated RHEL7=error"},
		{"mouse generic", "FC3=deprecated FC6=deprecated F7=error RHEL3=ok RHEL4=deprecated RHEL5=deprecated RHEL6=error"},
	} {
		for pair := range strings.FieldsSeq(c.verdicts) {
			version, want, _ := strings.Cut(pair, "=")
			if _, found := judgeText(t, version, c.line+"\n"); verdict(found) != want {
				t.Errorf("%s %q: %s %v, want %s", version, c.line, verdict(found), texts(found), want)
			}
		}
	}
}

// TestSystemMessages holds what a person reads.
func TestSystemMessages(t *testing.T) {
	for _, c := range []struct{ version, line, want string }{
		{"RHEL9", "user a", "user needs --name=…"},
		{"RHEL9", "user --name=a --uid=b", `--uid takes a whole number, not "b"`},
		{"RHEL9", "user --name=a --group=wheel", ""},
		{"RHEL9", "user --name=a --grupos=wheel", `did you mean "--groups"?`},
		{"RHEL6", "user --name=a --gid=5", "--gid of user doesn't exist before RHEL7; this file is read as RHEL6"},
		{"RHEL9", "user --name=a\nuser --name=a", `user "a" was already said in ks.cfg:1`},
		{"RHEL5", "group --name=a", "group doesn't exist before RHEL6; this file is read as RHEL5"},
		{"RHEL6", "rootpw --lock", "rootpw needs one password: rootpw --iscrypted HASH"},
		{"RHEL9", "rootpw", "rootpw needs one password, or --lock"},
		{"RHEL9", "rootpw a b", `rootpw takes one password, and this line has "b" too`},
		{"RHEL9", "rootpw --iscrypted=a", "--iscrypted takes no value; write --iscrypted alone, or leave it out"},
		{"RHEL8", "rootpw --allow-ssh a", "--allow-ssh of rootpw doesn't exist before RHEL9"},
		{"RHEL9", "sshkey --username=root ssh-ed25519 A", `sshkey takes one key, in quotation marks, and this line has "A" too`},
		{"RHEL9", "timezone Europe/Zurich --isUtc", "--isUtc is deprecated in RHEL9; write --utc"},
		{"RHEL10", "timezone Europe/Zurich --isUtc", "--isUtc of timezone is gone since RHEL10; write --utc"},
		{"RHEL4", "timezone Europe/Zurich --isUtc", "--isUtc of timezone doesn't exist before RHEL5"},
		{"RHEL9", "timezone UTC --ntpservers=a,b", "write a line of its own for each server: timesource --ntp-server=HOST"},
		{"RHEL10", "timezone UTC --nontp", "--nontp of timezone is gone since RHEL10; write a line of its own: timesource --ntp-disable"},
		{"RHEL9", "timezone", "timezone says nothing: it needs a word or an option"},
		{"RHEL6", "timezone --utc", "timezone needs one time zone"},
		{"RHEL8", "timesource --ntp-disable", "timesource doesn't exist before RHEL9; this file is read as RHEL8"},
		{"RHEL9", "timesource --ntp-server=a --ntp-pool=b", "--ntp-server and --ntp-pool cannot stand together"},
		{"RHEL9", "services --enable=sshd", ""},
		{"RHEL9", "services sshd", `services takes no word of its own, and this line has "sshd"`},
		{"RHEL9", "services --enabled=", "services needs --enabled or --disabled, with services divided by commas"},
		{"RHEL9", "selinux enforcing", "did you mean --enforcing?"},
		{"RHEL9", "selinux --enabled", `selinux has no option "--enabled"`},
		{"RHEL9", "firstboot disable", "did you mean --disable?"},
		{"RHEL8", "auth --enableshadow --passalgo=sha512", "auth is deprecated in RHEL8; leave it out where it only says"},
		{"RHEL10", "authconfig --enableshadow", "authconfig is gone since RHEL10; leave it out"},
		{"RHEL9", "realm", "realm can only join a domain: realm join DOMAIN"},
		{"RHEL9", "realm leave", "realm can only join a domain: realm join DOMAIN"},
		{"RHEL9", "realm join", "realm join names no domain"},
		{"RHEL9", "realm join a --no-password", `realm join takes one domain, after its options; here "--no-password" stands behind it`},
		{"RHEL9", "realm join --no-pasword a", `did you mean "--no-password"?`},
		{"RHEL9", "realm join --no-password=x a", "--no-password takes no value"},
		{"RHEL9", "realm join --computer-ou", "--computer-ou needs a value: --computer-ou=…"},
		{"RHEL9", "lang", "lang needs one locale"},
		{"RHEL9", "langsupport en_US", "langsupport is gone since RHEL6; write lang"},
		{"RHEL9", "keyboard", "keyboard needs a layout: --xlayouts=us or --vckeymap=us, or one word"},
		{"RHEL9", "keyboard us de", `keyboard takes one keyboard layout, and this line has "de" too`},
		{"RHEL6", "keyboard --vckeymap=us", "--vckeymap of keyboard doesn't exist before RHEL7"},
		{"RHEL7", "xconfig --resolution=1024x768", "--resolution of xconfig is gone since RHEL7; leave it out"},
		{"RHEL7", "monitor --noprobe", "monitor is gone since RHEL7; leave it out"},
		{"RHEL5", "mouse generic", "mouse is deprecated in RHEL5; leave it out: the mouse is found by itself"},
		{"RHEL9", "skipx now", `skipx takes no word of its own, and this line has "now"`},
	} {
		_, found := judgeText(t, c.version, c.line+"\n")
		all := strings.Join(texts(found), "\n")
		if !strings.Contains(all, c.want) || (c.want == "" && all != "") {
			t.Errorf("%s %q: %v, want %q", c.version, c.line, texts(found), c.want)
		}
	}
}

// TestSystemCanonical holds forms that pykickstart's own tests don't.
func TestSystemCanonical(t *testing.T) {
	for _, c := range []struct{ version, line, want string }{
		{"RHEL9", "user --uid 007 --name=a --iscrypted --plaintext --password='a#b'", `user --name=a --password="a#b" --uid=7`},
		{"RHEL9", "user --plaintext --iscrypted --name=a --gid=0 --gecos='A B' --lock", `user --name=a --iscrypted --lock --gecos="A B"`},
		{"RHEL5", "rootpw a", "rootpw a"},
		{"RHEL6", "rootpw a", "rootpw --plaintext a"},
		{"RHEL9", "rootpw --lock --plaintext", "rootpw --lock"},
		{"RHEL9", "rootpw --allow-ssh --iscrypted $6$a", "rootpw --iscrypted --allow-ssh $6$a"},
		{"RHEL8", `sshkey --username a 'from="b" c'`, `sshkey --username=a "from="b" c"`},
		{"RHEL9", `sshkey --username a 'from="b" c'`, `sshkey --username=a "from=\"b\" c"`},
		{"RHEL9", "sshpw --lock --iscrypted --sshkey --username=a b c", "sshpw --username=a --sshkey b c"},
		{"FC3", "timezone Europe/Zurich --utc", "timezone --utc Europe/Zurich"},
		{"RHEL5", "timezone Europe/Zurich --utc", "timezone --isUtc Europe/Zurich"},
		{"RHEL7", "timezone --utc Europe/Zurich", "timezone Europe/Zurich --isUtc"},
		{"RHEL9", "timezone --isUtc Europe/Zurich", "timezone Europe/Zurich --utc"},
		{"F40", "timezone --isUtc Europe/Zurich", "timezone Europe/Zurich --utc"},
		{"RHEL9", "timesource --nts --ntp-pool a", "timesource --ntp-pool=a --nts"},
		{"RHEL9", "services --enabled=a,b --disabled 'c , d'", `services --disabled="c,d" --enabled="a,b"`},
		{"RHEL9", "selinux --disabled --permissive", "selinux --permissive"},
		{"RHEL9", "firstboot --enabled --disabled", "firstboot --disable"},
		{"RHEL7", "authconfig  --enableshadow   --passalgo='sha512'", "auth --enableshadow   --passalgo='sha512'"},
		{"RHEL9", "realm join --computer-ou='OU=a b' a.example", "realm join '--computer-ou=OU=a b' a.example"},
		{"RHEL9", "lang --addsupport=,a,,b en_US", "lang en_US --addsupport=a,b"},
		{"RHEL4", "langsupport a b", "langsupport --default=en_US.UTF-8 a b"},
		{"RHEL9", "keyboard --switch=a,b --xlayouts us,'cz (qwerty)' cz", "keyboard --xlayouts='us','cz (qwerty)' --switch='a','b'"},
		{"RHEL9", "keyboard us --switch=a", "keyboard 'us'"},
		{"FC6", "xconfig --card=a --startxonboot --depth=016", "xconfig --depth=16 --startxonboot"},
		{"FC6", "monitor --vsync=60 --noprobe --monitor='A B'", `monitor --monitor="A B" --noprobe --vsync=60`},
	} {
		recipe, _ := judgeText(t, c.version, c.line+"\n")
		if got := strings.TrimSpace(canonicalText(recipe)); got != c.want {
			t.Errorf("%s %q:\n  %s, want\n  %s", c.version, c.line, got, c.want)
		}
	}
}

// TestOptionByAnyName asks for an option by a name that the version only knows
// as another spelling.
func TestOptionByAnyName(t *testing.T) {
	for _, version := range []string{"FC3", "RHEL5", "RHEL7", "RHEL8", "RHEL9", "RHEL10", "F31", "F32", "DEVEL"} {
		recipe, _ := judgeText(t, version, "timezone --utc Europe/Zurich\n")
		if !recipe.Last("timezone").Has("--utc") {
			t.Errorf("%s: timezone --utc has no --utc", version)
		}
	}
}
