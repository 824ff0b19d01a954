package language_test

import (
	"strings"
	"testing"
)

func TestModes(t *testing.T) {
	judgeAll(t, []judged{
		{"F25", "text --non-interactive", "error", nil},
		{"RHEL8", "text --non-interactive", "ok", nil},
		{"RHEL9", "cmdline --non-interactive", "error", []string{"cmdline never asks"}},
		{"RHEL7", "cmdline --non-interactive", "error", []string{"doesn't exist before RHEL8"}},
		{"RHEL9", "graphical text", "error", nil},
		{"RHEL4", "vnc --host=a", "error", nil},
		{"RHEL5", "vnc --connect=a", "ok", nil},
		{"RHEL6", "vnc --connect=a", "error", []string{"gone since RHEL6; write --host=HOST --port=PORT"}},
		{"F42", "vnc --host=a", "ok", nil},
		{"F43", "vnc --whatever", "deprecated", []string{"write rdp"}},
		{"RHEL10", "rdp --username=a --password=b", "ok", nil},
		{"RHEL9", "rdp", "error", nil},
		{"RHEL8", "autostep --autoscreenshot", "ok", nil},
		{"RHEL9", "autostep", "deprecated", nil},
		{"RHEL10", "autostep", "error", nil},
		{"RHEL6", "interactive", "ok", nil},
		{"F14", "interactive please", "deprecated", nil},
		{"F15", "interactive", "error", nil},
		{"F9", "rescue", "error", nil},
		{"RHEL9", "rescue --nomount --romount", "error", []string{"cannot stand together"}},
		{"RHEL4", "logging", "error", nil},
		{"RHEL8", "logging --level=all", "error", []string{"it is one of debug, info"}},
		{"RHEL9", "logging --level=all", "deprecated", nil},
		{"RHEL10", "logging --level=info", "error", []string{"gone since RHEL10; leave it out"}},
		{"RHEL9", "logging --port=514", "error", []string{"--port needs --host too"}},
		{"RHEL4", "mediacheck", "error", nil},
		{"FC4", "mediacheck", "ok", nil},
		{"RHEL4", "reboot --now please", "ok", nil},
		{"FC6", "reboot now", "error", []string{`this line has "now"`}},
		{"RHEL7", "reboot --kexec", "error", []string{"--kexec of reboot doesn't exist before RHEL8"}},
		{"RHEL9", "poweroff --eject", "ok", nil},
		{"RHEL5", "key --skip", "ok", nil},
		{"RHEL6", "key", "error", []string{"installation number, or --skip"}},
		{"RHEL6", "key a b", "error", nil},
		{"RHEL7", "key a", "error", []string{"gone since RHEL7"}},
		{"RHEL5", "unsupported_hardware", "error", nil},
		{"RHEL7", "unsupported_hardware", "ok", nil},
		{"RHEL8", "unsupported_hardware", "error", []string{"gone since RHEL8; leave it out"}},
		{"F19", "eula --agreed", "error", nil},
		{"RHEL7", "eula --accepted", "ok", nil},
		{"RHEL9", "eula agreed", "error", []string{"did you mean --agreed?"}},
	})
}

func TestModesWritten(t *testing.T) {
	for _, c := range []struct{ version, text, want string }{
		{"RHEL4", "vnc --password=x --connect=a:1", "vnc --connect=a:1 --password=x"},
		{"RHEL5", "vnc --password=x --connect=a:1", "vnc --host=a --port=1 --password=x"},
		{"RHEL5", "vnc --connect=a", "vnc --host=a"},
		{"RHEL5", "vnc --port=1", "vnc"},
		{"RHEL9", "vnc --port=1 --host=a", "vnc --host=a --port=1"},
		{"RHEL8", "logging --host=a", "logging --level=info --host=a"},
		{"RHEL10", "logging --port=1 --host=a", "logging --host=a --port=1"},
		{"RHEL4", "reboot --eject", "reboot"},
		{"RHEL6", "halt --eject", "shutdown --eject"},
		{"RHEL6", "poweroff", "shutdown"},
		{"RHEL7", "halt", "halt"},
		{"RHEL9", "poweroff", "shutdown"},
		{"RHEL9", "reboot --kexec --eject", "reboot --eject --kexec"},
		{"RHEL9", "eula --accept", "eula --agreed"},
		{"RHEL5", "key --skip", "key --skip"},
		{"RHEL5", "key 42", "key 42"},
	} {
		recipe, found := judgeText(t, c.version, c.text)
		if len(found) > 0 {
			t.Errorf("%s %s: %q", c.version, c.text, texts(found))
		}
		if got := strings.TrimSpace(canonicalText(recipe)); got != c.want {
			t.Errorf("%s %s is written %q, not %q", c.version, c.text, got, c.want)
		}
	}
}
