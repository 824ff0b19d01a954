package isotree

import (
	"bytes"
	"cmp"
	"os"
	"path"
	"regexp"
	"strconv"
	"strings"
)

// LabelRef is a place in a boot menu that names the medium by its label.
type LabelRef struct {
	Line  int    // counted from 1
	Label string // decoded: \x20 is a space
	// Where is what names it: a kernel argument such as inst.stage2, or
	// "search --label" or "search --file".
	Where string
}

// LabelsIn finds every reference to a volume label in a menu of ISOLINUX or
// GRUB, whichever it is: kernel arguments that hold LABEL= or CDLABEL=, GRUB's
// search by label, and its search for a marker file below .disk. Comments and
// titles are passed over. Any bytes may be given.
func LabelsIn(config []byte) []LabelRef {
	var refs []LabelRef
	vars := map[string]string{}
	n := 0
	for line := range bytes.Lines(config) {
		n++
		words := shellWords(strings.TrimRight(string(line), "\r\n"))
		words = words[titleWords(words):]
		for i, w := range words {
			words[i] = expand(w, vars)
		}
		for i, w := range words {
			if name, value, ok := strings.Cut(w, "="); ok && i > 0 && words[i-1] == "set" {
				vars[name] = value
			}
			where, label, ok := labelArg(w)
			if !ok {
				where, label, ok = labelSearch(words[i:])
			}
			if ok {
				refs = append(refs, LabelRef{n, label, where})
			}
		}
	}
	return refs
}

// titleWords counts the words at the beginning of a line that are for people.
func titleWords(words []string) int {
	if len(words) == 0 {
		return 0
	}
	switch strings.ToLower(words[0]) {
	case "menu", "say", "title", "echo":
		return len(words)
	case "menuentry", "submenu":
		return min(2, len(words))
	}
	return 0
}

// shellWords splits a line into words as GRUB's shell does, as far as quotes
// and comments go; a semicolon is a word. ISOLINUX has none of these, but its
// arguments end up at the kernel, which knows double quotes. A backslash stays
// where it escapes nothing: \x20 is for those who read the label.
func shellWords(line string) []string {
	var s splitter
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '\\' && s.quote != '\'' && i+1 < len(line) && strings.IndexByte(`'"\ ;#`, line[i+1]) >= 0:
			i++
			s.put(line[i])
		case s.quote != 0:
			s.quoted(c)
		case c == '\'' || c == '"':
			s.quote, s.inWord = c, true
		case c == ' ' || c == '\t':
			s.end()
		case c == ';':
			s.end()
			s.words = append(s.words, ";")
		case c == '#' && !s.inWord:
			return s.words
		default:
			s.put(c)
		}
	}
	s.end()
	return s.words
}

// splitter gathers the bytes of a word.
type splitter struct {
	words  []string
	word   []byte
	inWord bool // also in an empty one, ''
	quote  byte // the one that is open, or 0
}

func (s *splitter) put(c byte) {
	s.word = append(s.word, c)
	s.inWord = true
}

func (s *splitter) quoted(c byte) {
	if c == s.quote {
		s.quote = 0
		return
	}
	s.put(c)
}

func (s *splitter) end() {
	if s.inWord {
		s.words = append(s.words, string(s.word))
	}
	s.word, s.inWord = s.word[:0], false
}

// maxWord bounds a word with its variables put in, in bytes.
const maxWord = 4096

// expand puts in what earlier lines set. What they did not set stays.
func expand(word string, vars map[string]string) string {
	if !strings.Contains(word, "$") {
		return word
	}
	whole := os.Expand(word, func(name string) string {
		if v, ok := vars[name]; ok {
			return v
		}
		return "$" + name
	})
	if len(whole) > maxWord {
		return word
	}
	return whole
}

// labelForms: stage2=hd:LABEL=x, inst.ks=hd:LABEL=x:/ks.cfg, root=live:CDLABEL=x,
// root=LABEL=x; not PARTLABEL, which names no volume.
var labelForms = regexp.MustCompile(`^([A-Za-z0-9_.-]+)=(?:[A-Za-z0-9]+:)?(?:CD)?LABEL=([^:,]*)`)

// labelArg finds the label in a kernel argument.
func labelArg(word string) (where, label string, ok bool) {
	m := labelForms.FindStringSubmatch(word)
	if m == nil || m[2] == "" {
		return "", "", false
	}
	return m[1], unhex(m[2]), true
}

// labelSearch finds the label that a search of GRUB's looks for, whose words
// begin the list (GRUB manual 2.12, §16.3). Options come in any order; the name
// to look for is the first word that is none.
func labelSearch(words []string) (where, label string, ok bool) {
	switch words[0] {
	case "search":
	case "search.fs_label":
		where = searchLabel
	case "search.file":
		where = searchFile
	default:
		return "", "", false
	}
	name := ""
	for _, w := range words[1:] {
		option, value, _ := strings.Cut(w, "=")
		switch option {
		case "--label", "--fs-label", "-l":
			where, name = searchLabel, cmp.Or(value, name)
		case "--file", "-f":
			where, name = searchFile, cmp.Or(value, name)
		}
		if w == ";" || w == "then" || w == "{" || w == "}" {
			break
		}
		if name == "" && !strings.HasPrefix(w, "-") {
			name = w
		}
	}
	switch where {
	case searchLabel:
		return where, unhex(name), name != ""
	case searchFile:
		label, ok = markerOf(name)
		return where, label, ok
	}
	return "", "", false
}

// What LabelRef.Where says of GRUB's searches.
const (
	searchLabel = "search --label"
	searchFile  = "search --file"
)

// markerOf gives the label of a marker file, /.disk/LABEL. The other files
// there are on every Debian medium.
func markerOf(file string) (label string, ok bool) {
	dir, name := path.Split(strings.TrimPrefix(file, "/"))
	switch name {
	case "", "info", "mini-info", "product.toml", "base_installable", "base_components", "cd_type", "udeb_include":
		return "", false
	}
	return name, dir == ".disk/"
}

var hexForm = regexp.MustCompile(`\\x[0-9A-Fa-f]{2}`)

// unhex decodes \x20 and the like, as udev and dracut write a label's strange
// characters.
func unhex(s string) string {
	return hexForm.ReplaceAllStringFunc(s, func(h string) string {
		b, err := strconv.ParseUint(h[2:], 16, 8)
		if err != nil {
			return h
		}
		return string([]byte{byte(b)})
	})
}
