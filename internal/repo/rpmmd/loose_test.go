package rpmmd

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"cdbuilder/internal/judge"
	"cdbuilder/internal/rpm"
)

// askedOf says what createrepo_c and librepo make of files: a fault or none,
// and what createrepo_c warns of.
const askedOf = `
import createrepo_c as cr, json, librepo, os, sys, tempfile
readers = {
    "primary": lambda p, w: cr.xml_parse_primary(p, warningcb=w, do_files=1, pkgcb=lambda p: None),
    "filelists": lambda p, w: cr.xml_parse_filelists(p, warningcb=w, pkgcb=lambda p: None),
    "other": lambda p, w: cr.xml_parse_other(p, warningcb=w, pkgcb=lambda p: None),
    "repomd": lambda p, w: cr.xml_parse_repomd(p, cr.Repomd(), w),
    "updateinfo": lambda p, w: cr.xml_parse_updateinfo(p, cr.UpdateInfo(), w),
}
def mirrors(path, kind):
    h, r = librepo.Handle(), librepo.Result()
    h.repotype, h.destdir, h.fetchmirrors = librepo.YUMREPO, tempfile.mkdtemp(), True
    if kind == "metalink":
        h.metalinkurl = "file://" + path
    else:
        h.mirrorlisturl = "file://" + path
    h.perform(r)
    return h.mirrors
for line in sys.stdin.read().splitlines():
    kind, path = line.split(" ", 1)
    fault, warnings, urls = "", [], []
    try:
        if kind in readers:
            readers[kind](path, lambda t, m: warnings.append(m) or True)
        else:
            urls = mirrors(path, kind)
    except Exception as e:
        fault = str(e) or "?"
    print(json.dumps({"fault": fault, "warnings": warnings, "urls": urls}))
`

type verdict struct {
	Fault    string
	Warnings []string
	URLs     []string
}

// loose is a single file of metadata.
type loose struct{ kind, path string }

// kinds tell what a file is by how it begins, else by its name.
var kinds = []struct {
	kind string
	is   *regexp.Regexp
}{
	{"repomd", regexp.MustCompile(`<repomd`)}, {"primary", regexp.MustCompile(`<metadata`)}, {"filelists", regexp.MustCompile(`<filelists[ >]`)},
	{"other", regexp.MustCompile(`<otherdata`)}, {"updateinfo", regexp.MustCompile(`<updates`)}, {"metalink", regexp.MustCompile(`<metalink`)},
	{"", regexp.MustCompile(`<comps`)},
}

// looseFiles finds what the corpus has, and gives what is none of ours apart.
func looseFiles(t *testing.T) (files []loose, rest []string) {
	t.Helper()
	dir := judge.Corpus(t, "metadata-loose")
	for _, row := range judge.Sources(t, "metadata-loose") {
		path := filepath.Join(dir, row["file"])
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		kind := ""
		if plain, err := Decompress(bytes.NewReader(text)); err == nil {
			start, _ := io.ReadAll(io.LimitReader(plain, 4096))
			kind = kindOf(row["file"], start)
		}
		if kind == "" {
			rest = append(rest, path)
		} else {
			files = append(files, loose{kind, path})
		}
	}
	return files, rest
}

func kindOf(name string, start []byte) string {
	for _, k := range kinds {
		if k.is.Match(start) {
			return k.kind
		}
	}
	switch {
	case strings.Contains(name, "mirrorlist") && !bytes.Contains(start, []byte("<")):
		return "mirrorlist"
	case !bytes.Contains(start, []byte("<package")):
		return ""
	case strings.Contains(name, "filelists"):
		return "filelists"
	case strings.Contains(name, "primary"):
		return "primary"
	}
	return "other"
}

