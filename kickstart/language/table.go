package language

// Command is a row of the tables: a command of the language.
type Command struct {
	Name       string     `toml:"name"`
	Aliases    []string   `toml:"aliases"`    // other names for the same command: partition for part
	Does       string     `toml:"does"`       // in one sentence, for a person
	In         Spans      `toml:"in"`         // the versions that have it; none named: all of them
	Deprecated Spans      `toml:"deprecated"` // the versions that still take it, with a warning, and do nothing
	Instead    string     `toml:"instead"`    // what to write where it is deprecated or gone
	Successor  string     `toml:"successor"`  // the command that takes its place, where one does
	Loose      bool       `toml:"loose"`      // where it is deprecated anything may stand behind it
	Raw        bool       `toml:"raw"`        // its line isn't options and words: all arguments are its words, for a check to judge
	Words      []Words    `toml:"words"`      // what may stand beside the options; no row: nothing
	Options    []Option   `toml:"options"`    // in the order of the canonical form
	Rules      []Rule     `toml:"rules"`
	Unique     []Unique   `toml:"unique"`    // saying it twice is worth a warning
	Excludes   []Excludes `toml:"excludes"`  // commands that cannot stand in the same file
	Section    string     `toml:"section"`   // the section that the command stands in, instead of outside: "anaconda"
	Canonical  string     `toml:"canonical"` // names the function that writes the canonical form, where the options' order can't
}

// Words says what may stand beside the options.
type Words struct {
	In       Spans    `toml:"in"`
	Name     string   `toml:"name"`     // "mount point", for messages
	Min      int      `toml:"min"`      // fewest
	Max      int      `toml:"max"`      // most; 0: any number
	Choices  []string `toml:"choices"`  // what they may be; none: anything
	Path     int      `toml:"path"`     // the number, from 1, of the one that is a mount point: /home/ is read as /home
	Position string   `toml:"position"` // in the canonical form: "first" (the default), "last", "split" (the first word first, the others last)
	Print    string   `toml:"print"`    // in the canonical form: empty (as they are), or as an option's
}

// Option is a row of a command's table.
type Option struct {
	Name       string   `toml:"name"`       // canonical, with dashes: "--fstype"
	Aliases    []string `toml:"aliases"`    // other spellings, with dashes
	Does       string   `toml:"does"`       // for a person, where the name doesn't say it
	In         Spans    `toml:"in"`         // none named: as long as the command exists
	Deprecated Spans    `toml:"deprecated"` // taken with a warning
	Instead    string   `toml:"instead"`    // what to write where it is deprecated or gone
	Type       string   `toml:"type"`       // "" (a switch), "text", "int", "float", "bool", "list", or "optional" (a text that may be left out)
	Choices    []string `toml:"choices"`    // what the value may be
	Fold       bool     `toml:"fold"`       // the choices count in any case
	Min        *int64   `toml:"min"`        // of an int
	Max        *int64   `toml:"max"`
	NotEmpty   bool     `toml:"not_empty"` // an empty value is refused
	Repeat     bool     `toml:"repeat"`    // every occurrence counts, not the last alone
	Choice     string   `toml:"choice"`    // of the options with the same choice the last said counts alone: "mode"
	Implies    []string `toml:"implies"`   // switches that it says too: an MD5 password is a crypted one
	Required   Spans    `toml:"required"`  // the versions that demand it; "all" for every one

	// The canonical form:
	Means   string            `toml:"means"`   // this option stands for another: "--type=plain"
	Default string            `toml:"default"` // written also where the line doesn't say it
	Like    string            `toml:"like"`    // where the line doesn't say it, the value of this other option is written
	Print   string            `toml:"print"`   // "" (--name=value), "quoted" (--name="value"), "escaped" (and \" for the quotes in it), "hash" (quoted where it has a #), "no"
	With    string            `toml:"with"`    // written only where this other option is given: "--encrypted"; or is not: "!--list"
	Hide    string            `toml:"hide"`    // the value that isn't written, because it is what not saying it means
	Alone   bool              `toml:"alone"`   // where it is given nothing else is written
	Zero    bool              `toml:"zero"`    // the number 0 is written too, and says something to rules
	Same    map[string]string `toml:"same"`    // values, in lower case, that stand for others: {partition = "plain"}
	Fixed   string            `toml:"fixed"`   // "upper", "lower", "raid" (5 and raid5 are RAID5), "md" (md0 is 0), "base" (without /dev/), "last" (behind the last slash), "onoff" (on or off)
}

// Rule is a condition on a line's options.
type Rule struct {
	In       Spans    `toml:"in"`
	Level    string   `toml:"level"`    // "error" (the default), "deprecated", "warning" or "note"
	Conflict []string `toml:"conflict"` // at most one of them; "words" stands for the words
	OneOf    []string `toml:"one_of"`   // at least one of them
	When     string   `toml:"when"`     // where this option is given ("--fstype", or "--fstype=tmpfs" with that value; "word=use" for a first word), …
	Need     []string `toml:"need"`     // … these must be given too
	Refuse   []string `toml:"refuse"`   // … these must not be given
	Check    string   `toml:"check"`    // names a function of checks.go
	ID       string   `toml:"id"`       // the identifier of its findings; none: option-conflict
	Say      string   `toml:"say"`      // the message, where a made one would not explain it
}

// Unique says what makes two lines of a command the same thing.
type Unique struct {
	In    Spans    `toml:"in"`
	By    []string `toml:"by"`    // options whose values together are the name; "word" stands for the first word
	Level string   `toml:"level"` // "warning" (the default) or "error"
	Empty bool     `toml:"empty"` // naming nothing twice counts as well
	Not   []string `toml:"not"`   // names that may occur often: "swap"
}

// Excludes names commands that cannot stand in one file with this one.
type Excludes struct {
	In       Spans    `toml:"in"`
	Commands []string `toml:"commands"`
}
