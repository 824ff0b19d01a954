package language

// register makes a check known to the tables. A file of checks calls it for
// each: var _ = register("raid-device", raidDevice).
func register(name string, f checkFunc) bool { //nolint:unparam // var _ = needs a value
	if checks[name] != nil {
		panic("two checks are named " + name)
	}
	checks[name] = f
	return true
}

// registerCanonical makes a function that writes a command known to the tables.
func registerCanonical(name string, f canonicalFunc) bool { //nolint:unparam // var _ = needs a value
	if canonicals[name] != nil {
		panic("two canonical functions are named " + name)
	}
	canonicals[name] = f
	return true
}
