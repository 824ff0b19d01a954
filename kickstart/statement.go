package kickstart

// Words splits a command line as the installer does: quotes group, a
// backslash escapes, # begins a comment. The words before a fault come back
// with it.
func Words(line string) ([]string, error) { return words(line) }
