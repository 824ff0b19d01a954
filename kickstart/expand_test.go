package kickstart

import (
	"testing"
	"time"

	"cdbuilder/internal/product"

	"github.com/google/go-cmp/cmp"
)

func demoData() Data {
	return NewData(&product.File{
		Product: product.Product{ID: "Demo", Name: "Demo Server", Vendor: "Somebody"},
		Release: product.Release{Series: "1R", Number: 5, Date: product.Date{Time: time.Date(2025, 8, 9, 0, 0, 0, 0, time.UTC)}},
		Target:  product.Target{Arch: "amd64"},
		Values:  map[string]string{"timezone": "Europe/Vienna", "keyboard": "us"},
	}, "Demo-1R-13-20250809-Beta-05", "DEMO-1R")
}

func TestExpand(t *testing.T) {
	cases := []struct{ name, text, want string }{
		{"plain", "text\n", "text\n"},
		{"variables", "{{ .Product.Name }} {{ .Release.Name }} {{.Release.Series}} {{ .Label }} {{ .Values.timezone }}",
			"Demo Server Demo-1R-13-20250809-Beta-05 1R DEMO-1R Europe/Vienna"},
		{"a method with an argument", `{{ .Release.Date.Format "02.01.2006" }} {{ .Release.Day }}`, "09.08.2025 2025-08-09"},
		{"with", "{{ with .Product }}{{ .Name }} on {{ $.Label }}{{ end }}", "Demo Server on DEMO-1R"},
		{"range over a map", "{{ range $k, $v := .Values }}{{ $k }}={{ $v }};{{ end }}", "keyboard=us;timezone=Europe/Vienna;"},
		{"a value that may be missing", `{{ with index .Values "proxy" }}{{ . }}{{ else }}none{{ end }}`, "none"},
		{"functions", `{{ printf "%02d" .Release.Number }} {{ if eq .Target.Arch "amd64" }}yes{{ end }}`, "05 yes"},
		{"define", `{{ define "x" }}<{{ .Name }}>{{ end }}{{ template "x" .Product }}`, "<Demo Server>"},
		{"braces for a script", "docker {{ \"{{ .ID }}\" }}", "docker {{ .ID }}"},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := Expand("k", c.text, demoData())
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(c.want, string(got)); d != "" {
				t.Errorf("text (-want +got):\n%s", d)
			}
		})
	}
}

func TestExpandFaults(t *testing.T) {
	cases := []struct {
		name, text string
		want       []string
	}{
		{"all at once", "{{ .Produkt.Name }}\n{{ .Product.Nam }}\n\n{{ .Values.timezon }}\n{{ .Lable }}{{ upper .Label }}", []string{
			`k:1: unknown variable .Produkt; did you mean ".Product"?`,
			`k:2: unknown variable .Product.Nam; did you mean ".Product.Name"?`,
			`k:4: unknown variable .Values.timezon; did you mean ".Values.timezone"?`,
			`k:5: unknown variable .Lable; did you mean ".Label"?`,
			`k:5: unknown function "upper"`,
		}},
		{"in a branch not taken", "{{ if false }}\n{{ .Values.x }}{{ end }}",
			[]string{"k:2: unknown variable .Values.x; there is .Values.keyboard, .Values.timezone"}},
		{"inside with", "{{ with .Product }}{{ .Label }}{{ end }}",
			[]string{"k:1: unknown variable .Label; there is .ID, .Name, .Summary, .URL, .Vendor"}},
		{"through $", "{{ range .Values }}\n{{ $.Laabel }}{{ end }}", []string{`k:2: unknown variable $.Laabel; did you mean "$.Label"?`}},
		{"as an argument", `{{ printf "%s" (index .Valuess "x") }}`, []string{`k:1: unknown variable .Valuess; did you mean ".Values"?`}},
		{"field of a text", "{{ .Label.x }}", []string{`k:1: unknown variable .Label.x`}},
		{"syntax", "a\n{{ .Label", []string{"k:2: filling the template: unclosed action"}},
		{"in a definition", "\n{{ define \"x\" }}{{ .Nope }}{{ end }}{{ template \"x\" .Product }}",
			[]string{"k:2: unknown variable .Nope; there is .ID, .Name, .Summary, .URL, .Vendor"}},
		{"while running", "\n{{ define \"x\" }}\n{{ .Nope }}{{ end }}{{ template \"x\" (index .Values \"timezone\") }}",
			[]string{"k:3: filling the template: <.Nope>: can't evaluate field Nope in type string"}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, err := Expand("k", c.text, demoData())
			if d := cmp.Diff(c.want, lines(err)); d != "" {
				t.Errorf("faults (-want +got):\n%s", d)
			}
		})
	}
}

func TestRender(t *testing.T) {
	out, f, err := Render("k", "timezone {{ .Values.timezone }}\n%packages\nvim\n%end\n", demoData(), rhel9(t))
	if err != nil {
		t.Fatal(err)
	}
	if string(out) != "timezone Europe/Vienna\n%packages\nvim\n%end\n" || len(Requests(f)) != 2 {
		t.Errorf("rendered %q with %v", out, Requests(f))
	}
	if _, _, err := Render("k", "%packages\n{{ .Label }}\n", demoData(), rhel9(t)); err == nil {
		t.Errorf("%s is accepted unclosed after filling", "%packages")
	}
}
