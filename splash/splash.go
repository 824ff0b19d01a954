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
	"errors"
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
	pale      = color.RGBA{0xd5, 0xdd, 0xe8, 0xff} // entries of the menu
	dim       = color.RGBA{0xa9, 0xbb, 0xd0, 0xff} // help texts
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
	var faults []error
	encode := func(m image.Image, err error) []byte {
		if err != nil {
			faults = append(faults, err)
			return nil
		}
		var b bytes.Buffer
		enc := png.Encoder{CompressionLevel: png.BestCompression}
		if err := enc.Encode(&b, m); err != nil {
			faults = append(faults, fmt.Errorf("writing a PNG of %s: %w", name, err))
		}
		return b.Bytes()
	}
	p.BIOS = encode(compose(art, fonts, words, sizeBIOS))
	p.UEFI = encode(compose(art, fonts, words, sizeUEFI))
	for piece, m := range box(highlight) {
		p.Highlight[piece] = encode(m, nil)
	}
	return &p, errors.Join(faults...)
}

// compose draws one background.
func compose(art artwork, fonts *fonts, words Words, size image.Point) (*image.RGBA, error) {
	m := image.NewRGBA(image.Rectangle{Max: size})
	draw.Draw(m, m.Bounds(), image.NewUniform(night), image.Point{}, draw.Src)
	if err := art.paint(m); err != nil {
		return nil, err
	}
	darken(m, menuArea(size), pale)
	lines, err := fonts.layout(words, size)
	if err != nil {
		return nil, err
	}
	for _, t := range lines {
		darken(m, t.bounds(), t.colour)
		t.draw(m)
	}
	return m, nil
}

// menuArea is where the menus write their entries and helps.
func menuArea(size image.Point) image.Rectangle {
	return image.Rect(size.X*8/100, size.Y*36/100, size.X*92/100, size.Y*93/100)
}
