package wizard

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	_ "cdbuilder/internal/wizard/dark" // before bubbletea is there

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
)

// question is one screen.
type question interface {
	// topic is what it belongs to: a topic of several questions is asked as a
	// whole.
	topic() string
	title(d *draft) string
	help(d *draft) string
	// asked says whether what was answered before leaves it to ask.
	asked(d *draft) bool
	// begin shows what the draft has.
	begin(d *draft, s styles)
	// key takes a key. With next the answer is in the draft.
	key(k tea.KeyMsg, d *draft) (move, error)
	// lines draws it in so many lines.
	lines(s styles, height int) []string
}

// move is where a key leads.
type move int

const (
	stay    move = iota
	next         // to the following question
	back         // to the one before
	there        // to the topic that the summary names
	confirm      // yes
)

// draft is what was answered so far.
type draft struct {
	Answers
	facts  Facts
	random io.Reader
	check  func([]byte) error
	base   int
	said   said
	begun  bool // the defaults of a basis are in
	// root says that root gets the password, and there is no user.
	root bool
	// other says that the card is one to be typed.
	other bool
	// wants are a fixed address and a VLAN.
	fixed, vlan bool
	goTo        string // the topic that the summary leads to
}

func (d *draft) basis() Basis { return d.facts.Bases[d.base] }

// take makes a basis the one, and its words the defaults.
func (d *draft) take(n int) {
	if d.begun && n == d.base {
		return
	}
	d.base, d.begun = n, true
	d.said = d.basis().says()
	s := d.said
	d.Hostname, d.Zone, d.Network = s.hostname, s.zone, s.network
	d.User, d.FullName, d.Hash, d.root = s.user, s.fullName, "", s.root || !d.sudo()
	d.fixed, d.vlan = d.Network.Address.IsValid(), d.Network.VLAN > 0
}

// sudo reports whether a user could become root.
func (d *draft) sudo() bool { return d.basis().Sudo || d.basis().SudoOffered }

// answers are the draft as it would be carried out.
func (d *draft) answers() Answers {
	a := d.Answers
	if d.root {
		a.User, a.FullName, a.Key = "", "", ""
	}
	if !d.fixed {
		a.Network.Address, a.Network.Gateway, a.Network.DNS = Network{}.Address, Network{}.Gateway, nil
	}
	if !d.vlan {
		a.Network.VLAN = 0
	}
	return a
}

// model is the whole of the wizard.
type model struct {
	draft     draft
	styles    styles
	questions []question
	at        int
	wrong     error
	// review says that a person came from the summary to change one topic.
	review    bool
	confirmed bool
	over      bool
}

// The smallest screen that is believed. A serial line says 0 by 0.
const (
	minWidth  = 72
	minHeight = 20
)

func newModel(f Facts, o Options) *model {
	width, height := o.Width, o.Height
	if width < minWidth || height < minHeight {
		width, height = 80, 24
	}
	m := &model{
		draft:     draft{facts: f, random: o.Random, check: o.Check},
		styles:    newStyles(o.Colour, min(width, 120), height),
		questions: []question{&askWhat{}, &askDisk{}, &askHost{}, &askAccount{}, &askRoot{}, &askUser{}, &askCard{}, &askCardName{}, &askMethod{}, &askAddress{}, &askZone{}, &summary{}},
	}
	m.draft.take(0)
	m.find(func(q question) bool { return q.asked(&m.draft) })
	m.questions[m.at].begin(&m.draft, m.styles)
	return m
}

// Init implements tea.Model: what it sends tells the renderer how wide to draw.
func (m *model) Init() tea.Cmd {
	return func() tea.Msg { return tea.WindowSizeMsg{Width: m.styles.width, Height: m.styles.height} }
}

