package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"strings"

	"cdbuilder/comps"

	"github.com/spf13/cobra"
)

// merger makes one comps of several.
type merger struct {
	*desk
	medium bool
}

func (d *desk) mergeCommand() *cobra.Command {
	m := merger{desk: d}
	cmd := &cobra.Command{
		Use:   "merge [FILE]...",
		Short: "Write one canonical comps of several and the product's own",
		Long: "Merges the comps of FILEs with the product's own, which wins, and writes the result to standard\n" +
			"output in canonical form. A FILE may also be the directory of a repository of the RPM family:\n" +
			"its repodata/ names the comps. With --medium only what the lock has on the medium is left.",
		Example: "  build/bin/comps merge > canonical.xml\n  build/bin/comps merge vendor.xml > all.xml\n  build/bin/comps merge --medium > medium.xml",
		Args:    cobra.ArbitraryArgs,
		RunE:    func(_ *cobra.Command, args []string) error { return m.run(args) },
	}
	cmd.Flags().BoolVar(&m.medium, "medium", false, "leave out what is not on the medium")
	return cmd
}

func (m *merger) run(files []string) error {
	var all []*comps.Comps
	var faults []error
	for _, name := range files {
		c, err := readAny(name)
		all, faults = append(all, c), append(faults, err)
	}
	own, err := comps.ReadFile(m.path())
	if err := errors.Join(append(faults, err)...); err != nil {
		return err
	}
	merged := comps.Merge(m.path(), append(all, own)...)
	for _, w := range merged.Warnings {
		m.Warn("%v", w)
	}
	if m.medium {
		if merged, err = m.filter(merged); err != nil {
			return err
		}
	}
	var text bytes.Buffer
	if err := merged.Write(&text); err != nil {
		return err
	}
	return m.Result(map[string]string{"text": text.String()}, func(w io.Writer) error {
		_, err := w.Write(text.Bytes())
		return err
	})
}

// readAny reads a comps file, or the one of a repository in a directory.
func readAny(name string) (c *comps.Comps, err error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return comps.ReadFile(name)
	}
	err = readData(name, "group", func(r io.Reader) error {
		c, err = comps.Read(r, name+" (comps)")
		return err
	})
	return c, err
}

// filter leaves what is on the medium, and the groups that kickstarts ask for.
func (m *merger) filter(c *comps.Comps) (*comps.Comps, error) {
	p, err := m.Product()
	if err != nil {
		return nil, err
	}
	lock, err := m.Lock()
	if err != nil {
		return nil, err
	}
	there := make(map[string]bool)
	for i := range lock.Package {
		there[lock.Package[i].Name] = lock.Package[i].Role == "medium"
	}
	want := comps.Medium{Has: func(name string) bool { return there[name] }, Arch: p.Target.Arch}
	for _, asked := range lock.Asked {
		_, request, _ := strings.Cut(asked, ": ")
		if group, ok := strings.CutPrefix(request, "@"); ok {
			id, _, _ := strings.Cut(strings.TrimPrefix(group, "^"), " ")
			want.Keep = append(want.Keep, id)
		}
	}
	out, dropped := c.Filter(want)
	for _, d := range dropped {
		if d.Name != "" && d.Type == comps.Mandatory {
			m.Warn("%s", d)
		}
	}
	m.Say("%s left; the medium lacks %s", many(len(out.Groups), "group"), many(len(dropped), "thing"))
	return out, nil
}
