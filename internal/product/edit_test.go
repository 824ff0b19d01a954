package product

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestEdit(t *testing.T) {
	for name, c := range map[string]struct {
		old     string // the line in good, and what it is first replaced with
		now     string
		change  Change
		want    string // the line afterwards
		wantErr string
	}{
		"plain number":         {"number = 1", "number = 1", Change{"NUMBER", "7"}, "number = 7", ""},
		"one more":             {"number = 1", "number = 9 # next", Change{"NUMBER", "+1"}, "number = 10 # next", ""},
		"ten more, lower case": {"number = 1", "number=1", Change{"number", "+10"}, "number=11", ""},
		"hexadecimal":          {"number = 1", "number = 0x0f", Change{"NUMBER", "+1"}, "number = 16", ""},
		"leading zero":         {"number = 1", "number = 1", Change{"NUMBER", "05"}, "number = 5", ""},
		"past 99":              {"number = 1", "number = 99", Change{"NUMBER", "+1"}, "", "NUMBER=+1: 100 does not fit the two digits"},
		"not a number":         {"number = 1", "number = 1", Change{"NUMBER", "one"}, "", "NUMBER=one: write a number from 0 to 99, or +1"},
		"minus":                {"number = 1", "number = 5", Change{"NUMBER", "-1"}, "", "NUMBER=-1: write a number"},
		"a date":               {"date = 2026-11-20", "date = 2026-11-20", Change{"DATE", "2030-01-02"}, "date = 2030-01-02", ""},
		"a date that is text":  {"date = 2026-11-20", `date = "20.11."`, Change{"DATE", "2030-01-02"}, "date = 2030-01-02", ""},
		"no such date":         {"date = 2026-11-20", "date = 2026-11-20", Change{"DATE", "2026-11-31"}, "", `DATE=2026-11-31: "2026-11-31" is not a calendar date; write a date`},
		"a date too early":     {"date = 2026-11-20", "date = 2026-11-20", Change{"DATE", "1970-01-01"}, "", "the changed file would not be right:\nversion.toml:7: "},
		"double quotes":        {`stage = "Beta"`, `stage = "Beta" # "Beta"`, Change{"STAGE", "RC"}, `stage = "RC" # "Beta"`, ""},
		"single quotes":        {`stage = "Beta"`, `stage = 'Beta'`, Change{"STAGE", "RC"}, `stage = 'RC'`, ""},
		"six quotes":           {`stage = "Beta"`, `stage = """Beta"""`, Change{"STAGE", "RC"}, `stage = """RC"""`, ""},
		"six single quotes":    {`stage = "Beta"`, `stage = '''Beta'''`, Change{"STAGE", "RC"}, `stage = '''RC'''`, ""},
		"empty":                {`stage = "Beta"`, `stage = ''`, Change{"STAGE", "RC"}, `stage = 'RC'`, ""},
		"without quotes":       {`stage = "Beta"`, `stage = Beta`, Change{"STAGE", "RC"}, `stage = "RC"`, ""},
		"not text":             {`stage = "Beta"`, `stage = 3`, Change{"STAGE", "RC"}, `stage = "RC"`, ""},
		"quote in the value":   {`stage = "Beta"`, `stage = "Beta"`, Change{"STAGE", `R"C`}, "", `STAGE=R"C: "R\"C" is impossible`},
		"empty value":          {`stage = "Beta"`, `stage = "Beta"`, Change{"STAGE", ``}, "", `STAGE=: "" is impossible`},
		"a long value":         {`stage = "Beta"`, `stage = "Beta"`, Change{"STAGE", `ReleaseCandidate2`}, "", `release.stage has 17 characters`},
		"series":               {`series = "13R"`, `series = "13R"`, Change{"SERIES", "5107R"}, `series = "5107R"`, ""},
		"base":                 {`base = "Debian-13"`, `base = "Debian-13"`, Change{"BASE", "SL-6.0"}, `base = "SL-6.0"`, ""},
		"unknown":              {"number = 1", "number = 1", Change{"STGE", "RC"}, "", "STGE cannot be set; did you mean STAGE?; what can be is SERIES, BASE, DATE, STAGE, NUMBER"},
		"no such key":          {"number = 1\n", "", Change{"NUMBER", "1"}, "", "version.toml has no release.number to change; write number = 1 under [release]"},
		"something else wrong": {"number = 1", "number = 1\nnubmer = 2", Change{"NUMBER", "2"}, "", "version.toml:10: unknown key release.nubmer"},
	} {
		t.Run(name, func(t *testing.T) {
			before := strings.Replace(good, c.old, c.now, 1)
			got, err := Edit("version.toml", []byte(before), []Change{c.change})
			if c.wantErr != "" {
				if err == nil || !strings.Contains(err.Error(), c.wantErr) || got != nil {
					t.Errorf("no %q in %v", c.wantErr, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(strings.Replace(good, c.old, c.want, 1), string(got)); diff != "" {
				t.Errorf("file (-want +got):\n%s", diff)
			}
		})
	}
}

func TestEditReportsAllWrongChanges(t *testing.T) {
	_, err := Edit("version.toml", []byte(good), []Change{{"NUMBER", "x"}, {"STAGE", "a b"}, {"COLOUR", "red"}})
	var unknown *UnknownKey
	if !errors.As(err, &unknown) || unknown.Key != "COLOUR" || strings.Count(err.Error(), "\n") != 2 {
		t.Errorf("got %v", err)
	}
}

// TestEditTouchesNothingElse edits files of random layout: after the edit the
// file says what was asked, and all bytes outside that value are the old ones.
func TestEditTouchesNothingElse(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	values := map[string][]string{
		"SERIES": {"13R", "5107R", "x"}, "BASE": {"SL-6.0", "Debian-13"}, "DATE": {"2031-12-31", "1999-01-01"},
		"STAGE": {"Alpha", "RC", "Final"}, "NUMBER": {"0", "+1", "42"},
	}
	for range 2000 {
		text := randomLayout(rnd)
		key := Settable[rnd.IntN(len(Settable))]
		change := Change{key, values[key][rnd.IntN(len(values[key]))]}
		got, err := Edit("version.toml", []byte(text), []Change{change})
		if err != nil {
			t.Fatalf("%v: %v\n%s", change, err, text)
		}
		const mark = "\x00"
		old := valueOf(t, text, strings.ToLower(key), mark)
		if now := valueOf(t, string(got), strings.ToLower(key), mark); now != old {
			t.Fatalf("%v changed more than the value:\n%s", change, cmp.Diff(old, now))
		}
		before, errBefore := Parse("version.toml", []byte(text))
		after, errAfter := Parse("version.toml", got)
		if errBefore != nil || errAfter != nil {
			t.Fatal(errBefore, errAfter)
		}
		wantRelease(t, before, after, change)
	}
}

// valueOf puts the mark in the place of the value of a key in [release], found
// by its unique spelling in the layout and not by our own scanner.
func valueOf(t *testing.T, text, key, mark string) string {
	t.Helper()
	_, rest, ok := strings.Cut(text, "/*"+key+"*/")
	if !ok {
		t.Fatalf("no %s in\n%s", key, text)
	}
	at := len(text) - len(rest)
	start := at + strings.Index(rest, key+" = ") + len(key) + 3
	end := start + strings.IndexAny(text[start:], " \r\n")
	return text[:start] + mark + text[end:]
}

func wantRelease(t *testing.T, before, after *File, change Change) {
	t.Helper()
	want := before.Release
	switch change.Key {
	case "SERIES":
		want.Series = change.Value
	case "BASE":
		want.Base = change.Value
	case "STAGE":
		want.Stage = change.Value
	case "DATE":
		var err error
		if want.Date, err = ParseDate(change.Value); err != nil {
			t.Fatal(err)
		}
	case "NUMBER":
		if change.Value == "+1" {
			want.Number++
		} else if _, err := fmt.Sscan(change.Value, &want.Number); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want, after.Release); diff != "" {
		t.Fatalf("%v (-want +got):\n%s", change, diff)
	}
	after.Release, after.Epoch = before.Release, before.Epoch
	if diff := cmp.Diff(before, after); diff != "" {
		t.Fatalf("%v changed something else:\n%s", change, diff)
	}
}

// randomLayout is the good file with its keys in random order, quotes, line
// ends and with comments that look like keys.
func randomLayout(rnd *rand.Rand) string {
	quotes := []string{`"`, `'`, `"""`, `'''`}
	text := func(s string) string { q := quotes[rnd.IntN(4)]; return q + s + q }
	lines := []string{
		"# /*series*/ [release] \nseries = " + text("13R"), "# /*base*/ base='x'\n  base = " + text("Debian-13"),
		"#/*date*/\n\tdate = 2026-11-20 # date = 1", "# /*stage*/\nstage = " + text("Beta"), "\n\n#/*number*/\nnumber = 1   # number = 7",
	}
	rnd.Shuffle(len(lines), func(i, j int) { lines[i], lines[j] = lines[j], lines[i] })
	release := "[release] # number = 3\n" + strings.Join(lines, "\n") + "\n"
	from, to := strings.Index(good, "[release]"), strings.Index(good, "[target]")
	out := good[:from] + release + good[to:] + "[values]\nnumber = \"\"\"\n[release]\nnumber = 8\n\"\"\"\n"
	if rnd.IntN(2) == 0 {
		out = good[:from] + good[to:] + release
	}
	if rnd.IntN(2) == 0 {
		out = strings.ReplaceAll(out, "\n", "\r\n")
	}
	if rnd.IntN(4) == 0 {
		out = "\ufeff" + out
	}
	return out
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte("[release]\ndate = 2026-02-30\nstage = x\nnumber = [\n1\n]\n[[repository]]\nkeys = [3, {a=1}]"))
	bad, err := os.ReadFile("testdata/bad.toml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(bad)
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := Parse("version.toml", data)
		if err != nil {
			for line := range strings.SplitSeq(err.Error(), "\n") {
				if !strings.HasPrefix(line, "version.toml:") {
					t.Fatalf("no place in %q", line)
				}
			}
			return
		}
		if label := file.VolumeLabel(); len(label) > MaxLabel || !labelForm.MatchString(label) {
			t.Fatalf("label %q", label)
		}
		if strings.ContainsAny(file.ReleaseName(), "/ \n") || file.Validate() != nil {
			t.Fatalf("name %q, %v", file.ReleaseName(), file.Validate())
		}
	})
}

func FuzzEdit(f *testing.F) {
	f.Add([]byte(good), "NUMBER", "+1")
	f.Add([]byte(good), "STAGE", "RC")
	f.Add([]byte(strings.ReplaceAll(good, "\n", "\r\n")), "DATE", "2030-01-02")
	f.Fuzz(func(t *testing.T, data []byte, key, value string) {
		got, err := Edit("version.toml", data, []Change{{key, value}})
		if err != nil {
			return
		}
		again, err := Edit("version.toml", got, []Change{{key, strings.TrimPrefix(value, "+")}})
		if err != nil || len(value) > 0 && value[0] != '+' && !bytes.Equal(got, again) {
			t.Fatalf("once more: %v\n%s\n%s", err, got, again)
		}
	})
}