// Update implements tea.Model.
func (m *model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	k, ok := msg.(tea.KeyMsg)
	if !ok || m.over {
		return m, nil
	}
	if k.Type == tea.KeyCtrlC || k.Type == tea.KeyEsc {
		m.over = true
		return m, tea.Quit
	}
	if k.Type == tea.KeyCtrlL { // something else wrote onto the screen
		return m, tea.ClearScreen
	}
	where, wrong := m.questions[m.at].key(k, &m.draft)
	m.wrong = wrong
	if where != stay {
		m.move(where)
	}
	if m.over {
		return m, tea.Quit
	}
	return m, nil
}

func (m *model) move(where move) {
	topic := m.questions[m.at].topic()
	switch where {
	case confirm:
		m.confirmed, m.over = true, true
		return
	case there:
		m.review = true
		m.find(func(q question) bool { return q.topic() == m.draft.goTo && q.asked(&m.draft) })
	case back:
		m.step(-1)
	case next:
		m.step(1)
		if m.review && topic == "what" { // with another basis all is asked again
			m.review = false
		}
		if m.review && m.questions[m.at].topic() != topic {
			m.at, m.review = len(m.questions)-1, false
		}
	}
	m.questions[m.at].begin(&m.draft, m.styles)
}

// find goes to the first question of a kind.
func (m *model) find(is func(question) bool) { m.at = max(0, slices.IndexFunc(m.questions, is)) }

// step goes to the nearest question that is asked; without one it stays.
func (m *model) step(by int) {
	for at := m.at + by; at >= 0 && at < len(m.questions); at += by {
		if m.questions[at].asked(&m.draft) {
			m.at = at
			return
		}
	}
}

// place is "3 of 8".
func (m *model) place() string {
	n, of := 0, 0
	for i, q := range m.questions {
		if q.asked(&m.draft) {
			of++
			if i <= m.at {
				n++
			}
		}
	}
	return fmt.Sprintf("%d of %d", n, of)
}

const footer = "Enter: next    Shift-Tab: back    Esc: leave, nothing is done"

// View implements tea.Model.
func (m *model) View() string {
	if m.over {
		return ""
	}
	s, q := m.styles, m.questions[m.at]
	place := m.place()
	product := m.draft.facts.Product
	if product == "" {
		product = "a system"
	}
	lines := []string{s.title.Render(column("Install "+product, s.width-1-lipgloss.Width(place))) + place, "", s.title.Render(s.line(q.title(&m.draft)))}
	if help := q.help(&m.draft); help != "" {
		lines = append(lines, s.wrap(help, 0)...)
	}
	lines = append(lines, "")
	var end []string
	if m.wrong != nil {
		end = append(end, "")
		for _, l := range s.wrap(m.wrong.Error(), 0) {
			end = append(end, s.wrong.Render(l))
		}
	}
	end = append(end, "", s.faint.Render(s.line(footer)))
	body := q.lines(s, max(1, s.height-1-len(lines)-len(end)))
	return strings.Join(append(append(lines, body...), end...), "\n")
}

// run shows the model until it is over.
func run(ctx context.Context, m *model, in *Keys, out io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	keys := &sequences{ctx: ctx, keys: in}
	defer keys.wait()
	defer cancel()
	// The number of colours and the like come from m; nothing is asked of the
	// terminal, and the process keeps its signals.
	p := tea.NewProgram(m, tea.WithContext(ctx), tea.WithInput(gone{keys}), tea.WithOutput(out), tea.WithoutSignalHandler(),
		tea.WithoutBracketedPaste(), tea.WithEnvironment([]string{"TERM=vt220"}))
	_, err := p.Run()
	switch {
	case errors.Is(err, errGone) || err != nil && ctx.Err() == nil:
		return fmt.Errorf("ask at the terminal: %w", err)
	case err != nil:
		return ctx.Err()
	}
	return nil
}

// gone makes the end of a terminal an error: bubbletea would wait for ever.
type gone struct{ *sequences }

func (g gone) Read(p []byte) (int, error) {
	n, err := g.sequences.Read(p)
	if errors.Is(err, io.EOF) && g.ctx.Err() == nil {
		err = errGone
	}
	return n, err
}
