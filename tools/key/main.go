package main

import "cdbuilder/internal/tool"

func main() { tool.Main(command) }
