// Package dark keeps the terminal libraries from asking the terminal for its
// colours. Bubbletea does that when the program starts, wherever its standard
// output leads to, and a terminal that does not answer holds it up for seconds;
// what a terminal does answer would be taken for typed keys later.
//
// The language initialises packages in the order of their paths once what they
// import is there, so that this one, which imports lipgloss alone, comes before
// bubbletea. A test of package wizard holds it to that.
package dark

import "github.com/charmbracelet/lipgloss"

func init() { lipgloss.SetHasDarkBackground(true) }
