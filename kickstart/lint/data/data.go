// Package data holds lists of the names that exist in an installed system. Each
// is a text of lines; those that begin with # are comments.
package data

import (
	_ "embed" // the lists
	"strings"
)

// Zones are the names of time zones.
//
//go:embed zones.txt
var Zones string

// Locales are glibc's locales.
//
//go:embed locales.txt
var Locales string

// Keymaps are the keymaps of the console.
//
//go:embed keymaps.txt
var Keymaps string

// Layouts are X11's keyboard layouts, each with its variants behind a colon.
//
//go:embed layouts.txt
var Layouts string

// Lines gives a list's lines without its comments.
func Lines(text string) []string {
	var list []string
	for l := range strings.Lines(text) {
		if l = strings.TrimSpace(l); l != "" && !strings.HasPrefix(l, "#") {
			list = append(list, l)
		}
	}
	return list
}
