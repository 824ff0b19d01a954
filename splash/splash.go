// Package splash draws the pictures that stand behind the boot menus: the
// product's artwork with the product's words on it.
//
// The artwork is an SVG or PNG of any size. It fills the picture and is cut at
// the edges where its shape is another one. Words go where the menus (package
// isotree) leave room: product and version into the upper third, the vendor
// into the lower right corner. Long words shrink, break or are shortened, and
// where the artwork is too bright to read them or the menu on it, it is
// darkened there.
//
// BIOS's menu, vesamenu.c32, takes a PNG of 640×480 in 24-bit colour (syslinux's
// doc/menu.txt); GRUB's takes one of any size, and pieces from which it sets
// the box around the selected entry together (GRUB manual 2.12, §7). The same
// artwork and words give the same bytes.
package splash

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/png"
)

// Words is the text on the pictures. An empty one is left out.
type Words struct {
	Product string // in large letters: cd-builder demo server
	Version string // below it: CDdemo-13R-Debian-13-20261120-Beta-01
	Vendor  string // small, in the lower right corner
}

// Pictures is everything that Draw draws, each as a PNG file.
type Pictures struct {
	BIOS []byte // 640×480, for vesamenu.c32
	UEFI []byte // 1024×768, for GRUB, which scales it to the screen
	// Highlight are the nine pieces of the box around the selected entry in
	// GRUB's menu, by their names in a theme: nw n ne w c e sw s se.
	Highlight map[string][]byte
	// Missing are characters of the words that the fonts have no letter for;
	// a box stands in their place.
	Missing []rune
}

// The sizes of the pictures in pixels.
var (
	sizeBIOS = image.Pt(640, 480)
	sizeUEFI = image.Pt(1024, 768)
)

// Colours that the menus in package isotree use too.
var (
	night     = color.RGBA{0x0b, 0x17, 0x26, 0xff} // what stands where the artwork is transparent
	white     = color.RGBA{0xff, 0xff, 0xff, 0xff}
	dim       = color.RGBA{0xa9, 0xbb, 0xd0, 0xff} // help texts, the version
	faint     = color.RGBA{0x8f, 0xa1, 0xb8, 0xff} // the dimmest text of the menus
	highlight = color.NRGBA{0x2f, 0x6f, 0xb3, 0xc0}
)

// Draw draws all pictures. Src is the artwork, a file named name, which tells
// SVG from PNG by its ending and stands in messages.
func Draw(src []byte, name string, words Words) (*Pictures, error) {
	art, err := readArtwork(src, name)
	if err != nil {
		return nil, err
	}
	fonts, err := readFonts()
	if err != nil {
		return nil, err
	}
	p := Pictures{Highlight: make(map[string][]byte), Missing: fonts.missing(words)}
	for _, pic := range []struct {
		to   *[]byte
		size image.Point
	}{{&p.BIOS, sizeBIOS}, {&p.UEFI, sizeUEFI}} {
		m, err := compose(art, fonts, words, pic.size)
		if err != nil {
			return nil, err
		}
		if *pic.to, err = encode(m); err != nil {
			return nil, err
		}
	}
	for piece, m := range box(highlight) {
		if p.Highlight[piece], err = encode(m); err != nil {
			return nil, err
		}
	}
	return &p, nil
}

func encode(m image.Image) ([]byte, error) {
	var b bytes.Buffer
	enc := png.Encoder{CompressionLevel: png.BestCompression}
	if err := enc.Encode(&b, m); err != nil {
		return nil, fmt.Errorf("writing a boot picture as PNG: %w", err)
	}
	return b.Bytes(), nil
}

// compose draws one background.
func compose(art artwork, fonts *fonts, words Words, size image.Point) (*image.RGBA, error) {
	m := image.NewRGBA(image.Rectangle{Max: size})
	draw.Draw(m, m.Bounds(), image.NewUniform(night), image.Point{}, draw.Src)
	if err := art.paint(m); err != nil {
		return nil, err
	}
	lines, err := fonts.layout(words, size)
	if err != nil {
		return nil, err
	}
	darken(m, menuArea(size), faint)
	margin := -size.Y / 80
	var title image.Rectangle
	for _, l := range lines {
		if l.at.Y < size.Y/2 {
			title = title.Union(l.bounds())
		} else {
			darken(m, l.bounds().Inset(margin), dim)
		}
	}
	if !title.Empty() {
		darken(m, title.Inset(margin), dim)
	}
	for _, l := range lines {
		l.draw(m)
	}
	return m, nil
}

// menuArea is where the menus write their entries and helps.
func menuArea(size image.Point) image.Rectangle {
	return image.Rect(size.X*8/100, size.Y*36/100, size.X*92/100, size.Y*93/100)
}
