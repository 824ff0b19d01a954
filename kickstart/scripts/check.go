package scripts

import "cdbuilder/kickstart"

// SyntaxRule is the identifier of what Check finds.
const SyntaxRule = "script-syntax"

// Check reads the scripts of a kickstart and reports what their interpreters
// will not understand. Target is what /bin/sh is in the installed system,
// installer what it is in the installer.
func Check(tree *kickstart.Tree, target, installer Dialect) (all []kickstart.Finding) {
	for file, s := range tree.Scripts() {
		for _, fault := range Of(s, target, installer).Faults {
			f := kickstart.Finding{Rule: SyntaxRule, Level: kickstart.Warning, File: file.Name, Line: fault.Line,
				Text: "%" + s.When + ": " + fault.Text}
			if fault.Fatal {
				f.Level = kickstart.Error
			}
			all = append(all, f)
		}
	}
	return all
}

// Of reads a script of a kickstart.
func Of(s kickstart.Script, target, installer Dialect) *Script {
	sh := installer
	if s.Chroot {
		sh = target
	}
	return Source{Interpreter: s.Interpreter, Body: s.Body, Line: s.Line + 1, Sh: sh}.Read()
}
