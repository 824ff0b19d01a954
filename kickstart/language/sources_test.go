package language_test

import (
	"strings"
	"testing"
)

func TestSources(t *testing.T) {
	judgeAll(t, []judged{
		{"RHEL9", "cdrom now", "error", []string{"cdrom takes no word"}},
		{"RHEL8", "harddrive --dir=/iso --biospart=80p1", "ok", nil},
		{"RHEL9", "harddrive --dir=/iso --biospart=80p1", "error", []string{"--biospart of harddrive is gone since RHEL9; name the partition with --partition"}},
		{"F33", "harddrive --dir=/iso", "error", []string{"harddrive needs --partition"}},
		{"F32", "harddrive --dir=/iso", "error", []string{"one of --biospart, --partition"}},
		{"RHEL4", "nfs --server=a --dir=/b --opts=ro", "error", nil},
		{"RHEL5", "nfs --server=a --dir=/b --opts=ro", "ok", nil},
		{"RHEL9", "nfs --server=a", "error", []string{"nfs needs --dir"}},
		{"RHEL6", "url --mirrorlist=http://a", "error", []string{"--mirrorlist of url doesn't exist before RHEL7", "url needs --url"}},
		{"RHEL7", "url --mirrorlist=http://a", "ok", nil},
		{"RHEL7", "url --metalink=http://a", "error", nil},
		{"F29", "url --url=http://a --sslcacert=b", "error", nil},
		{"RHEL8", "url --url=http://a --sslcacert=b --sslclientcert=c --sslclientkey=d", "ok", nil},
		{"RHEL9", "url", "error", []string{"url needs one of --url, --mirrorlist, --metalink"}},
		{"RHEL9", "url --url=a --metalink=b", "error", []string{"--url and --metalink cannot stand together"}},
		{"RHEL5", "url --url=http://a --proxy=b", "error", nil},
		{"F18", "liveimg --url=http://a", "error", nil},
		{"RHEL7", "liveimg --url=http://a --checksum=b", "ok", nil},
		{"F20", "ostreesetup --osname=a --url=http://b --ref=c", "error", nil},
		{"F21", "ostreesetup --osname=a --url=file:///b --ref=c", "ok", nil},
		{"F21", "ostreesetup --osname=a --url=ftp://b --ref=c", "error", []string{`not from "ftp://b"`}},
		{"RHEL8", "ostreecontainer --url=a", "error", []string{"doesn't exist before RHEL9"}},
		{"RHEL9", "ostreecontainer --url=a\nostreesetup --osname=a --url=http://b --ref=c", "error", []string{"ks.cfg:2: ostreesetup cannot stand together with ostreecontainer (ks.cfg:1)"}},
		{"F43", "bootc --source-imgref=a\nostreecontainer --url=a", "error", nil},
		{"F42", "bootc --source-imgref=a", "error", nil},
		{"F43", "bootc --source-imgref=a --composefs", "error", nil},
		{"RHEL10", "bootc --source-imgref=a --bootloader=grub", "error", nil},
		{"RHEL11", "bootc --source-imgref=a --bootloader=grub --composefs", "ok", nil},
		{"DEVEL", "bootc --source-imgref=a --composefs", "ok", nil},

		{"RHEL4", "repo --name=a --baseurl=b", "error", nil},
		{"RHEL5", "repo --name=a --baseurl=b --cost=1", "error", nil},
		{"RHEL6", "repo --name=a", "error", []string{"repo needs one of --baseurl, --mirrorlist"}},
		{"RHEL7", "repo --name=a", "ok", nil},
		{"F14", "repo --name=a", "error", nil},
		{"F15", "repo --name=a", "ok", nil},
		{"RHEL7", "repo --name=a --baseurl=b --metalink=c", "error", nil},
		{"RHEL8", "repo --name=a --baseurl=b --metalink=c", "error", []string{"cannot stand together"}},
		{"RHEL8", "repo --name=a --baseurl=b --ignoregroups=maybe", "error", []string{"takes yes or no"}},
		{"RHEL9", "repo --name=a --baseurl=b --ignoregroups=on", "deprecated", nil},
		{"RHEL10", "repo --name=a --baseurl=b --ignoregroups=on", "error", []string{"gone since RHEL10"}},
		{"RHEL9", "repo --baseurl=b", "error", []string{"repo needs --name"}},
		{"RHEL9", "repo --name=a --baseurl=b\nrepo --name=a --baseurl=c", "warning", []string{`ks.cfg:2: warning: repo "a" was already said in ks.cfg:1`}},

		{"F28", "module --name=a", "error", nil},
		{"F30", "module --name=a --disable", "error", []string{"doesn't exist before F31"}},
		{"RHEL8", "module --name=a --stream=1 --disable", "ok", nil},
		{"F41", "module whatever", "deprecated", nil},
		{"RHEL7", "install", "ok", nil},
		{"RHEL5", "install --root-device=a", "error", nil},
		{"RHEL8", "install", "deprecated", nil},
		{"RHEL9", "install", "error", []string{"install is gone since RHEL9; leave it out"}},
		{"F33", "install cdrom", "deprecated", nil},
		{"F34", "install", "error", nil},
		{"RHEL6", "upgrade --root-device=", "error", []string{"--root-device has an empty value"}},
		{"F29", "upgrade", "deprecated", nil},
		{"F30", "upgrade", "error", []string{"dnf system-upgrade"}},
		{"RHEL8", "method url", "error", nil},
		{"RHEL9", "method url", "deprecated", nil},
		{"RHEL10", "method url", "error", nil},
		{"RHEL5", "updates", "error", nil},
		{"RHEL8", "updates", "ok", nil},
		{"RHEL9", "updates", "error", []string{"updates needs one address"}},
		{"RHEL9", "updates a b", "error", nil},
		{"F40", "rhsm --organization=a --activation-key=b", "error", []string{"it is for RHEL8-"}},
		{"RHEL9", "rhsm --organization=a --activation-key=b --flatpak-registry-url=c", "error", nil},
		{"RHEL10", "rhsm --organization=a --activation-key=b --flatpak-registry-url=c", "ok", nil},
		{"RHEL8", "rhsm --organization=a --activation-key=", "error", nil},
		{"RHEL7", "syspurpose --role=a", "error", nil},
	})
}

