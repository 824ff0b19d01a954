//go:build linux

// Stage2 is /init of the initramfs that the medium boots into.
package main

import (
	"os"

	"cdbuilder/internal/stage2"
	"cdbuilder/internal/world"
)

func main() {
	env := world.Real()
	stage2.Main(stage2.Real(env.Now), os.Args, env.Stderr)
}
