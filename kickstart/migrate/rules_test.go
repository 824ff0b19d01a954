package migrate

import (
	"maps"
	"slices"
	"testing"

	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"

	"github.com/google/go-cmp/cmp"
)

// TestRulesNameWhatThereWas holds the rules to the tables: a rule for a command
// or an option that no version ever had would never be used.
func TestRulesNameWhatThereWas(t *testing.T) {
	for key, rule := range rules() {
		rows := rowsOf(key.command)
		if len(rows) == 0 {
			t.Errorf("no version has the command %s", key.command)
			continue
		}
		if key.option != "" && key.option != "words" && !hasOption(rows, key.option) {
			t.Errorf("no version of %s has the option %s", key.command, key.option)
		}
		if rule.Becomes == "" {
			continue
		}
		if key.option == "" && len(rowsOf(rule.Becomes)) == 0 || key.option != "" && !hasOption(rows, rule.option()) {
			t.Errorf("%s %s becomes %s, which there never was", key.command, key.option, rule.Becomes)
		}
	}
}

func rowsOf(command string) (rows []*language.Command) {
	tables := language.All()
	for _, c := range tables.Commands {
		if c.Name == command {
			rows = append(rows, c)
		}
	}
	for _, s := range tables.Sections {
		if "%"+s.Name == command {
			rows = append(rows, s)
		}
	}
	return rows
}

func hasOption(rows []*language.Command, option string) bool {
	for _, c := range rows {
		for _, o := range c.Options {
			if o.Name == option {
				return true
			}
			for _, alias := range o.Aliases {
				if alias == option {
					return true
				}
			}
		}
	}
	return false
}

// forAPerson is what is gone or deprecated in the newest RHEL and has no rule,
// because no program knows what its author would want instead.
var forAPerson = []string{
	"autopart --hw-passphrase", // not in RHEL yet
	"bootloader --hvargs",      // for Xen's hypervisor
	"btrfs",                    // RHEL has no Btrfs
	"device",                   // modules that must be loaded by hand
	"ignoredisk --interactive", // names no disks
	"module",                   // which packages take a stream's place
	"network --teamconfig",     // a bond is set up otherwise
	"network --teamslaves",
	"nvdimm",
	"part --end", // a size must be found for it
	"part --hw-passphrase",
	"part --start",
	"upgrade",
	"vnc", // rdp needs a user's name
}

// TestWhatIsGoneHasARule fails where the tables say that something went, and
// neither a rule nor a person is there for it.
func TestWhatIsGoneHasARule(t *testing.T) {
	newest := version(t, "RHEL10")
	d := language.For(newest)
	gone := make(map[string]bool)
	for _, c := range language.All().Commands {
		if c.Section != "" || !everRHEL(c) {
			continue
		}
		now := d.Command(c.Name)
		if now == nil || now.Deprecated.Has(newest) {
			if find(c.Name, "") == nil {
				gone[c.Name] = true
			}
			continue
		}
		for _, o := range c.Options {
			row := d.Option(c.Name, o.Name)
			if (row == nil || row.Deprecated.Has(newest)) && find(c.Name, o.Name) == nil {
				gone[c.Name+" "+o.Name] = true
			}
		}
	}
	if d := cmp.Diff(forAPerson, slices.Sorted(maps.Keys(gone))); d != "" {
		t.Errorf("gone without a rule (-known +is):\n%s", d)
	}
}

func everRHEL(c *language.Command) bool {
	for _, v := range []string{"RHEL5", "RHEL6", "RHEL7", "RHEL8"} {
		syntax, _ := kickstart.ParseSyntax(v)
		if c.In.HasOrEmpty(syntax) {
			return true
		}
	}
	return false
}
