package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"cdbuilder/internal/tool"
	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
	"cdbuilder/kickstart/lint"
	"cdbuilder/kickstart/scripts"

	"github.com/spf13/cobra"
)

type lintOptions struct {
	options
	sarif, tsv, fix bool
	firmware        []string
	disks           []string
	medium          bool
	family          string
	ignore          []string
	fail            string
	rules           bool
}

func lintCommand(t *tool.Tool) *cobra.Command {
	var o lintOptions
	cmd := &cobra.Command{
		Use:   "lint [flags] FILE...",
		Short: "Judge kickstarts: by their version of the language, and by what they will do",
		Long: "Reads each kickstart with all that it includes, by the version of the language it is for, and\n" +
			"says what the installer refuses, what is deprecated, and what it will take although it cannot\n" +
			"be meant. A comment \"# kick: ignore=RULE\" on a line, or on the line above, silences a rule\n" +
			"there; \"# kick: ignore-file=RULE\" does so in the whole file. - reads standard input.",
		Example: "  build/bin/kick lint --version RHEL9 ks.cfg\n" +
			"  build/bin/kick lint --firmware uefi --disk 20G --fix ks.cfg\n" +
			"  build/bin/kick lint --sarif *.ks > kickstarts.sarif",
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error { return o.run(cmd.Context(), t, args) },
	}
	f := cmd.Flags()
	o.flags(f)
	f.BoolVar(&o.sarif, "sarif", false, "write SARIF 2.1.0")
	f.BoolVar(&o.tsv, "tsv", false, "write a line a file: file, version, verdict, counts")
	f.BoolVar(&o.fix, "fix", false, "mend in the files what can be mended without guessing")
	f.StringSliceVar(&o.firmware, "firmware", nil, "what the machines start with: bios, uefi")
	f.StringArrayVar(&o.disks, "disk", nil, "the target's disk, as `[NAME=]SIZE`: 20G, sda=500G; may be repeated")
	f.BoolVar(&o.medium, "medium", false, "judge as for a CD that brings the packages along")
	f.StringVar(&o.family, "family", "", "what is installed: debian, rhel or fedora")
	f.StringSliceVar(&o.ignore, "ignore", nil, "`rules` to leave out")
	f.StringVar(&o.fail, "fail", "error", "the lightest `level` that makes the exit code 1: error, deprecated, warning, note")
	f.BoolVar(&o.rules, "rules", false, "list the rules")
	cmd.MarkFlagsMutuallyExclusive("sarif", "tsv")
	return cmd
}

func (o *lintOptions) run(ctx context.Context, t *tool.Tool, args []string) error {
	if o.rules {
		return listRules(t)
	}
	if len(args) == 0 {
		return tool.Usage("name the kickstarts to judge, or - for standard input")
	}
	facts, fail, err := o.facts()
	if err != nil {
		return err
	}
	readings, readErr := o.readAll(ctx, t, args)
	judged := make([]judgement, len(readings))
	for i, r := range readings {
		judged[i] = o.judge(r, facts)
	}
	if o.fix {
		if readErr = errors.Join(readErr, o.mend(ctx, t, judged, facts)); readErr != nil {
			return readErr
		}
	}
	if err := o.write(t, judged); err != nil {
		return err
	}
	return errors.Join(readErr, verdictOf(judged, fail))
}

// facts reads what the flags say of the machine.
func (o *lintOptions) facts() (lint.Facts, kickstart.Level, error) {
	f := lint.Facts{Firmware: o.firmware, Medium: o.medium, CD: o.medium, Family: o.family}
	if !slices.Contains([]string{"", "debian", "rhel", "fedora"}, o.family) {
		return f, 0, tool.Usage("--family is debian, rhel or fedora, not %q", o.family)
	}
	for _, fw := range o.firmware {
		if fw != "bios" && fw != "uefi" {
			return f, 0, tool.Usage("--firmware is bios, uefi or both, not %q", fw)
		}
	}
	for _, d := range o.disks {
		disk, err := parseDisk(d)
		if err != nil {
			return f, 0, tool.Usage("--disk: %w", err)
		}
		f.Disks = append(f.Disks, disk)
	}
	known := lint.Rules()
	for _, id := range o.ignore {
		if !slices.ContainsFunc(known, func(r lint.Rule) bool { return r.ID == id }) && !strings.Contains(id, "-") {
			return f, 0, tool.Usage("--ignore: there is no rule %q; kick lint --rules lists them", id)
		}
	}
	levels := map[string]kickstart.Level{"note": kickstart.Note, "warning": kickstart.Warning, "deprecated": kickstart.Deprecated, "error": kickstart.Error}
	fail, ok := levels[o.fail]
	if !ok {
		return f, 0, tool.Usage("--fail is error, deprecated, warning or note, not %q", o.fail)
	}
	return f, fail, nil
}

// parseDisk reads 20G or sda=500G; K, M, G and T are powers of 1,024.
func parseDisk(s string) (lint.Disk, error) {
	name, size, ok := strings.Cut(s, "=")
	if !ok {
		name, size = "", s
	}
	units := map[byte]int64{'M': 1, 'G': 1 << 10, 'T': 1 << 20}
	size = strings.TrimSuffix(strings.TrimSuffix(strings.ToUpper(size), "IB"), "B")
	if size == "" {
		return lint.Disk{}, fmt.Errorf("%q has no size; write 20G", s)
	}
	unit, ok := units[size[len(size)-1]]
	n, err := strconv.ParseInt(strings.TrimRight(size, "MGT"), 10, 32)
	if !ok || err != nil || n <= 0 {
		return lint.Disk{}, fmt.Errorf("%q is no size; write 500M, 20G or 2T", s)
	}
	return lint.Disk{Name: name, Size: n * unit}, nil
}

