package rpm

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"cdbuilder/internal/judge"
)

// everything is the queryformat for what description writes of a package. Old
// packages lack tags; rpm then prints nothing for the group.
const everything = `=%{NAME} %{VERSION} %{RELEASE}
[require %{REQUIRENEVRS} %{REQUIREFLAGS}\n][provide %{PROVIDENEVRS} %{PROVIDEFLAGS}\n][conflict %{CONFLICTNEVRS} %{CONFLICTFLAGS}\n][obsolete %{OBSOLETENEVRS} %{OBSOLETEFLAGS}\n]` +
	`[recommend %{RECOMMENDNEVRS} %{RECOMMENDFLAGS}\n][suggest %{SUGGESTNEVRS} %{SUGGESTFLAGS}\n][supplement %{SUPPLEMENTNEVRS} %{SUPPLEMENTFLAGS}\n][enhance %{ENHANCENEVRS} %{ENHANCEFLAGS}\n]` +
	`[file %{FILENAMES} %{FILEMODES:octal} %{LONGFILESIZES} %{FILEMTIMES} %{FILEUSERNAME} %{FILEGROUPNAME} %{FILEFLAGS} %{FILELINKTOS} %{FILEDIGESTS}\n]` +
	`[change %{CHANGELOGTIME} %{CHANGELOGNAME} %{CHANGELOGTEXT}\n]` +
	`[trigger %{TRIGGERTYPE} %{TRIGGERCONDS} %{TRIGGERSCRIPTS}\n][filetrigger %{FILETRIGGERTYPE} %{FILETRIGGERCONDS} %{FILETRIGGERSCRIPTS} %{FILETRIGGERPRIORITIES}\n][transfiletrigger %{TRANSFILETRIGGERTYPE} %{TRANSFILETRIGGERCONDS} %{TRANSFILETRIGGERSCRIPTS} %{TRANSFILETRIGGERPRIORITIES}\n]` +
	`pre [%{PREINPROG} ]%{PREIN}
post [%{POSTINPROG} ]%{POSTIN}
preun [%{PREUNPROG} ]%{PREUN}
postun [%{POSTUNPROG} ]%{POSTUN}
pretrans [%{PRETRANSPROG} ]%{PRETRANS}
posttrans [%{POSTTRANSPROG} ]%{POSTTRANS}
verify [%{VERIFYSCRIPTPROG} ]%{VERIFYSCRIPT}
`

// description is our reading in the words of that format.
func description(in *Reader) (string, error) {
	p, err := in.Package()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "=%s %s %s\n", p.Name, p.EVR.Version, p.EVR.Release)
	for _, kind := range []struct {
		name string
		deps []Dep
	}{
		{"require", p.Requires}, {"provide", p.Provides}, {"conflict", p.Conflicts}, {"obsolete", p.Obsoletes},
		{"recommend", p.Recommends}, {"suggest", p.Suggests}, {"supplement", p.Supplements}, {"enhance", p.Enhances},
	} {
		for _, d := range kind.deps {
			fmt.Fprintf(&b, "%s %s %d\n", kind.name, d, d.Flags)
		}
	}
	files, err := in.Header.Files()
	if err != nil {
		return "", err
	}
	for i := range files {
		f := &files[i]
		fmt.Fprintf(&b, "file %s %o %d %d %s %s %d %s %s\n", f.Path, f.Mode, f.Size, f.ModTime, f.User, f.Group, f.Flags, f.LinkTo, f.Digest)
	}
	for _, c := range p.Changelog {
		fmt.Fprintf(&b, "change %d %s %s\n", c.Time, c.Author, c.Text)
	}
	triggers, err := in.Header.Triggers()
	if err != nil {
		return "", err
	}
	for i := range triggers {
		t := &triggers[i]
		var on []string
		for _, d := range t.On {
			on = append(on, d.String())
		}
		kind, priority := [...]string{"trigger", "filetrigger", "transfiletrigger"}[t.Kind], ""
		if t.Kind != OnPackage {
			priority = fmt.Sprint(" ", t.Priority)
		}
		fmt.Fprintf(&b, "%s %s %s %s%s\n", kind, t.Phase(), strings.Join(on, ", "), t.Body, priority)
	}
	scripts := in.Header.Scriptlets()
	for _, phase := range []string{"pre", "post", "preun", "postun", "pretrans", "posttrans", "verify"} {
		i := slices.IndexFunc(scripts, func(s Scriptlet) bool { return s.Phase == phase })
		text := "(none)"
		if i >= 0 {
			text = strings.Join(scripts[i].Interp, " ") + " " + scripts[i].Body
			if scripts[i].Body == "" {
				text += "(none)"
			}
		}
		fmt.Fprintf(&b, "%s %s\n", phase, text)
	}
	return b.String(), nil
}

// TestCorpusInDetail compares all dependencies, files, changelogs, scriptlets
// and triggers with what the installed rpm reads.
func TestCorpusInDetail(t *testing.T) {
	rpm := judge.Program(t, "rpm")
	dir, rows := oracle(t)
	agree, differ := 0, 0
	for _, row := range rows {
		path := filepath.Join(dir, row["file"])
		in, err := readFile(path)
		if err != nil {
			continue
		}
		want, err := exec.Command(rpm, "-qp", "--nosignature", "--nodigest", "--qf", everything, path).Output()
		if err != nil {
			t.Errorf("%s: rpm: %v", row["file"], err)
			continue
		}
		got, err := description(in)
		if err != nil || got != string(want) {
			differ++
			t.Errorf("%s: %v%s", row["file"], err, firstDifference(got, string(want)))
			continue
		}
		agree++
	}
	t.Logf("rpms: %d read in detail, %d agree, %d differ", agree+differ, agree, differ)
}

func firstDifference(got, want string) string {
	g, w := strings.Split(got, "\n"), strings.Split(want, "\n")
	for i := range min(len(g), len(w)) {
		if g[i] != w[i] {
			return fmt.Sprintf("\n\tgot  %q\n\twant %q", g[i], w[i])
		}
	}
	return fmt.Sprintf(" %d lines, want %d", len(g), len(w))
}
