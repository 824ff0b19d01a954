package isotree

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"path"
	"slices"
	"strings"
)

// Names in the theme.
const (
	themeBackground = "background.png"
	highlightStyle  = "highlight_*.png"
	plainStyle      = "plain_*.png"
)

// grubTheme places everything in percent of the screen, whatever its size.
// The upper third belongs to the picture, as in vesamenu's menu.
const grubTheme = `# The look of the menu under UEFI. Written by cd-builder; make iso writes it again.
title-text: ""
desktop-color: "#0b1726"
desktop-image: "%s"
desktop-image-scale-method: "stretch"
terminal-font: "Unifont Regular 16"
terminal-border: "0"
terminal-left: "0"
terminal-top: "0"
terminal-width: "100%%"
terminal-height: "100%%"

+ label {
	left = 9%%+18
	top = 41%%
	width = 82%%-36
	align = "left"
	text = %s
	font = "Unifont Regular 16"
	color = "#ffffff"
}

+ boot_menu {
	left = 9%%
	top = 46%%
	width = 82%%
	height = %s
	item_font = "Unifont Regular 16"
	selected_item_font = "Unifont Regular 16"
	item_color = "#d5dde8"
	selected_item_color = "#ffffff"
	item_height = %d
	item_padding = 12
	item_spacing = %d
	item_icon_space = 0
	icon_width = 0
	icon_height = 0
	item_pixmap_style = "%s"
	selected_item_pixmap_style = "%s"
	scrollbar = false
}

+ progress_bar {
	id = "__timeout__"
	left = 9%%+12
	top = %d%%
	width = 82%%-24
	height = 26
	font = "Unifont Regular 16"
	text = "Starting the selected entry in %%d seconds"
	text_color = "#ffffff"
	fg_color = "#2f6fb3"
	bg_color = "#16283e"
	border_color = "#2a4361"
}

+ label {
	left = 9%%+12
	top = %d%%
	width = 82%%-24
	align = "center"
	text = "%s"
	font = "Unifont Regular 16"
	color = "#8fa1b8"
}
`

// boxPieces are the nine pictures of which GRUB sets a box together.
var boxPieces = [...]string{"nw", "n", "ne", "w", "c", "e", "sw", "s", "se"}

// Theme gives the look of GRUB's graphical menu (GRUB manual 2.12, §7), which
// lies at GRUBTheme. More than five entries move together, and what is below
// them further down; more than fit are scrolled. From one entry to the next it
// is item_height and item_spacing; the box of the selected one reaches six
// pixels into either side.
func (m Menu) Theme() ([]byte, error) {
	if err := m.Validate(); err != nil {
		return nil, err
	}
	height, item, spacing, countdown := fmt.Sprint(len(m.Entries)*36+36), 24, 12, 75
	keys := "Up and Down select, Enter starts, e edits the kernel arguments"
	if len(m.Entries) > 5 {
		height, item, spacing, countdown = "34%", 16, 12, 81
	}
	if slices.ContainsFunc(m.Entries, func(e MenuEntry) bool { return e.Kind == KindMenu }) {
		keys += ", Esc goes back"
	}
	return fmt.Appendf(nil, grubTheme, themeBackground, themeQuote(m.Title), height, item, spacing,
		plainStyle, highlightStyle, countdown, countdown+7, keys), nil
}

// ThemePictures gives the files that the theme names, by their paths on the
// medium. Background is a PNG; highlight holds the nine pieces of the box around
// the selected entry, by their names nw n ne w c e sw s se. The other entries
// get a box of the same measures that cannot be seen, or their text would jump
// when it is selected.
func ThemePictures(background []byte, highlight map[string][]byte) (map[string][]byte, error) {
	files := map[string][]byte{path.Join(GRUBThemeDir, themeBackground): background}
	for _, name := range boxPieces {
		piece, ok := highlight[name]
		if !ok {
			return nil, fmt.Errorf("the box around the selected entry lacks its piece %s", name)
		}
		plain, err := invisible(piece)
		if err != nil {
			return nil, fmt.Errorf("piece %s of the box around the selected entry: %w", name, err)
		}
		files[piecePath(highlightStyle, name)] = piece
		files[piecePath(plainStyle, name)] = plain
	}
	return files, nil
}

func piecePath(style, piece string) string {
	return path.Join(GRUBThemeDir, strings.Replace(style, "*", piece, 1))
}

// invisible draws a picture of the same measures that cannot be seen.
func invisible(picture []byte) ([]byte, error) {
	c, err := png.DecodeConfig(bytes.NewReader(picture))
	if err != nil {
		return nil, err
	}
	if c.Width > 256 || c.Height > 256 {
		return nil, fmt.Errorf("%d×%d pixels are too many", c.Width, c.Height)
	}
	var b bytes.Buffer
	err = png.Encode(&b, image.NewNRGBA(image.Rect(0, 0, c.Width, c.Height)))
	return b.Bytes(), err
}

// themeQuote quotes a property: its reader knows no escapes, so what would end
// the string is replaced.
func themeQuote(text string) string {
	return `"` + strings.NewReplacer(`"`, "”", `\`, "/", "@", "＠").Replace(text) + `"`
}
