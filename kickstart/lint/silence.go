package lint

import (
	"slices"
	"strings"

	"cdbuilder/internal/near"
	"cdbuilder/kickstart"
)

// silenceRules are about the comments that silence the others.
var silenceRules = []rule{
	{Rule{"ignore-unused", kickstart.Note, "a comment silences a finding that isn't there", false}, nil, false},
	{Rule{"ignore-unknown", kickstart.Warning, "a comment silences a rule that doesn't exist", false}, nil, false},
}

// ignore is one rule that a comment silences.
type ignore struct {
	place
	rule  string
	lines []int // the lines that it is good for; 0 is the whole file
	used  bool
}

// Silence takes out what comments in the files ask to be left unsaid, and adds
// what is wrong with those comments:
//
//	part /data --size=0 --grow  # kick: ignore=part-size-zero,grow-shared
//	# kick: ignore=firewall-off          (for the next line)
//	# kick: ignore-file=script-erroronfail
//
// It is for the findings of all checks together, once they are through. ran
// names the rules of other packages that have been checked too, and idle those
// that exist and have not: a comment may name them and silence nothing. What
// Parse refuses cannot be silenced.
func Silence(findings []kickstart.Finding, files []*kickstart.File, ran, idle []string) []kickstart.Finding {
	var ignores []*ignore
	byLine := make(map[ignored][]*ignore)
	seen := make(map[string]bool) // a file that is included twice is there twice
	for _, f := range files {
		if !seen[f.Name] {
			ignores = append(ignores, readIgnores(f)...)
		}
		seen[f.Name] = true
	}
	for _, i := range ignores {
		for _, line := range i.lines {
			at := ignored{i.rule, i.file, line}
			byLine[at] = append(byLine[at], i)
		}
	}
	var kept []kickstart.Finding
	for _, f := range findings {
		if !silenced(f, byLine) {
			kept = append(kept, f)
		}
	}
	kept = append(kept, misplaced(ignores, ran, idle)...)
	kickstart.Sort(kept)
	return kept
}

// ignored is a rule that is silenced on a line, or, with 0, in the whole file.
type ignored struct {
	rule, file string
	line       int
}

// silenced marks every ignore that is good for the finding.
func silenced(f kickstart.Finding, byLine map[ignored][]*ignore) bool {
	if f.Rule == kickstart.SyntaxRule {
		return false
	}
	found := false
	for _, line := range []int{f.Line, 0} {
		for _, i := range byLine[ignored{f.Rule, f.File, line}] {
			i.used, found = true, true
		}
	}
	return found
}

func misplaced(ignores []*ignore, ran, idle []string) []kickstart.Finding {
	known := slices.Concat(ran, idle)
	for _, r := range all() {
		known = append(known, r.ID)
		if r.factual {
			idle = append(idle, r.ID)
		}
	}
	var list []kickstart.Finding
	for _, i := range ignores {
		rule := silenceRules[0]
		text := "nothing here for " + i.rule + " to say; remove the comment"
		switch {
		case !slices.Contains(known, i.rule):
			rule = silenceRules[1]
			text = "there is no rule \"" + i.rule + "\"" + near.DidYouMean(i.rule, known)
		case i.used || slices.Contains(idle, i.rule):
			continue
		}
		list = append(list, kickstart.Finding{Rule: rule.ID, Level: rule.Level, File: i.file, Line: i.line, Text: text})
	}
	return list
}

// readIgnores finds the comments in all lines of a file, those of sections too.
func readIgnores(f *kickstart.File) []*ignore {
	var list []*ignore
	for i := range f.Nodes {
		n := &f.Nodes[i]
		list = append(list, lineIgnores(f.Name, n.Line)...)
		for _, l := range n.Body {
			list = append(list, lineIgnores(f.Name, l)...)
		}
	}
	return list
}

func lineIgnores(file string, l kickstart.Line) []*ignore {
	const mark = "# kick:"
	text := l.Text()
	i := strings.LastIndex(text, mark)
	if i < 0 {
		return nil
	}
	alone := strings.TrimSpace(text[:i]) == ""
	var list []*ignore
	for _, word := range strings.Fields(text[i+len(mark):]) {
		key, rules, _ := strings.Cut(word, "=")
		lines := []int{l.Number}
		switch {
		case key == "ignore-file":
			lines = []int{0}
		case key != "ignore":
			rules = word
		case alone:
			lines = append(lines, l.Number+1) // and the next line
		}
		for rule := range strings.SplitSeq(rules, ",") {
			if rule = strings.TrimSpace(rule); rule != "" {
				list = append(list, &ignore{place{file, l.Number}, rule, lines, false})
			}
		}
	}
	return list
}