// judgement is a kickstart with all that was found.
type judgement struct {
	*reading
	all []kickstart.Finding // of the language and of lint, silenced ones left out
}

// shell is what /bin/sh is in the installed system.
func (o *lintOptions) shell() scripts.Dialect {
	if o.family == "debian" {
		return scripts.Dash
	}
	return scripts.Bash
}

func (o *lintOptions) judge(r *reading, facts lint.Facts) judgement {
	facts.Tree = r.tree
	found := slices.Concat(r.open, scripts.Check(r.tree, o.shell(), scripts.Dash), merge(r.found, lint.Check(r.recipe, facts)))
	found = lint.Silence(found, r.tree.Files(), otherRules(), mediumRules())
	found = slices.DeleteFunc(found, func(f kickstart.Finding) bool { return slices.Contains(o.ignore, f.Rule) })
	kickstart.Sort(found)
	return judgement{r, found}
}

// merge puts what the language and lint found together. Of a clearpart with
// words both speak, and lint says more.
func merge(found, linted []kickstart.Finding) []kickstart.Finding {
	return slices.DeleteFunc(slices.Concat(found, linted), func(f kickstart.Finding) bool {
		return f.Rule == language.RuleWords && slices.ContainsFunc(linted, func(l kickstart.Finding) bool {
			return l.Rule == "clearpart-words" && l.File == f.File && l.Line == f.Line
		})
	})
}

func many(n int, what string) string {
	if n != 1 {
		what += "s"
	}
	return fmt.Sprintf("%d %s", n, what)
}

// rounds bounds how often fixes are applied: one may bring the next to light.
const rounds = 20

// mend applies the fixes to the files until there are none left.
func (o *lintOptions) mend(ctx context.Context, t *tool.Tool, judged []judgement, facts lint.Facts) error {
	for i := range judged {
		if judged[i].name == "-" {
			return tool.Usage("--fix mends files; standard input is none")
		}
		done := 0
		for range rounds {
			src, n := lint.Apply(judged[i].src, judged[i].own())
			if n == 0 || bytes.Equal(src, judged[i].src) {
				break
			}
			r := &reading{name: judged[i].name, src: src, version: judged[i].version}
			if err := o.reread(ctx, t, r); err != nil {
				return err
			}
			judged[i] = o.judge(r, facts)
			done += n
		}
		if done == 0 {
			continue
		}
		if err := rewrite(judged[i].name, judged[i].src); err != nil {
			return err
		}
		t.Say("%s: mended in %s", judged[i].name, many(done, "place"))
	}
	return nil
}

// own are the findings about the file itself, not about what it includes.
func (j *judgement) own() []kickstart.Finding {
	return slices.DeleteFunc(slices.Clone(j.all), func(f kickstart.Finding) bool { return f.File != j.name })
}

func (o *lintOptions) write(t *tool.Tool, judged []judgement) error {
	switch {
	case o.sarif:
		enc := json.NewEncoder(t.Stdout)
		enc.SetIndent("", "  ")
		return enc.Encode(sarifOf(judged))
	case o.tsv:
		return writeTSV(t.Stdout, judged)
	}
	files := make([]fileJSON, len(judged))
	for i, j := range judged {
		files[i] = j.json()
	}
	return t.Result(files, func(w io.Writer) error { return o.text(t, w, judged) })
}

// text writes the findings for a person, and a closing line.
func (o *lintOptions) text(t *tool.Tool, w io.Writer, judged []judgement) error {
	var b strings.Builder
	count := make(map[kickstart.Level]int)
	paint := t.Paint()
	for _, j := range judged {
		for i := range j.all {
			f := &j.all[i]
			count[f.Level]++
			b.WriteString(paint(colours[f.Level], f.String()) + "\n")
			if f.Fix != nil {
				fmt.Fprintf(&b, "    --fix: %s\n", f.Fix.Does)
			}
		}
	}
	if _, err := io.WriteString(w, b.String()); err != nil {
		return err
	}
	t.Say("%s: %s, %d deprecated, %s, %s", many(len(judged), "file"), many(count[kickstart.Error], "error"),
		count[kickstart.Deprecated], many(count[kickstart.Warning], "warning"), many(count[kickstart.Note], "note"))
	return nil
}

var colours = map[kickstart.Level]tool.Colour{
	kickstart.Error: tool.Red, kickstart.Deprecated: tool.Yellow, kickstart.Warning: tool.Yellow, kickstart.Note: tool.Plain,
}

// verdictOf is an error where something is at least as heavy as fail.
func verdictOf(judged []judgement, fail kickstart.Level) error {
	bad := 0
	for _, j := range judged {
		if slices.ContainsFunc(j.all, func(f kickstart.Finding) bool { return f.Level >= fail }) {
			bad++
		}
	}
	switch {
	case bad == 0:
		return nil
	case len(judged) == 1:
		return fmt.Errorf("%s has faults", judged[0].name)
	}
	return fmt.Errorf("%d of %d kickstarts have faults", bad, len(judged))
}

func listRules(t *tool.Tool) error {
	rules := lint.Rules()
	return t.Result(rules, func(w io.Writer) error {
		for _, r := range rules {
			fix := ""
			if r.Fixable {
				fix = " (--fix)"
			}
			if _, err := fmt.Fprintf(w, "%-28s %-10s %s%s\n", r.ID, r.Level, r.Reason, fix); err != nil {
				return err
			}
		}
		return nil
	})
}
