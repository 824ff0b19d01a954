package language_test

import (
	"strings"
	"testing"
)

// judged is a text, the version it is read by, and what we say: the verdict,
// and words that the messages must have.
type judged struct {
	version, text, verdict string
	says                   []string
}

func judgeAll(t *testing.T, cases []judged) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.version+" "+c.text, func(t *testing.T) {
			_, found := judgeText(t, c.version, c.text)
			if got := verdict(found); got != c.verdict {
				t.Errorf("verdict is %s, not %s: %q", got, c.verdict, texts(found))
			}
			all := strings.Join(texts(found), "\n")
			for _, says := range c.says {
				if !strings.Contains(all, says) {
					t.Errorf("nothing says %q: %q", says, texts(found))
				}
			}
		})
	}
}

func TestSections(t *testing.T) {
	const end = "\nbash\n%end\n"
	judgeAll(t, []judged{
		{"RHEL5", "%packages --nobase" + end, "error", []string{"--nobase of %packages doesn't exist before RHEL6"}},
		{"RHEL6", "%packages --nobase" + end, "ok", nil},
		{"RHEL7", "%packages --nobase" + end, "deprecated", []string{"--nobase is deprecated in RHEL7; leave it out"}},
		{"RHEL8", "%packages --nobase" + end, "error", []string{"--nobase of %packages is gone since RHEL8"}},
		{"F13", "%packages --nobase" + end, "error", nil},
		{"F17", "%packages --nobase" + end, "ok", nil},
		{"F21", "%packages --nobase" + end, "deprecated", nil},
		{"F22", "%packages --nobase" + end, "error", nil},
		{"RHEL5", "%packages --resolvedeps" + end, "deprecated", nil},
		{"RHEL6", "%packages --resolvedeps" + end, "error", []string{"dependencies are always installed"}},
		{"F8", "%packages --ignoredeps" + end, "deprecated", nil},
		{"F9", "%packages --ignoredeps" + end, "error", nil},
		{"FC6", "%packages --default" + end, "error", nil},
		{"F7", "%packages --default" + end, "ok", nil},
		{"RHEL6", "%packages --nocore" + end, "error", nil},
		{"RHEL7", "%packages --nocore --timeout=5 --retries 3" + end, "ok", nil},
		{"RHEL7", "%packages --timeout=soon" + end, "error", []string{`--timeout takes a whole number, not "soon"`}},
		{"F21", "%packages --timeout=5" + end, "error", nil},
		{"F20", "%packages --nocore" + end, "error", nil},
		{"RHEL8", "%packages --instLangs=en --excludeWeakdeps" + end, "ok", nil},
		{"RHEL8", "%packages --inst-langs=en" + end, "error", []string{"doesn't exist before RHEL9"}},
		{"RHEL9", "%packages --instLangs=en" + end, "deprecated", []string{"write --inst-langs"}},
		{"RHEL9", "%packages --inst-langs=en --exclude-weakdeps --ignorebroken" + end, "ok", nil},
		{"RHEL10", "%packages --excludeWeakdeps" + end, "error", []string{"gone since RHEL10; write --exclude-weakdeps"}},
		{"RHEL9", "%packages --inst=en" + end, "error", []string{"is short for"}},
		{"RHEL5", "%packages --multi" + end, "error", nil},
		{"RHEL7", "%packages --multi" + end, "ok", nil},

		{"RHEL9", "%pre --log /tmp/log --erroronfail --interpreter=/usr/bin/python3" + end, "ok", nil},
		{"RHEL3", "%post --nochroot --logfile=/root/log" + end, "ok", nil},
		{"RHEL9", "%pre --nochroot" + end, "error", []string{"%pre has no option"}},
		{"RHEL9", "%post --log" + end, "error", []string{"--log needs a value"}},
		{"RHEL9", "%post now" + end, "error", nil},
		{"F7", "%pre-install\nls\n", "warning", []string{"since Fedora 24"}},
		{"RHEL7", "%pre-install" + end, "ok", nil},
		{"RHEL6", "%onerror" + end, "warning", nil},
		{"RHEL8", "%traceback" + end, "ok", nil},
		{"RHEL9", "%traceback" + end, "deprecated", []string{"%traceback is deprecated in RHEL9; write %onerror"}},
		{"RHEL6", "%addon com_redhat_kdump --enable" + end, "warning", nil},
		{"RHEL8", "%addon com_redhat_kdump --enable --reserve-mb=auto" + end, "ok", nil},

		{"RHEL8", "%anaconda\npwpolicy root --minlen=8 --notstrict --nochanges --notempty\n%end\n", "ok", nil},
		{"RHEL8", "%anaconda\npwpolicy --minlen=8\n%end\n", "error", []string{"ks.cfg:2: pwpolicy needs one policy"}},
		{"RHEL8", "%anaconda\npwpolicy root --minlen=long\n%end\n", "error", []string{"--minlen takes a whole number"}},
		{"RHEL8", "%anaconda\nrootpw secret\n%end\n", "error", []string{`unknown command "rootpw" inside of %anaconda`}},
		{"RHEL9", "%anaconda\npwpolicy root\n%end\n", "note", []string{"is gone in Fedora 36 and RHEL 10"}},
		{"RHEL10", "%anaconda\npwpolicy root\n%end\n", "warning", []string{"leave it out"}},

		{"RHEL10", "%certificate --filename=ca.pem --dir /etc/pki/dns\nMII\n%end\n", "ok", nil},
		{"F45", "%certificate --filename=ca.pem --type=anchor\nMII\n%end\n", "ok", nil},
		{"F45", "%certificate --filename=ca.pem --type=root\nMII\n%end\n", "error", []string{"it is one of anchor"}},
		{"F45", "%certificate --dir=/etc/pki\nMII\n%end\n", "error", []string{"%certificate needs --filename"}},
		{"F45", "%certificate --filename=ca.pem\nMII\n%end\n", "error", []string{"needs one of --dir, --type"}},
		{"F45", "%certificate --filename=ca.pem --dir=/etc/pki\n\n%end\n", "error", []string{"holds no certificate"}},
		{"RHEL8", "%certificate --filename=ca.pem --dir=/etc/pki\nMII\n%end\n", "warning", nil},
	})
}

// TestHeaderFaultOnce asks that Parse and Read don't say the same thing both.
func TestHeaderFaultOnce(t *testing.T) {
	for _, header := range []string{"%pre --foo", "%post --log", "%pre --erroronfail=yes", "%packages bash"} {
		if _, found := judgeText(t, "RHEL9", header+"\nls\n%end\n"); len(found) != 1 {
			t.Errorf("%s: %d findings, not one: %q", header, len(found), texts(found))
		}
	}
}
