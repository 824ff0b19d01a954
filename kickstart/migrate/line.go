package migrate

import (
	"strings"

	"cdbuilder/kickstart"
	"cdbuilder/kickstart/language"
)

// line is a command line that is being rewritten; what isn't touched stays as
// it is written, quotes, blanks and comment included.
type line struct {
	indent  string
	words   []word
	comment string // from the # on, with the blanks before it
	touched bool
	gone    bool
	before  []string // lines to put above
	after   []string // lines to put below
}

// word is one word with what stands between it and the one before.
type word struct {
	gap, raw, text string
}

// newLine takes a node's line apart; ok is false where its quotes are faulty.
func newLine(n *kickstart.Node) (*line, bool) {
	text := n.Text()
	fields, comment, err := kickstart.Fields(text)
	if err != nil || len(fields) == 0 {
		return nil, false
	}
	l := &line{indent: text[:fields[0].Start]}
	end := fields[0].Start
	for _, f := range fields {
		l.words = append(l.words, word{text[end:f.Start], text[f.Start:f.End], f.Text})
		end = f.End
	}
	if rest := text[end:]; comment < len(text) {
		l.comment = rest
	}
	return l, true
}

func (l *line) changed() bool { return l.touched || len(l.before)+len(l.after) > 0 }

// text is the line as it is now, with the lines around it.
func (l *line) text() []string {
	all := append([]string(nil), l.before...)
	if !l.gone {
		var b strings.Builder
		b.WriteString(l.indent)
		for _, w := range l.words {
			b.WriteString(w.gap + w.raw)
		}
		b.WriteString(l.comment)
		all = append(all, b.String())
	}
	return append(all, l.after...)
}

func (l *line) drop() { l.gone, l.touched = true, true }

// say puts a remark above the line that stays: what the old line said would be
// lost otherwise.
func (l *line) say(remark string) { l.before = append(l.before, "# migrated: "+remark) }

func (l *line) below(text string) { l.after = append(l.after, text) }

func (l *line) rename(at int, to string) {
	l.words[at].raw, l.words[at].text, l.touched = to, to, true
}

// replace writes the whole line anew; its comment stays.
func (l *line) replace(words ...string) {
	l.words, l.touched = l.words[:1], true
	l.words[0].raw, l.words[0].text = words[0], words[0]
	for _, w := range words[1:] {
		l.add(w)
	}
}

// add appends a word.
func (l *line) add(text string) {
	raw := text
	if name, value, ok := strings.Cut(text, "="); ok && strings.HasPrefix(name, "--") {
		raw = name + "=" + kickstart.Quote(value)
	} else if !strings.HasPrefix(text, "--") {
		raw = kickstart.Quote(text)
	}
	l.words, l.touched = append(l.words, word{" ", raw, text}), true
}

// index is the place of an option, or -1.
func (l *line) index(g language.Given) int {
	for i, w := range l.words {
		name, _, _ := strings.Cut(w.text, "=")
		if i > 0 && name == g.Spelled {
			return i
		}
	}
	return -1
}

// dropOption takes an option out, with its value where that is the next word.
func (l *line) dropOption(g language.Given) {
	i := l.index(g)
	if i < 0 {
		return
	}
	n := 1
	if g.Type != "" && !strings.Contains(l.words[i].text, "=") && i+1 < len(l.words) {
		n = 2
	}
	l.words, l.touched = append(l.words[:i:i], l.words[i+n:]...), true
}

func (l *line) renameOption(g language.Given, to string) {
	i := l.index(g)
	if i < 0 {
		return
	}
	w := &l.words[i]
	w.raw = to + strings.TrimPrefix(w.raw, g.Spelled)
	w.text = to + strings.TrimPrefix(w.text, g.Spelled)
	l.touched = true
}

func (l *line) dropWord(text string) {
	for i := 1; i < len(l.words); i++ {
		if l.words[i].text == text {
			l.words, l.touched = append(l.words[:i:i], l.words[i+1:]...), true
			return
		}
	}
}
