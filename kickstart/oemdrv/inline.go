package oemdrv

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"cdbuilder/kickstart"
)

// Inline gives a kickstart in one piece, as a volume must hold it: in the place
// of each %include whose file was found stands what is in the file. What only
// the installer can follow stays: addresses, files on the medium, files that a
// %pre script writes. Any other is a fault, for the installer would not find
// it either; all are reported at once, each a *kickstart.Fault.
//
// A %ksappend in an included file is left out, as pykickstart does.
func Inline(t *kickstart.Tree) ([]byte, error) {
	in := inliner{tree: t}
	in.file(t.Root)
	return in.out.Bytes(), errors.Join(in.faults...)
}

type inliner struct {
	tree   *kickstart.Tree
	out    bytes.Buffer
	faults []error
}

func (in *inliner) file(f *kickstart.File) {
	number := 0
	for line := range bytes.Lines(f.Bytes()) {
		number++
		inc := in.tree.Included(f, number)
		switch {
		case inc == nil:
			in.line(line)
		case inc.File != nil:
			in.file(inc.File)
		default:
			in.left(inc, line)
		}
	}
}

// line adds a line, behind one that the end of a file left open.
func (in *inliner) line(line []byte) {
	if b := in.out.Bytes(); len(b) > 0 && b[len(b)-1] != '\n' {
		in.out.WriteByte('\n')
	}
	in.out.Write(line)
}

// left is for an inclusion that brings nothing.
func (in *inliner) left(inc *kickstart.Inclusion, line []byte) {
	var why string
	switch inc.Reason {
	case kickstart.AtInstall, kickstart.OnMedium, kickstart.Offline:
		in.line(line)
		return
	case kickstart.Skipped:
		return
	case kickstart.InInstaller:
		why = "no %pre script writes it, and it is not on the volume: write its content here, or its name relative to this file"
	case kickstart.Missing:
		why = "there is no such file, and the installer finds none either: the volume holds this kickstart alone"
	default:
		why = "it cannot be read"
		if inc.Err != nil {
			why += ": " + inc.Err.Error()
		}
	}
	in.faults = append(in.faults, &kickstart.Fault{File: inc.From.Name, Line: inc.Line,
		Text: fmt.Sprintf("%s: %s", strings.TrimSpace(string(line)), why)})
}
