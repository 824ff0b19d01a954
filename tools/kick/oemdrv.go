package main

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"time"

	"cdbuilder/internal/tool"
	"cdbuilder/kickstart/oemdrv"

	"github.com/spf13/cobra"
)

func oemdrvCommand(t *tool.Tool) *cobra.Command {
	var o options
	var out string
	cmd := &cobra.Command{
		Use:   "oemdrv [flags] FILE",
		Short: "Write a small ISO that brings the kickstart to a machine",
		Long: "Writes an ISO image of the volume label OEMDRV with the kickstart as ks.cfg. A machine that has\n" +
			"it in a second drive, or on a USB stick, installs by it without any boot argument: Anaconda and\n" +
			"our own stage2 look for that label. What the kickstart includes is written into it.",
		Example: "  build/bin/kick oemdrv --out ks.iso kickstart.ks",
		Args:    cobra.ExactArgs(1),
		RunE:    func(cmd *cobra.Command, args []string) error { return o.oemdrv(cmd.Context(), t, args[0], out) },
	}
	o.flags(cmd.Flags())
	cmd.Flags().StringVarP(&out, "out", "o", "oemdrv.iso", "the image's `file`")
	return cmd
}

func (o *options) oemdrv(ctx context.Context, t *tool.Tool, name, out string) error {
	r, err := o.read(ctx, t, name)
	if err != nil {
		return err
	}
	if err := r.sound(); err != nil {
		return err
	}
	ks, err := oemdrv.Inline(r.tree)
	if err != nil {
		return err
	}
	made, err := stamp(t)
	if err != nil {
		return err
	}
	var image bytes.Buffer
	v := oemdrv.Volume{Kickstart: ks, Time: made}
	if _, err := v.WriteTo(&image); err != nil {
		return err
	}
	if err := tool.WriteFile(out, image.Bytes()); err != nil {
		return err
	}
	t.Say("%s: label %s, %s", out, oemdrv.Label, tool.Size(int64(image.Len())))
	return nil
}

// stamp is when the image says that it was made: the same for the same
// kickstart, whenever that is.
func stamp(t *tool.Tool) (time.Time, error) {
	text := t.Getenv("SOURCE_DATE_EPOCH")
	if text == "" {
		return time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC), nil
	}
	seconds, err := strconv.ParseInt(text, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("SOURCE_DATE_EPOCH=%q is not a number of seconds since 1970", text)
	}
	return time.Unix(seconds, 0).UTC(), nil
}
