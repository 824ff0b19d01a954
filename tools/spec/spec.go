// Spec shows the whole product as it will be built, and checks its files.
package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"cdbuilder/internal/product"
	"cdbuilder/internal/repo"
	"cdbuilder/internal/tool"

	"github.com/spf13/cobra"
)

func command(t *tool.Tool) *cobra.Command {
	return &cobra.Command{
		Use:   "spec",
		Short: "Show the product as it will be built",
		Long: "Reads version.toml and shows what follows from it: names, label, clock, target, repositories\n" +
			"with the mirrors that will be asked, boot and signing. Nothing is downloaded or written.",
		Example: "  make spec\n  build/bin/spec --json",
		RunE:    func(*cobra.Command, []string) error { return run(t) },
	}
}

// source is a repository with the mirror that will be asked.
type source struct {
	ID         string   `json:"id"`
	Base       string   `json:"base"`
	Suites     []string `json:"suites"`
	Components []string `json:"components"`
	Signed     bool     `json:"signed"`
}

type sheet struct {
	Name    string        `json:"name"`
	Label   string        `json:"label"`
	Epoch   string        `json:"epoch"`
	File    *product.File `json:"product"`
	Sources []source      `json:"sources"`
}

func run(t *tool.Tool) error {
	p, err := t.Product()
	if err != nil {
		return err
	}
	s := sheet{Name: p.ReleaseName(), Label: p.VolumeLabel(), Epoch: p.Epoch.UTC().Format("2006-01-02T15:04:05Z"), File: p}
	for i, r := range p.Repository {
		base, err := repo.Base(r, os.DirFS("/"), t.Getenv)
		if err != nil {
			return err
		}
		p.Repository[i].Mirror = repo.Redact(r.Mirror)
		s.Sources = append(s.Sources, source{r.ID, repo.Redact(base), r.Suites, r.Components, !r.Trusted})
	}
	return t.Result(s, s.print)
}

func (s sheet) print(w io.Writer) error {
	p := s.File
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	row := func(key, format string, args ...any) { fmt.Fprintf(tw, "%s\t%s\n", key, fmt.Sprintf(format, args...)) }
	row("product", "%s (%s)", p.Product.Name, p.Product.Vendor)
	row("release", "%s", s.Name)
	row("label", "%s", s.Label)
	row("clock", "%s", s.Epoch)
	row("target", "%s %s %s %s, kickstarts in %s syntax", p.Target.Family, p.Target.Suite, p.Target.Version, p.Target.Arch, p.Target.Kickstart)
	row("packages", "recommends %v, extra %d, excluded %d", p.Packages.Recommends, len(p.Packages.Extra), len(p.Packages.Exclude))
	for _, src := range s.Sources {
		signed := "signed"
		if !src.Signed {
			signed = "taken unsigned"
		}
		row("repository "+src.ID, "%s %s %s, %s", src.Base, strings.Join(src.Suites, " "), strings.Join(src.Components, " "), signed)
	}
	row("installer", "%s, kernel of %s, shell of %s, kickstart %s", p.Installer.Kind, p.Installer.Kernel, p.Installer.Shell, p.Installer.Kickstart)
	row("boot", "%s; default %s after %d s; serial %s", strings.Join(p.Boot.Firmware, " and "), p.Boot.Default, p.Boot.Timeout, p.Boot.Serial)
	key := p.Signing.Key
	if p.Signing.Demo {
		key += " (published demo key: store refuses it)"
	}
	row("signed by", "%s", key)
	return tw.Flush()
}
