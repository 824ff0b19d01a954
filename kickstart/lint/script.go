package lint

import (
	"iter"
	"path"
	"regexp"
	"slices"
	"strings"

	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
)

// script is a section that the installer runs.
type script struct {
	language.Section
	interpreter string
	chroot      bool
	lines       []scriptLine
}

type scriptLine struct {
	place
	text   string // without its line ending
	quoted bool   // inside of a here document: text, not a command
}

// sectionLines gives a section's lines, each with its file: with what they include
// where that is known.
func sectionLines(s language.Section, tree *kickstart.Tree) iter.Seq2[*kickstart.File, kickstart.Line] {
	if tree != nil {
		return tree.Lines(s.File, s.Node)
	}
	return func(yield func(*kickstart.File, kickstart.Line) bool) {
		for _, l := range s.Body {
			if !yield(s.File, l) {
				return
			}
		}
	}
}

func newScript(s language.Section, tree *kickstart.Tree) (script, bool) {
	if !slices.Contains([]string{"pre", "pre-install", "post", "onerror", "traceback"}, s.Name) {
		return script{}, false
	}
	sc := script{Section: s, interpreter: "/bin/sh"}
	if v, _ := s.Option("interpreter"); strings.TrimSpace(v) != "" {
		sc.interpreter = v
	}
	_, nochroot := s.Option("nochroot")
	sc.chroot = s.Name == "post" && !nochroot
	var ends []string // of the here documents that are open
	for f, l := range sectionLines(s, tree) {
		text := l.Text()
		line := scriptLine{place{f.Name, l.Number}, text, len(ends) > 0}
		sc.lines = append(sc.lines, line)
		if len(ends) > 0 {
			if strings.TrimLeft(text, "\t") == ends[0] {
				ends = ends[1:]
			}
			continue
		}
		ends = hereDocuments(text)
	}
	return sc, true
}

var hereDocument = regexp.MustCompile(`<<-?\s*(\\?[A-Za-z_][A-Za-z0-9_.-]*|'[^']+'|"[^"]+")`)

// hereDocuments gives the words that end the here documents which a line begins.
func hereDocuments(text string) []string {
	if strings.HasPrefix(strings.TrimSpace(text), "#") || strings.Contains(text, "<<<") {
		return nil
	}
	var ends []string
	for _, m := range hereDocument.FindAllStringSubmatch(text, -1) {
		ends = append(ends, strings.Trim(m[1], `\'"`))
	}
	return ends
}

// header is the place of the section's first line.
func (s script) header() place { return place{s.File.Name, s.Number} }

// title is the section's name in messages.
func (s script) title() string { return "%" + s.Name }

// shell reports whether a shell runs the script.
func (s script) shell() bool { return isShell(s.interpreter) }

func isShell(interpreter string) bool {
	program, _, _ := strings.Cut(strings.TrimSpace(interpreter), " ")
	return slices.Contains([]string{"sh", "bash", "dash", "ksh", "zsh", "busybox"}, path.Base(program))
}

// commands gives the lines that the shell runs: no comments, no blank lines,
// no here documents.
func (s script) commands() []scriptLine {
	if !s.shell() {
		return nil
	}
	var list []scriptLine
	for _, l := range s.lines {
		if t := strings.TrimSpace(l.text); !l.quoted && t != "" && t[0] != '#' {
			list = append(list, l)
		}
	}
	return list
}

// pattern is an expression that can match only where one of the words is,
// which is found out faster.
type pattern struct {
	words []string
	*regexp.Regexp
}

func (p pattern) find(text string) []string {
	if !slices.ContainsFunc(p.words, func(w string) bool { return strings.Contains(text, w) }) {
		return nil
	}
	return p.FindStringSubmatch(text)
}

// command makes a pattern that finds a command where a shell would run it:
// where the line begins, or after a separator or a word that runs another.
func command(expression string, words ...string) pattern {
	return pattern{words, regexp.MustCompile(`(?:^|[;&|({` + "`" + `])\s*(?:(?:if|then|else|elif|do|while|until|sudo|exec|nohup|time|!)\s+)*(?:/(?:usr/)?s?bin/)?(?:` + expression + `)`)}
}
