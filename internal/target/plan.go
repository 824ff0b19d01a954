package target

import (
	"fmt"
	"strings"

	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
)

// The rules of Plan's findings.
const (
	// RuleRefused is an error: the installation must not begin.
	RuleRefused = "target-refused"
	// RuleNotExecuted is for what is understood and not done.
	RuleNotExecuted = "target-not-executed"
	// RulePackage is for what cannot be done for want of a package.
	RulePackage = "target-package"
	// RuleMeaning tells what something comes to on this system.
	RuleMeaning = "target-meaning"
)

// planner collects the steps.
type planner struct {
	*language.Recipe
	facts    *Facts
	config   *Config
	findings []kickstart.Finding
	stack    string // who sets up the network: networkd, NetworkManager or ifupdown
	links    []*link
	services []Service // asked for by other commands than services
	fault    error     // of the source of random numbers
}

// Plan settles what a kickstart makes of the target. It touches nothing, and can
// be called before the disks are written: a finding of level Error says that the
// installation must not begin. The Config then misses something.
func Plan(recipe *language.Recipe, facts Facts) (*Config, []kickstart.Finding) {
	p := &planner{Recipe: recipe, facts: &facts, config: &Config{}}
	p.supported()
	p.readNetwork()
	p.step("names", p.names())
	p.step("file systems", p.fileSystems())
	files, locales := p.language()
	p.step("language", files)
	p.step("keyboard", p.keyboard())
	// What an initramfs is made of is there now: its programs come from packages,
	// its disks and its keyboard from the files above.
	p.add(Step{Name: "initramfs", Actions: p.initramfs(), Beside: true})
	p.step("locales", locales)
	p.step("time", p.time())
	p.step("network", p.network())
	p.step("firewall", p.firewall())
	p.step("accounts", p.accounts())
	p.step("services", p.unitFiles())
	p.step("package sources", p.sources())
	p.step("kickstart", p.keep())
	images, menu := p.bootLoader()
	p.step("boot loader", images)
	p.add(Step{Name: "boot menu", Actions: menu, Last: true})
	if p.fault != nil {
		p.refuse(nil, "making the salt of a password: %v", p.fault)
	}
	kickstart.Sort(p.findings)
	return p.config, p.findings
}

func (p *planner) step(name string, actions []Action) { p.add(Step{Name: name, Actions: actions}) }

func (p *planner) add(s Step) {
	if len(s.Actions) > 0 {
		p.config.Steps = append(p.config.Steps, s)
	}
}

func (p *planner) say(s *language.Statement, rule string, level kickstart.Level, format string, args ...any) {
	f := kickstart.Finding{Rule: rule, Level: level, Text: fmt.Sprintf(format, args...)}
	if s != nil {
		f.File, f.Line = s.File.Name, s.Line()
	}
	p.findings = append(p.findings, f)
}

func (p *planner) refuse(s *language.Statement, format string, args ...any) {
	p.say(s, RuleRefused, kickstart.Error, format, args...)
}

func (p *planner) warn(s *language.Statement, rule, format string, args ...any) {
	p.say(s, rule, kickstart.Warning, format, args...)
}

// lacks warns where a package is missing that something needs.
func (p *planner) lacks(s *language.Statement, pkg, what string) bool {
	if p.facts.has(pkg) {
		return false
	}
	p.warn(s, RulePackage, "%s needs the package %s, which is not installed; add it to %%packages", what, pkg)
	return true
}

// plain refuses control characters: a value goes into a line of a file.
func (p *planner) plain(s *language.Statement, what, value string) bool {
	if strings.ContainsFunc(value, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		p.refuse(s, "%s has a control character in it", what)
		return false
	}
	return true
}

// word holds a value to the letters that names, paths and addresses are made of.
func (p *planner) word(s *language.Statement, what, value string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	if value == "" || strings.Trim(value, letters+"+-._@/:%~") != "" || value[0] == '-' {
		p.refuse(s, "%s: %q cannot be a name here", what, value)
		return false
	}
	return true
}

// head is the comment that files of ours begin with.
func (p *planner) head(also ...string) string {
	by := "Written by the installer"
	if p.facts.Product != "" {
		by += " of " + printable(p.facts.Product)
	}
	text := "# " + by + ", as its kickstart says (/root/anaconda-ks.cfg).\n"
	for _, line := range also {
		text += "# " + line + "\n"
	}
	return text
}

// printable makes a text fit into one line.
func printable(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7f }), " ")
}
