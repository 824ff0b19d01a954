package language

import "testing"

// BenchmarkLoadTables is what each start of a tool pays.
func BenchmarkLoadTables(b *testing.B) {
	for b.Loop() {
		if _, err := LoadTables(files); err != nil {
			b.Fatal(err)
		}
	}
}
