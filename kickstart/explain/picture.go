package explain

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Picture draws the disks, the volume groups and the arrays as bars, width
// columns wide (at least 40). The widths of the cells are only roughly those of
// the sizes: every name stays readable.
func (st *Storage) Picture(width int) string {
	width = max(width, 40)
	var b strings.Builder
	for _, d := range st.Disks {
		title := d.Name
		if title == "" {
			title = "the disk that the installer chooses"
		}
		bar(&b, title, st.cells(d.Partitions), width)
	}
	for _, a := range st.Arrays {
		v := a.Volume
		title := fmt.Sprintf("%s, %s over %s", a.Device, a.Level, strings.Join(a.Members, ", "))
		bar(&b, title, []cell{{[]string{st.use(&v), v.detail(false)}, 1}}, width)
	}
	for _, g := range st.Groups {
		title := fmt.Sprintf("volume group %s", g.Name)
		if len(g.Members) > 0 {
			title += " on " + strings.Join(g.Members, ", ")
		}
		bar(&b, title, st.cells(g.Volumes), width)
	}
	return b.String()
}

// cell is one box of a bar.
type cell struct {
	lines  []string
	weight float64 // of its size among the others
}

func (st *Storage) cells(volumes []*Volume) []cell {
	var largest int64 = 1
	for _, v := range volumes {
		largest = max(largest, v.Size)
	}
	cells := make([]cell, len(volumes))
	for i, v := range volumes {
		weight := float64(v.Size)
		if v.Grow || v.Percent > 50 {
			weight = 2 * float64(largest)
		}
		cells[i] = cell{[]string{st.use(v), v.size(), v.detail(true)}, max(weight, 1)}
	}
	return cells
}

// detail is the file system and what else is special.
func (v *Volume) detail(short bool) string {
	var parts []string
	if v.FS != "" && v.FS != v.Mount {
		parts = append(parts, v.FS)
	}
	if v.Encrypted {
		parts = append(parts, "LUKS")
	}
	if v.Keep && short {
		parts = append(parts, "kept")
	}
	return strings.Join(parts, ", ")
}

// bar draws cells beside one another, or as a list where they don't fit.
func bar(b *strings.Builder, title string, cells []cell, width int) {
	fmt.Fprintf(b, "%s\n", title)
	if len(cells) == 0 {
		b.WriteString("  (nothing)\n")
		return
	}
	widths, ok := divide(cells, width-len(cells)-1)
	if !ok {
		for _, c := range cells {
			fmt.Fprintf(b, "  %s\n", strings.Join(slices.DeleteFunc(c.lines, func(s string) bool { return s == "" }), ", "))
		}
		return
	}
	rule := func(left, between, right string) {
		parts := make([]string, len(cells))
		for i, w := range widths {
			parts[i] = strings.Repeat("─", w)
		}
		b.WriteString(left + strings.Join(parts, between) + right + "\n")
	}
	rule("┌", "┬", "┐")
	for row := range len(cells[0].lines) {
		if !slices.ContainsFunc(cells, func(c cell) bool { return c.lines[row] != "" }) {
			continue
		}
		for i, c := range cells {
			text := c.lines[row]
			b.WriteString("│ " + text + strings.Repeat(" ", widths[i]-1-utf8.RuneCountInString(text)))
		}
		b.WriteString("│\n")
	}
	rule("└", "┴", "┘")
}

// divide gives each cell what its text needs, and what is left by weight.
func divide(cells []cell, width int) ([]int, bool) {
	widths := make([]int, len(cells))
	var sum float64
	left := width
	for i, c := range cells {
		for _, l := range c.lines {
			widths[i] = max(widths[i], utf8.RuneCountInString(l)+2)
		}
		left -= widths[i]
		sum += c.weight
	}
	if left < 0 {
		return nil, false
	}
	given := 0
	for i, c := range cells {
		more := int(float64(left) * c.weight / sum)
		widths[i] += more
		given += more
	}
	widths[len(widths)-1] += left - given
	return widths, true
}
