package product

import (
	"strings"
	"testing"
)

func TestVolumeLabel(t *testing.T) {
	for name, c := range map[string]struct {
		id, series, base, stage string
		given, want             string
	}{
		"all fits":              {"BX", "5R", "SL-6", "RC", "", "BX-5R-SL-6-20110715-RC-05"},
		"32 to the letter":      {"CDdemo", "13R", "D-13", "Beta", "", "CDdemo-13R-D-13-20110715-Beta-05"},
		"without base":          {"BlueOnyx", "5107R", "SL-6.0", "Beta", "", "BlueOnyx-5107R-20110715-Beta-05"},
		"without date":          {"BlueOnyxPro", "5107R", "SL-6.0", "Beta", "", "BlueOnyxPro-5107R-Beta-05"},
		"without series":        {"BlueOnyxProfessional", "5107R", "SL-6.0", "Beta", "", "BlueOnyxProfessional-Beta-05"},
		"id cut":                {strings.Repeat("x", 32), "5107R", "SL-6.0", "Beta", "", strings.Repeat("x", 24) + "-Beta-05"},
		"id cut, longest stage": {strings.Repeat("x", 32), "1", "2", strings.Repeat("s", 16), "", strings.Repeat("x", 12) + "-" + strings.Repeat("s", 16) + "-05"},
		"given":                 {"CDdemo", "13R", "D-13", "Beta", "MINE", "MINE"},
	} {
		t.Run(name, func(t *testing.T) {
			f := &File{Product: Product{ID: c.id}, Boot: Boot{Label: c.given},
				Release: Release{Series: c.series, Base: c.base, Date: NewDate(2011, 7, 15), Stage: c.stage, Number: 5}}
			got := f.VolumeLabel()
			if got != c.want || len(got) > MaxLabel || !labelForm.MatchString(got) {
				t.Errorf("got %s, want %s", got, c.want)
			}
		})
	}
}

func TestReleaseName(t *testing.T) {
	f := &File{Product: Product{ID: "BlueOnyx"},
		Release: Release{Series: "5107R", Base: "SL-6.0", Date: NewDate(2011, 7, 15), Stage: "Beta", Number: 5}}
	if got, want := f.ReleaseName(), "BlueOnyx-5107R-SL-6.0-20110715-Beta-05"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestParseSerial(t *testing.T) {
	for text, want := range map[string]string{
		"ttyS0": "ttyS0,115200n8", "ttyS1,9600": "ttyS1,9600n8", "ttyAMA0,38400e7": "ttyAMA0,38400e7", "hvc0": "hvc0,115200n8",
		"COM1": "", "ttyS": "", "ttyS0,": "", "ttyS0,115200n9": "", "ttyS0 115200": "", "ttyS0,115200n8r": "", "": "",
	} {
		s, err := ParseSerial(text)
		if got := s.String(); err == nil && got != want || err != nil && want != "" {
			t.Errorf("%q: got %s, %v; want %q", text, got, err, want)
		}
	}
}

func TestNear(t *testing.T) {
	words := []string{"series", "base", "date", "stage", "number", "suite"}
	for word, want := range map[string]string{
		"serie": "series", "Stage": "stage", "nubmer": "number", "siute": "suite", "x": "", "wonderland": "", "dat": "date",
	} {
		if got := nearest(word, words); got != want {
			t.Errorf("%s: got %q, want %q", word, got, want)
		}
	}
}
