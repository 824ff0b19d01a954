package tool

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"cdbuilder/internal/world"

	"golang.org/x/term"
)

// terminalOf reports whether stderr is a terminal, and how wide.
func terminalOf(env *world.Env) (bool, int) {
	f, ok := env.Stderr.(*os.File)
	if !ok || env.Getenv("TERM") == "dumb" || !term.IsTerminal(int(f.Fd())) {
		return false, 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil || width < 20 {
		width = 80
	}
	return true, width
}

// Unit says how a progress's numbers read.
type Unit uint8

// The units of progress.
const (
	Bytes Unit = iota
	Items
)

// Progress shows how far long work is: a bar on a terminal, a sparse line in a
// pipe, one JSON object a line with --json, nothing with --quiet.
type Progress struct {
	t     *Tool
	title string
	unit  Unit
	total int64 // 0: not known

	mu           sync.Mutex
	done         int64
	begun, shown time.Time
	every        time.Duration
	printed      bool
}

// Progress begins to show work of that many bytes or items; 0 is unknown.
func (t *Tool) Progress(title string, total int64, unit Unit) *Progress {
	now := t.Now()
	p := &Progress{t: t, title: title, unit: unit, total: total, begun: now, shown: now}
	switch {
	case t.JSON:
		p.every = time.Second
	case t.terminal:
		p.every = 100 * time.Millisecond
	default:
		p.every = 10 * time.Second
	}
	return p
}

// Add tells that n more bytes or items are done. It may be called from several
// goroutines.
func (p *Progress) Add(n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done += n
	if now := p.t.Now(); !p.t.Quiet && now.Sub(p.shown) >= p.every {
		p.shown = now
		p.show(now)
	}
}

// End takes the bar away. Call it when the work is over, well or not.
func (p *Progress) End() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.printed && p.t.terminal && !p.t.JSON {
		fmt.Fprintf(p.t.Stderr, "\r%*s\r", p.t.width-1, "")
	}
}

func (p *Progress) show(now time.Time) {
	p.printed = true
	if p.t.JSON {
		_ = json.NewEncoder(p.t.Stderr).Encode(map[string]any{
			"tool": p.t.Name, "step": p.title, "done": p.done, "total": p.total,
		})
		return
	}
	line := fmt.Sprintf("%s: %s %s", p.t.Name, p.title, p.amount(p.done))
	if p.total > 0 {
		line += " of " + p.amount(p.total)
		if left := p.left(now); left > 0 {
			line += fmt.Sprintf(", %s left", left.Round(time.Second))
		}
	}
	if !p.t.terminal {
		fmt.Fprintln(p.t.Stderr, line)
		return
	}
	if room := p.t.width - len(line) - 4; p.total > 0 && room >= 10 {
		full := int(int64(room) * min(p.done, p.total) / p.total)
		line += " [" + strings.Repeat("#", full) + strings.Repeat(".", room-full) + "]"
	}
	fmt.Fprintf(p.t.Stderr, "\r%-*.*s", p.t.width-1, p.t.width-1, line)
}

// left estimates the time that remains, from the mean pace so far.
func (p *Progress) left(now time.Time) time.Duration {
	spent := now.Sub(p.begun)
	if p.done <= 0 || p.done >= p.total || spent < time.Second {
		return 0
	}
	return time.Duration(float64(spent) / float64(p.done) * float64(p.total-p.done))
}

func (p *Progress) amount(n int64) string {
	if p.unit == Items {
		return fmt.Sprint(n)
	}
	return Size(n)
}

// Size writes a number of bytes for people: 640 KiB, 1.4 GiB.
func Size(n int64) string {
	const units = "KMGT"
	if n < 1024 {
		return fmt.Sprintf("%d B", n)
	}
	f, i := float64(n)/1024, 0
	for f >= 1024 && i < len(units)-1 {
		f, i = f/1024, i+1
	}
	if f < 10 {
		return fmt.Sprintf("%.1f %ciB", f, units[i])
	}
	return fmt.Sprintf("%.0f %ciB", f, units[i])
}
