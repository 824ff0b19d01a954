package install

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"
)

// bar is the line that shows how far the installation is. It overwrites itself.
type bar struct {
	mu     sync.Mutex
	out    io.Writer
	now    func() time.Time
	begun  time.Time
	steps  []step
	at     int     // the step
	part   float64 // of it, 0 to 1
	text   string  // what is being done
	shown  string
	last   time.Time
	before float64 // of the whole, when the step began
}

func newBar(out io.Writer, now func() time.Time, steps []step) *bar {
	return &bar{out: out, now: now, begun: now(), steps: steps}
}

// begin says that a step begins.
func (b *bar) begin(i int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	done, total := 0, 0
	for n, s := range b.steps {
		total += s.weight
		if n < i {
			done += s.weight
		}
	}
	b.at, b.part, b.text = i, 0, b.steps[i].does
	b.before = float64(done) / float64(max(total, 1))
	b.erase()
}

// note says what is being done within the step, which may take long.
func (b *bar) note(text string) { b.begins(-1, text) }

// begins says what is being done from now on, and is shown at once; to is for
// what comes often.
func (b *bar) begins(part float64, text string) {
	b.mu.Lock()
	b.last = time.Time{}
	b.mu.Unlock()
	b.to(part, text)
}

// to says how much of the step is done, 0 to 1; less than 0: as before.
func (b *bar) to(part float64, text string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if part >= 0 {
		b.part = min(part, 1)
	}
	b.text = text
	b.show()
}

// whole is how much of all is done, 0 to 1.
func (b *bar) whole() float64 {
	total := 0
	for _, s := range b.steps {
		total += s.weight
	}
	return b.before + b.part*float64(b.steps[b.at].weight)/float64(max(total, 1))
}

// refresh is how long a line stands at least: a serial line is slow.
const refresh = 500 * time.Millisecond

func (b *bar) show() {
	now := b.now()
	if now.Sub(b.last) < refresh {
		return
	}
	b.last = now
	whole := b.whole()
	const cells = 20
	full := int(whole * cells)
	line := fmt.Sprintf("[%s%s] %3d %%  ", strings.Repeat("#", full), strings.Repeat(".", cells-full), int(whole*100))
	left := remaining(now.Sub(b.begun), whole)
	room := 79 - len(line) - len(left)
	line += fmt.Sprintf("%-*.*s", room, room, b.text) + left
	if line != b.shown {
		b.shown = line
		fmt.Fprint(b.out, "\r"+line)
	}
}

// remaining estimates the time that is left.
func remaining(gone time.Duration, whole float64) string {
	if whole < 0.03 || gone < 10*time.Second {
		return ""
	}
	left := time.Duration(float64(gone) * (1 - whole) / whole)
	switch {
	case left < time.Minute:
		return "  < 1 min left"
	default:
		return fmt.Sprintf("  %d min left", int(left.Minutes()+0.5))
	}
}

// clear takes the line away, so that other lines can be printed.
func (b *bar) clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.erase()
}

func (b *bar) erase() {
	if b.shown != "" {
		fmt.Fprint(b.out, "\r"+strings.Repeat(" ", 79)+"\r")
	}
	b.shown, b.last = "", time.Time{}
}
