package scripts

import (
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// installers are the commands that get packages, with the words that make them
// do so. Where there are none, the option letters i, U or F do (rpm, dpkg).
var installers = map[string][]string{
	"dnf": dnfVerbs, "dnf5": dnfVerbs, "yum": dnfVerbs, "microdnf": dnfVerbs, "dnf-3": dnfVerbs,
	"apt-get": {"install", "reinstall", "build-dep"}, "apt": {"install", "reinstall"}, "aptitude": {"install"},
	"zypper": {"install", "in"}, "rpm-ostree": {"install"}, "urpmi": nil,
	"pip": {"install"}, "pip3": {"install"}, "pip2": {"install"}, "pipx": {"install"}, "gem": {"install"},
	"npm": {"install", "i"}, "yarn": {"add", "global"}, "cpan": nil, "cpanm": nil, "snap": {"install"}, "flatpak": {"install"},
	"easy_install": nil, "cargo": {"install"}, "go": {"install"},
	"rpm": nil, "dpkg": nil,
}

var dnfVerbs = []string{"install", "reinstall", "localinstall", "groupinstall", "group", "groups", "swap", "upgrade-minimal", "module"}

// effects notes what a command leaves behind that matters to later ones.
func (w *walker) effects(base string, args []field) {
	if verbs, ok := installers[base]; ok {
		w.install(base, verbs, args)
		return
	}
	switch base {
	case "chmod", "tee", "touch", "ln", "cp", "mv", "install", "curl", "wget", "sed", "alternatives", "update-alternatives":
		for _, a := range args {
			// A directory may take in what is copied: its name with each base.
			if a.known && strings.HasPrefix(a.text, "/") {
				w.writes(a.text)
			}
		}
		w.into(args)
	case "tar", "unzip", "make", "cpio", "rsync", "git", "svn", "scp", "rpm2cpio", "unsquashfs", "7z", "ansible-pull", "ansible-playbook", "puppet", "cmake", "ninja":
		w.anything()
	}
}

// into notes the files that a command puts into the directory that is its last
// argument.
func (w *walker) into(args []field) {
	if len(args) < 2 {
		return
	}
	dir := args[len(args)-1]
	if !dir.known || !strings.HasPrefix(dir.text, "/") {
		return
	}
	for _, a := range args[:len(args)-1] {
		if !strings.HasPrefix(a.text, "-") {
			w.writes(path.Join(dir.text, path.Base(a.text)))
		}
	}
}

func (w *walker) writes(file string) {
	file = path.Clean(file)
	if w.written[file] == 0 {
		w.written[file] = w.nth + 1
	}
}

// redirects walks the redirections of a statement; here-documents are not code
// for now.
func (w *walker) redirects(s *syntax.Stmt, sc scope) {
	for _, r := range s.Redirs {
		if r.Word != nil {
			w.words(r.Word, sc)
		}
		if r.Hdoc != nil {
			w.words(r.Hdoc, sc)
		}
		switch r.Op {
		case syntax.RdrOut, syntax.AppOut, syntax.RdrClob, syntax.RdrAll, syntax.AppAll:
			if name, ok := literal(r.Word); ok && strings.HasPrefix(name, "/") {
				w.writes(name)
			}
		}
	}
}

// install notes the packages that a command gets.
func (w *walker) install(base string, verbs []string, args []field) {
	begun := false
	for i, a := range args {
		switch {
		case base == "rpm" || base == "dpkg":
			if i == 0 && !gets(base, a.text) {
				return
			}
			begun = true
		case verbs == nil:
			begun = true
		case !begun:
			begun = a.known && slices.Contains(verbs, a.text)
			continue
		}
		if strings.HasPrefix(a.text, "-") {
			continue
		}
		if !a.known || strings.ContainsAny(a.text, "/*") {
			w.anything()
			continue
		}
		w.nth++
		w.out.Installs = append(w.out.Installs, Install{Name: a.text, By: base, Line: w.at(a.word), nth: w.nth})
		if strings.HasPrefix(a.text, "@") || base == "group" || slices.Contains([]string{"groupinstall", "group", "groups"}, args[0].text) {
			w.anything()
		}
	}
}

// gets reports whether rpm or dpkg is called to install.
func gets(base, options string) bool {
	if long, ok := strings.CutPrefix(options, "--"); ok {
		return slices.Contains([]string{"install", "upgrade", "freshen", "unpack"}, long)
	}
	if base == "dpkg" {
		return options == "-i"
	}
	return strings.HasPrefix(options, "-") && strings.ContainsAny(options[1:2], "iUF")
}

// pip notes the packages of python3 -m pip install.
func (w *walker) pip(args []field) {
	if args[0].text == "pip" {
		w.install("pip", installers["pip"], args[1:])
	}
}

// assignment notes what a script adds to $PATH.
func (w *walker) assignment(a *syntax.Assign) {
	if a.Name == nil || a.Name.Value != "PATH" || a.Value == nil {
		return
	}
	text, ok := literal(a.Value)
	if !ok {
		text, _ = w.template(a.Value)
		if text == "" {
			text = w.source(a.Value)
		}
	}
	for dir := range strings.SplitSeq(text, ":") {
		dir = strings.Trim(dir, `"'`)
		if strings.HasPrefix(dir, "/") && !slices.Contains(binaries, dir) && !slices.Contains(w.out.Path, dir) {
			w.out.Path = append(w.out.Path, strings.TrimRight(dir, "/"))
		}
	}
}
