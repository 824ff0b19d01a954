package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"cdbuilder/internal/tool"
	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
	"cdbuilder/kickstart/lint"
)

// counts are what the language says of a kickstart, as pykickstart's own
// verdict has it: findings of lint are counted apart.
type counts struct {
	Errors       int `json:"errors"`
	Warnings     int `json:"warnings"`
	Deprecations int `json:"deprecations"`
	Lint         int `json:"lint"`
}

func (j *judgement) counts() counts {
	var c counts
	absent := j.absent()
	for _, f := range j.found {
		switch {
		case f.Rule == language.RuleSectionInstaller:
		case f.Level == kickstart.Error && !absent[place{f.File, f.Line}]:
			c.Errors++
		case f.Level == kickstart.Deprecated:
			c.Deprecations++
		case f.Level == kickstart.Warning:
			c.Warnings++
		}
	}
	c.Lint = max(0, len(j.all)-len(j.found))
	return c
}

type place struct {
	file string
	line int
}

// absent are the lines that include a file which isn't here: that is a fault
// to a person, but no verdict on the language.
func (j *judgement) absent() map[place]bool {
	lines := make(map[place]bool)
	for _, inc := range j.tree.Unresolved() {
		if inc.Reason == kickstart.Missing {
			lines[place{inc.From.Name, inc.Line}] = true
		}
	}
	return lines
}

// verdict is one word: what weighs most.
func (c counts) verdict() string {
	switch {
	case c.Errors > 0:
		return "errors"
	case c.Warnings > 0:
		return "warnings"
	case c.Deprecations > 0:
		return "deprecated"
	}
	return "ok"
}

// writeTSV writes a table with a head, a line a file.
func writeTSV(w io.Writer, judged []judgement) error {
	var b strings.Builder
	b.WriteString("file\tksversion\tverdict\terrors\twarnings\tdeprecations\tlint\tfindings\n")
	for i := range judged {
		j := &judged[i]
		c := j.counts()
		var texts []string
		for _, f := range j.all {
			texts = append(texts, fmt.Sprintf("%s: %d: %s [%s]", f.Level, f.Line, f.Text, f.Rule))
		}
		fmt.Fprintf(&b, "%s\t%s\t%s\t%d\t%d\t%d\t%d\t%s\n", j.name, j.version, c.verdict(), c.Errors, c.Warnings, c.Deprecations, c.Lint,
			strings.NewReplacer("\t", " ", "\n", " ").Replace(strings.Join(texts, " || ")))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// fileJSON is a kickstart in the output of --json.
type fileJSON struct {
	File     string              `json:"file"`
	Version  string              `json:"version"`
	Verdict  string              `json:"verdict"`
	Counts   counts              `json:"counts"`
	Findings []kickstart.Finding `json:"findings"`
}

func (j *judgement) json() fileJSON {
	c := j.counts()
	return fileJSON{j.name, j.version.String(), c.verdict(), c, append([]kickstart.Finding{}, j.all...)}
}

// The parts of SARIF 2.1.0 (OASIS, §3.13 and on) that findings need.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool       sarifTool     `json:"tool"`
		ColumnKind string        `json:"columnKind"`
		Results    []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name    string      `json:"name"`
		Version string      `json:"version"`
		Rules   []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID               string    `json:"id"`
		ShortDescription sarifText `json:"shortDescription"`
	}
	sarifText struct {
		Text string `json:"text"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		Level     string          `json:"level"`
		Message   sarifText       `json:"message"`
		Locations []sarifLocation `json:"locations"`
		Fixes     []sarifFix      `json:"fixes,omitempty"`
	}
	sarifLocation struct {
		PhysicalLocation sarifPlace `json:"physicalLocation"`
	}
	sarifPlace struct {
		ArtifactLocation sarifURI    `json:"artifactLocation"`
		Region           sarifRegion `json:"region"`
	}
	sarifURI struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		StartLine   int `json:"startLine"`
		StartColumn int `json:"startColumn,omitempty"`
		EndLine     int `json:"endLine,omitempty"`
		EndColumn   int `json:"endColumn,omitempty"`
	}
	sarifFix struct {
		Description     sarifText     `json:"description"`
		ArtifactChanges []sarifChange `json:"artifactChanges"`
	}
	sarifChange struct {
		ArtifactLocation sarifURI           `json:"artifactLocation"`
		Replacements     []sarifReplacement `json:"replacements"`
	}
	sarifReplacement struct {
		DeletedRegion   sarifRegion `json:"deletedRegion"`
		InsertedContent sarifText   `json:"insertedContent"`
	}
)

// what SARIF calls our levels
var sarifLevels = map[kickstart.Level]string{
	kickstart.Error: "error", kickstart.Deprecated: "warning", kickstart.Warning: "warning", kickstart.Note: "note",
}

func sarifOf(judged []judgement) sarifLog {
	run := sarifRun{ColumnKind: "utf16CodeUnits", Results: []sarifResult{}}
	run.Tool.Driver = sarifDriver{Name: "kick", Version: tool.Version()}
	for _, r := range lint.Rules() {
		run.Tool.Driver.Rules = append(run.Tool.Driver.Rules, sarifRule{r.ID, sarifText{r.Reason}})
	}
	for _, j := range judged {
		for _, f := range j.all {
			uri := sarifURI{filepath.ToSlash(f.File)}
			r := sarifResult{RuleID: f.Rule, Level: sarifLevels[f.Level], Message: sarifText{f.Text}}
			r.Locations = []sarifLocation{{sarifPlace{uri, sarifRegion{StartLine: max(1, f.Line)}}}}
			if f.Fix != nil {
				r.Fixes = []sarifFix{{sarifText{f.Fix.Does}, []sarifChange{{uri, []sarifReplacement{replacement(f.Fix)}}}}}
			}
			run.Results = append(run.Results, r)
		}
	}
	return sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}}
}

// replacement covers whole lines with their line endings: from the first
// column of the first line to the first column of the line after the last.
func replacement(x *kickstart.Fix) sarifReplacement {
	text := strings.Join(x.With, "\n")
	if len(x.With) > 0 {
		text += "\n"
	}
	end := max(x.First, x.Last+1)
	return sarifReplacement{sarifRegion{StartLine: x.First, StartColumn: 1, EndLine: end, EndColumn: 1}, sarifText{text}}
}