// ours is our verdict on a file.
func (l loose) ours(t *testing.T) (v verdict) {
	t.Helper()
	f, err := os.Open(l.path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	plain, err := Decompress(f)
	if err != nil {
		return verdict{Fault: err.Error()}
	}
	warn := func(err error) { v.Warnings = append(v.Warnings, err.Error()) }
	switch l.kind {
	case "repomd":
		_, err = ReadRepomd(plain, warn)
	case "primary":
		err = ReadPrimary(plain, warn, func(*rpm.Package) error { return nil })
	case "filelists":
		err = ReadFilelists(plain, warn, func(Entry, []rpm.File) error { return nil })
	case "other":
		err = ReadOther(plain, warn, func(Entry, []rpm.Change) error { return nil })
	case "updateinfo":
		err = ReadUpdateinfo(plain, warn, func(*Advisory) error { return nil })
	case "mirrorlist":
		v.URLs, err = ReadMirrorlist(plain, warn)
	case "metalink":
		var m *Metalink
		if m, err = ReadMetalink(plain, "repomd.xml", warn); err == nil {
			for _, mirror := range m.Mirrors {
				v.URLs = append(v.URLs, mirror.Base())
			}
		}
	}
	if err != nil {
		v.Fault = err.Error()
	}
	return v
}

// TestCorpusMetadataLoose holds the verdict on each single file to that of
// createrepo_c and librepo.
func TestCorpusMetadataLoose(t *testing.T) {
	files, rest := looseFiles(t)
	var input strings.Builder
	for _, f := range files {
		input.WriteString(f.kind + " " + f.path + "\n")
	}
	cmd := exec.Command(judge.Program(t, "/usr/bin/python3"), "-c", askedOf) // Debian's, which has the bindings
	cmd.Stdin = strings.NewReader(input.String())
	out, err := cmd.Output()
	if err != nil {
		judge.Missing(t, "createrepo_c and librepo cannot be asked: %v", err)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	if len(lines) != len(files) {
		t.Fatalf("%d verdicts on %d files", len(lines), len(files))
	}
	agree, refused := 0, 0
	for i, f := range files {
		var want verdict
		if err := json.Unmarshal([]byte(lines[i]), &want); err != nil {
			t.Fatal(err)
		}
		for _, w := range want.Warnings { // createrepo_c finds nothing then, and says so
			if strings.Contains(w, "doesn't contain the expected element") {
				want.Fault = w
			}
		}
		got := f.ours(t)
		if got.Fault != "" {
			refused++
		}
		switch {
		case (got.Fault == "") != (want.Fault == ""):
			t.Errorf("%s %s: we say %q, it is %q", f.kind, filepath.Base(f.path), got.Fault, want.Fault)
		case got.Fault == "" && (len(got.Warnings) == 0) != (len(want.Warnings) == 0):
			t.Errorf("%s %s: we warn of %q, it is %q", f.kind, filepath.Base(f.path), got.Warnings, want.Warnings)
		case strings.Join(got.URLs, " ") != strings.Join(want.URLs, " "):
			t.Errorf("%s %s: we find %q, it is %q", f.kind, filepath.Base(f.path), got.URLs, want.URLs)
		default:
			agree++
		}
	}
	unpacked := unpackRest(t, rest)
	t.Logf("metadata-loose: %d rows, %d agree, %d differ; %d refused; %d more are no metadata, %d of which unpack", len(files), agree, len(files)-agree, refused, len(rest), unpacked)
}

// unpackRest unpacks what is no metadata of ours; zchunk is refused by name.
func unpackRest(t *testing.T, paths []string) (unpacked int) {
	t.Helper()
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		plain, err := Decompress(bytes.NewReader(text))
		if err == nil {
			_, err = io.Copy(io.Discard, plain)
		}
		zck := bytes.HasPrefix(text, []byte("\x00ZCK1"))
		if (err != nil) != zck || zck && !strings.Contains(err.Error(), "zchunk") {
			t.Errorf("%s: %v", filepath.Base(path), err)
		}
		if err == nil {
			unpacked++
		}
	}
	return unpacked
}
