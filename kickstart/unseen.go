package kickstart

import (
	"fmt"
	"path"
	"strings"
)

// The rules of what Tree.Findings finds.
const (
	RuleIncludeUnseen  = "include-unseen"  // only the installer can follow it
	RuleIncludeUnmade  = "include-unmade"  // nothing seems to make the file
	RuleIncludeSkipped = "include-skipped" // the installer doesn't follow it
	RuleIncludeWords   = "include-words"   // the installer doesn't read all of the line
)

// mounts are where an installer has the medium or the tree that it installs
// from, and where dracut leaves what it has fetched.
var mounts = []string{"/run/install/", "/mnt/install/", "/mnt/source/", "/mnt/stage2/"}

// settle looks at the absolute paths again when all scripts are known: the
// classical /tmp/part-include is written by a %pre script.
func (t *Tree) settle() {
	var pre []string
	for _, s := range t.Scripts() {
		if s.When == "pre" {
			pre = append(pre, s.Body)
		}
	}
	for _, inc := range t.Includes {
		if inc.Reason != InInstaller {
			continue
		}
		for _, m := range mounts {
			if strings.HasPrefix(path.Clean(inc.Ref), m) {
				inc.Reason = OnMedium
			}
		}
		for _, script := range pre {
			if strings.Contains(script, path.Base(inc.Ref)) {
				inc.Reason = AtInstall
			}
		}
	}
}

// Unresolved gives the inclusions that bring nothing.
func (t *Tree) Unresolved() []*Inclusion {
	var all []*Inclusion
	for _, inc := range t.Includes {
		if inc.File == nil {
			all = append(all, inc)
		}
	}
	return all
}

// Findings says of the inclusions what is no fault: which of them could not be
// looked into, and which the installer reads otherwise than it seems.
func (t *Tree) Findings() []Finding {
	var all []Finding
	seen := make(map[Finding]bool)
	for _, inc := range t.Includes {
		for _, f := range inc.findings() {
			if !seen[f] {
				seen[f] = true
				all = append(all, f)
			}
		}
	}
	return all
}

func (i *Inclusion) findings() []Finding {
	var all []Finding
	add := func(rule string, level Level, format string, args ...any) {
		all = append(all, Finding{Rule: rule, Level: level, File: i.From.Name, Line: i.Line, Text: fmt.Sprintf(format, args...)})
	}
	ref := clip(i.Ref)
	switch i.Reason {
	case AtInstall:
		add(RuleIncludeUnseen, Note, "%s is made when %%pre runs, so that what is in it is not judged here", ref)
	case OnMedium:
		add(RuleIncludeUnseen, Note, "%s is on the medium, and is not judged here", ref)
	case Offline:
		add(RuleIncludeUnseen, Note, "%s is not fetched, so that what is in it is not judged here", ref)
	case InInstaller:
		add(RuleIncludeUnmade, Warning, "no %%pre script speaks of %s: unless the installer brings it along, the installation stops here", ref)
	case Skipped:
		add(RuleIncludeSkipped, Warning, "the installer follows %%ksappend in the first file only; write %%include")
	}
	if i.Words > 0 {
		add(RuleIncludeWords, Warning, "the installer reads one file from a line, %s, and nothing of the rest", ref)
	}
	return all
}
