package rpm

import (
	"fmt"
	"strings"
)

// Scriptlet is a program that rpm runs when it installs or erases the package.
type Scriptlet struct {
	// Phase is when: "pretrans", "pre", "post", "preun", "postun", "posttrans",
	// "preuntrans", "postuntrans", "verify".
	Phase string
	// Interp is the interpreter with its arguments; "<lua>" is rpm's own.
	Interp []string
	Flags  ScriptFlags
	Body   string // may be empty: then the interpreter is the program
}

// ScriptFlags say how a scriptlet is treated before it runs.
type ScriptFlags uint32

// The flags of scriptlets (rpmscript.h).
const (
	ScriptExpand   ScriptFlags = 1 << 0 // macros are expanded
	ScriptQFormat  ScriptFlags = 1 << 1 // it is a queryformat
	ScriptCritical ScriptFlags = 1 << 2 // its failure stops the package
)

// scriptTags are the tags of a scriptlet.
type scriptTags struct {
	phase             string
	body, prog, flags Tag
	sense             Sense // of what the scriptlet requires
}

// scriptlets are all of them, in the order in which rpm runs them.
var scriptlets = []scriptTags{
	{"pretrans", TagPreTrans, TagPreTransProg, TagPreTransFlags, SensePretrans},
	{"pre", TagPreIn, TagPreInProg, TagPreInFlags, SenseScriptPre},
	{"post", TagPostIn, TagPostInProg, TagPostInFlags, SenseScriptPost},
	{"preuntrans", TagPreUnTrans, TagPreUnTransProg, TagPreUnTransFlags, SenseScriptPreun},
	{"preun", TagPreUn, TagPreUnProg, TagPreUnFlags, SenseScriptPreun},
	{"postun", TagPostUn, TagPostUnProg, TagPostUnFlags, SenseScriptPostun},
	{"posttrans", TagPostTrans, TagPostTransProg, TagPostTransFlags, SensePosttrans},
	{"postuntrans", TagPostUnTrans, TagPostUnTransProg, TagPostUnTransFlags, SenseScriptPostun},
	{"verify", TagVerifyScript, TagVerifyScriptProg, TagVerifyFlags, SenseScriptVerify},
}

// Scriptlets lists the package's scriptlets.
func (h *Header) Scriptlets() []Scriptlet {
	var out []Scriptlet
	for _, tags := range scriptlets {
		if !h.Has(tags.body) && !h.Has(tags.prog) {
			continue
		}
		s := Scriptlet{Phase: tags.phase, Body: h.Text(tags.body), Interp: h.Texts(tags.prog)}
		if len(s.Interp) == 0 {
			s.Interp = []string{"/bin/sh"}
		}
		flags, _ := h.Number(tags.flags)
		s.Flags = ScriptFlags(flags)
		out = append(out, s)
	}
	return out
}

// Trigger is a scriptlet that runs when other packages, or files of other
// packages, come or go.
type Trigger struct {
	Kind TriggerKind
	// On are the packages, or the beginnings of the paths, that set it off.
	On       []Dep
	Interp   []string
	Flags    ScriptFlags
	Body     string
	Priority uint32 // of file triggers: higher ones run first
}

// TriggerKind tells what sets a trigger off.
type TriggerKind uint8

// The kinds of triggers.
const (
	OnPackage      TriggerKind = iota // %triggerin and its like
	OnFile                            // %filetriggerin, once for each package
	OnFileAtTheEnd                    // %transfiletriggerin, once for a transaction
)

// Phase is when the trigger runs: "prein", "in", "un" or "postun".
func (t *Trigger) Phase() string {
	if len(t.On) > 0 {
		switch flags := t.On[0].Flags; {
		case flags&SenseTriggerPrein != 0:
			return "prein"
		case flags&SenseTriggerIn != 0:
			return "in"
		case flags&SenseTriggerUn != 0:
			return "un"
		case flags&SenseTriggerPostun != 0:
			return "postun"
		}
	}
	return ""
}

// triggerTags are the tags of a kind of trigger.
type triggerTags struct {
	kind                               TriggerKind
	deps                               depTags
	index, body, prog, flags, priority Tag
}

var triggers = []triggerTags{
	{OnPackage, depTags{TagTriggerName, TagTriggerFlags, TagTriggerVersion}, TagTriggerIndex, TagTriggerScripts, TagTriggerScriptProg, TagTriggerSFlags, 0},
	{OnFile, depTags{TagFileTriggerName, TagFileTriggerFlags, TagFileTriggerVersion}, TagFileTriggerIndex, TagFileTriggerScripts, TagFileTriggerScriptProg, TagFileTriggerSFlags, TagFileTriggerPriorities},
	{OnFileAtTheEnd, depTags{TagTransFileTriggerName, TagTransFileTriggerFlags, TagTransFileTriggerVersion}, TagTransFileTriggerIndex, TagTransFileTriggerScripts, TagTransFileTriggerScriptProg, TagTransFileTriggerSFlags, TagTransFileTriggerPriorities},
}

// Triggers lists the package's triggers.
func (h *Header) Triggers() ([]Trigger, error) {
	var out []Trigger
	for _, tags := range triggers {
		found, err := h.triggersOf(tags)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	return out, nil
}

func (h *Header) triggersOf(tags triggerTags) ([]Trigger, error) {
	deps, err := h.deps(tags.deps)
	if err != nil {
		return nil, err
	}
	index, bodies, progs := h.Numbers(tags.index), h.Texts(tags.body), h.Texts(tags.prog)
	flags, priorities := h.Numbers(tags.flags), h.Numbers(tags.priority)
	if len(index) != len(deps) {
		return nil, fmt.Errorf("%w: %d names in trigger tag %d, %d scripts to them", ErrFormat, len(deps), tags.deps.name, len(index))
	}
	out := make([]Trigger, len(bodies))
	for i, body := range bodies {
		out[i] = Trigger{Kind: tags.kind, Body: body, Interp: []string{"/bin/sh"}}
		if i < len(progs) && progs[i] != "" {
			out[i].Interp = strings.Fields(progs[i])
		}
		if i < len(flags) {
			out[i].Flags = ScriptFlags(flags[i])
		}
		if i < len(priorities) {
			out[i].Priority = uint32(priorities[i])
		}
	}
	for i, d := range deps {
		if index[i] >= uint64(len(out)) {
			return nil, fmt.Errorf("%w: trigger on %s runs script %d of %d", ErrFormat, d, index[i], len(out))
		}
		t := &out[index[i]]
		t.On = append(t.On, d)
	}
	return out, nil
}
