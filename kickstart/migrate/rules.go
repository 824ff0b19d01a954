package migrate

import (
	_ "embed"
	"fmt"
	"strings"
	"sync"

	"github.com/BurntSushi/toml"
)

//go:embed rules.toml
var rulesText string

// Rule says what becomes of a command or an option where the new version
// doesn't have it.
type Rule struct {
	Command string `toml:"command"` // "auth", or "%packages" for the header of a section
	Option  string `toml:"option"`  // with dashes; "words" for the words; empty: the rule is for the command
	Drop    bool   `toml:"drop"`    // it has no effect any more
	Becomes string `toml:"becomes"` // the command's or option's new name; an option may have a value
	Func    string `toml:"func"`    // names a function of steps.go
	Why     string `toml:"why"`     // for the person who reads what was done
}

type ruleKey struct{ command, option string }

var rules = sync.OnceValue(func() map[ruleKey]*Rule {
	all, err := parseRules(rulesText)
	if err != nil {
		panic(err) // they are a part of this program, and a test reads them
	}
	return all
})

func parseRules(text string) (map[ruleKey]*Rule, error) {
	var file struct {
		Rule []*Rule `toml:"rule"`
	}
	md, err := toml.Decode(text, &file)
	if err != nil {
		return nil, fmt.Errorf("rules.toml: %w", err)
	}
	if wrong := md.Undecoded(); len(wrong) > 0 {
		return nil, fmt.Errorf("rules.toml: unknown key %s", wrong[0])
	}
	all := make(map[ruleKey]*Rule)
	for _, r := range file.Rule {
		key := ruleKey{r.Command, r.Option}
		_, command := commandFuncs[r.Func]
		_, option := optionFuncs[r.Func]
		switch {
		case all[key] != nil:
			return nil, fmt.Errorf("rules.toml: %s %s has two rules", r.Command, r.Option)
		case r.Func != "" && !command && !option:
			return nil, fmt.Errorf("rules.toml: %s %s: there is no function %q", r.Command, r.Option, r.Func)
		case r.Func == "" && (r.Why == "" || r.Drop == (r.Becomes != "")):
			return nil, fmt.Errorf("rules.toml: %s %s needs why, and either drop or becomes", r.Command, r.Option)
		}
		all[key] = r
	}
	return all, nil
}

func find(command, option string) *Rule { return rules()[ruleKey{command, option}] }

// option is the name of the option that it becomes.
func (r *Rule) option() string {
	name, _, _ := strings.Cut(r.Becomes, "=")
	return name
}
