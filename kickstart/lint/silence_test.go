package lint_test

import (
	"testing"

	"cdbuilder/kickstart"
	"cdbuilder/kickstart/lint"

	"github.com/google/go-cmp/cmp"
)

const silent = `#version=RHEL9
firewall --disabled  # kick: ignore=firewall-off
# kick: ignore=zone-unknown
timezone Nowhere
timezone Nowhere
%post
# kick: ignore=post-start
systemctl start a
%end
`

func where(findings []kickstart.Finding) []string {
	list := []string{}
	for _, f := range findings {
		list = append(list, f.String())
	}
	return list
}

func TestSilence(t *testing.T) {
	want := []string{
		`a.ks:5: there is no time zone "Nowhere" [zone-unknown]`,
		`a.ks:6: note: %post without --erroronfail: if it fails, the installation goes on and says nothing [script-erroronfail]`,
	}
	if d := cmp.Diff(want, where(check(t, "a.ks", []byte(silent)))); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	whole := silent + "# kick: ignore-file=zone-unknown,script-erroronfail\n"
	if d := cmp.Diff([]string{}, where(check(t, "a.ks", []byte(whole)))); d != "" {
		t.Errorf("with ignore-file (-want +got):\n%s", d)
	}
}

func TestSilenceOfOthers(t *testing.T) {
	src := []byte("# kick: ignore=package-missing,package-gone,syntax\n%packages\n%end\n")
	f, err := kickstart.Parse("a.ks", src, kickstart.Syntax{})
	if err != nil {
		t.Fatal(err)
	}
	fault := kickstart.Finding{Rule: kickstart.SyntaxRule, Level: kickstart.Error, File: "a.ks", Line: 1, Text: "no"}
	got := lint.Silence([]kickstart.Finding{fault}, []*kickstart.File{f}, []string{"package-missing"}, []string{"package-gone"})
	want := []string{
		"a.ks:1: no [syntax]",
		`a.ks:1: warning: there is no rule "syntax" [ignore-unknown]`,
		"a.ks:1: note: nothing here for package-missing to say; remove the comment [ignore-unused]",
	}
	if d := cmp.Diff(want, where(got)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
