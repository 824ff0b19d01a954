package vm

import (
	"bufio"
	"context"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"os"
	"path/filepath"
)

// Screen takes a picture of the machine's screen.
func (r *Running) Screen(ctx context.Context) (image.Image, error) {
	path := filepath.Join(r.dir, "screen.ppm")
	if err := r.control.do(ctx, "screendump", map[string]any{"filename": path}); err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	return decodePPM(bufio.NewReader(f))
}

// Shot runs the machine until ready returns, takes a picture of its screen and
// writes it as PNG.
func Shot(ctx context.Context, m Machine, w io.Writer, ready func(context.Context, *Running) error) (err error) {
	r, err := Start(ctx, m)
	if err != nil {
		return err
	}
	defer func() {
		if stopped := r.Stop(); err == nil {
			err = stopped
		}
	}()
	if err := ready(ctx, r); err != nil {
		return err
	}
	img, err := r.Screen(ctx)
	if err != nil {
		return err
	}
	return png.Encode(w, img)
}

// maxSide bounds a picture, in pixels.
const maxSide = 16384

// decodePPM reads the format in which QEMU dumps its screen, netpbm's P6 with
// 255 levels.
func decodePPM(r *bufio.Reader) (image.Image, error) {
	var width, height, levels int
	if _, err := fmt.Fscanf(r, "P6\n%d %d\n%d\n", &width, &height, &levels); err != nil {
		return nil, fmt.Errorf("reading the head of a PPM picture: %w", err)
	}
	if width < 1 || height < 1 || width > maxSide || height > maxSide || levels != 255 {
		return nil, fmt.Errorf("a PPM picture of %d×%d pixels with %d levels cannot be read", width, height, levels)
	}
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	row := make([]byte, 3*width)
	for y := range height {
		if _, err := io.ReadFull(r, row); err != nil {
			return nil, fmt.Errorf("reading row %d of a PPM picture: %w", y, err)
		}
		for x := range width {
			img.SetRGBA(x, y, color.RGBA{row[3*x], row[3*x+1], row[3*x+2], 255})
		}
	}
	return img, nil
}