func TestSourcesWritten(t *testing.T) {
	for _, c := range []struct{ version, text, want string }{
		{"F21", "ostreesetup --ref=c --url=http://b --os=a", `ostreesetup --osname="a" --remote="a" --url="http://b" --ref="c"`},
		{"RHEL9", "ostreecontainer --url=a --stateroot=b", `ostreecontainer --stateroot="b" --remote="b" --url="a"`},
		{"RHEL9", "ostreecontainer --url=a --transport=oci --no-signature-verification", `ostreecontainer --no-signature-verification --transport="oci" --url="a"`},
		{"F43", "bootc --source-imgref=a", `bootc --stateroot="default" --source-imgref="a" --target-imgref="a"`},
		{"F43", "bootc --target-imgref=b --source-imgref=a", `bootc --stateroot="default" --source-imgref="a" --target-imgref="b"`},
		{"F20", "repo --ignoregroups=Yes --baseurl=b --name=a --cost=010", `repo --name="a" --baseurl=b --cost=10 --ignoregroups=true`},
		{"F20", "repo --name=a --baseurl=b --ignoregroups=off --cost=0", `repo --name="a" --baseurl=b`},
		{"RHEL8", "repo --name=a --metalink=b --install --excludepkgs='c, d,'", `repo --name="a" --excludepkgs="c,d" --install --metalink=b`},
		{"RHEL8", "rhsm --activation-key=a,b --activation-key=c --organization=1", `rhsm --organization="1" --activation-key="a,b" --activation-key="c"`},
		{"RHEL8", "syspurpose --addon=b --role='a b' --addon=c", `syspurpose --role="a b" --addon="b" --addon="c"`},
		{"F15", "install --root-device=a", "install"},
		{"F15", "upgrade --root-device=a", "upgrade --root-device=a"},
		{"RHEL8", "harddrive --partition=sdb1 --dir=/iso", `harddrive --dir="/iso" --partition=sdb1`},
	} {
		recipe, found := judgeText(t, c.version, c.text)
		if len(found) > 0 {
			t.Errorf("%s %s: %q", c.version, c.text, texts(found))
		}
		if got := strings.TrimSpace(canonicalText(recipe)); got != c.want {
			t.Errorf("%s %s is written\n%s, not\n%s", c.version, c.text, got, c.want)
		}
	}
}
