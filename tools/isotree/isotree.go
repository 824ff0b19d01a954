// Isotree writes the boot menus onto the medium and verifies finished media.
package main

import (
	"cdbuilder/internal/tool"

	"github.com/spf13/cobra"
)

func command(t *tool.Tool) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "isotree",
		Short:   "Write the boot menus; verify media",
		Example: "  build/bin/isotree menus\n  build/bin/isotree verify releases/NAME/NAME.iso",
	}
	cmd.AddCommand(menusCommand(t), inputsCommand(t), verifyCommand(t))
	return cmd
}
