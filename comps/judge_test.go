package comps

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"cdbuilder/internal/judge"

	"github.com/google/go-cmp/cmp"
)

// TestCorpusComps reads every real comps file and holds what we found in it to
// two counts: the corpus's own, made by another XML parser, and one of the raw
// tokens.
func TestCorpusComps(t *testing.T) {
	dir := judge.Corpus(t, "comps")
	total := map[string]int{}
	var agree, broken, refused int
	sources := judge.Sources(t, "comps")
	for _, row := range sources {
		src, err := os.ReadFile(filepath.Join(dir, row["file"]))
		if err != nil {
			t.Fatal(err)
		}
		c, err := Read(bytes.NewReader(src), row["file"])
		if row["wellformed"] != "yes" {
			broken++
			agree += sameBreak(t, row, err)
			continue
		}
		if err != nil {
			refused++
			t.Logf("refused: %v", err)
		}
		got := counts(c)
		want := tokens(t, src)
		for _, column := range []string{"groups", "categories", "environments", "packagereqs"} {
			if fmt.Sprint(got[column]) != row[column] {
				t.Errorf("%s: %d %s, the corpus counts %s", row["file"], got[column], column, row[column])
			}
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-tokens +ours):\n%s", row["file"], d)
			continue
		}
		agree++
		for k, n := range got {
			total[k] += n
		}
	}
	if agree == 0 || total["packagereqs"] == 0 {
		t.Fatal("the corpus gave nothing")
	}
	t.Logf("%v", total)
	t.Logf("comps: %d rows, %d agree, %d differ; %d are not XML, %d refused for what they say",
		len(sources), agree, len(sources)-agree, broken, refused)
}

// sameBreak holds our refusal of a broken file to the place where the
// corpus's parser saw it break.
func sameBreak(t *testing.T, row map[string]string, err error) int {
	var line int
	if _, scanErr := fmt.Sscanf(row["wellformed"], "no: mismatched tag: line %d,", &line); scanErr != nil {
		t.Errorf("%s: a new kind of breakage: %s", row["file"], row["wellformed"])
		return 0
	}
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf(":%d: not well-formed XML", line)) {
		t.Errorf("%s: %s, we say: %v", row["file"], row["wellformed"], err)
		return 0
	}
	return 1
}

func counts(c *Comps) map[string]int {
	n := map[string]int{
		"groups": len(c.Groups), "categories": len(c.Categories), "environments": len(c.Environments), "langpacks": len(c.Langpacks),
	}
	text := func(e Entry) {
		n["translations"] += len(e.Name.Translations) + len(e.Description.Translations)
	}
	for _, g := range c.Groups {
		text(g.Entry)
		n["packagereqs"] += len(g.Packages)
		for _, p := range g.Packages {
			if p.Type == Conditional {
				n["conditional"]++
			}
			if p.Type == Optional {
				n["optional"]++
			}
		}
	}
	refs := func(list []GroupRef) { n["groupids"] += len(list) }
	for _, e := range c.Environments {
		text(e.Entry)
		refs(e.Groups)
		refs(e.Options)
	}
	for _, cat := range c.Categories {
		text(cat.Entry)
		refs(cat.Groups)
	}
	return nonZero(n)
}

// tokens counts the same in the bare tokens of the file.
func tokens(t *testing.T, src []byte) map[string]int {
	t.Helper()
	n := map[string]int{}
	names := map[string]string{
		"group": "groups", "category": "categories", "environment": "environments", "match": "langpacks",
		"packagereq": "packagereqs", "groupid": "groupids",
	}
	dec := xml.NewDecoder(bytes.NewReader(src))
	for {
		tok, err := dec.RawToken()
		if errors.Is(err, io.EOF) {
			return nonZero(n)
		}
		if err != nil {
			t.Fatal(err)
		}
		start, ok := tok.(xml.StartElement)
		if !ok {
			continue
		}
		n[names[start.Name.Local]]++
		for _, a := range start.Attr {
			if a.Name.Local == "type" && (a.Value == "conditional" || a.Value == "optional") {
				n[a.Value]++
			}
			if a.Name.Local == "lang" {
				n["translations"]++
			}
		}
	}
}

func nonZero(n map[string]int) map[string]int {
	for k, v := range n {
		if v == 0 || k == "" {
			delete(n, k)
		}
	}
	return n
}

// TestCorpusEveryGroup asks for all that the real files offer: whatever they
// define can also be selected.
func TestCorpusEveryGroup(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(judge.Corpus(t, "comps"), "*xml*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	asked, chosen := 0, 0
	for _, path := range files {
		src, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		c, _ := Read(bytes.NewReader(src), filepath.Base(path))
		for _, arch := range []string{"x86_64", "aarch64"} {
			a, n := selectEverything(t, c, arch)
			asked, chosen = asked+a, chosen+n
		}
	}
	t.Logf("comps-select: %d requests, %d packages chosen", asked, chosen)
	if chosen == 0 {
		t.Error("nothing was chosen")
	}
}

func selectEverything(t *testing.T, c *Comps, arch string) (asked, chosen int) {
	t.Helper()
	var lines []string
	for _, g := range c.Groups {
		if g.ID != "" && fits(g.Arch, arch) {
			lines = append(lines, "@"+g.ID+" --optional")
		}
	}
	for _, e := range c.Environments {
		if e.ID != "" && fits(e.Arch, arch) {
			lines = append(lines, "@^"+e.ID)
		}
	}
	s, err := c.Select(ask(t, strings.Join(lines, "\n")), arch)
	if err != nil {
		t.Errorf("%s: %v", c.Name, err)
	}
	return len(lines), len(s.Packages)
}

func BenchmarkRead(b *testing.B) {
	files, err := filepath.Glob(filepath.Join(judge.Corpus(b, "comps"), "*xml*"))
	if err != nil || len(files) == 0 {
		b.Fatalf("no files: %v", err)
	}
	var largest []byte
	for _, path := range files {
		src, err := os.ReadFile(path)
		if err != nil {
			b.Fatal(err)
		}
		if len(src) > len(largest) {
			largest = src
		}
	}
	b.SetBytes(int64(len(largest)))
	for b.Loop() {
		if _, err := Read(bytes.NewReader(largest), "c"); err != nil {
			b.Fatal(err)
		}
	}
}
