package cdbuilder

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// floors are the house's levels from the ground up. A package imports packages
// of its own floor or below, so that imports point one way.
var floors = [][]string{
	{"internal/world", "internal/run", "internal/judge", "internal/xzstream", "internal/near", "internal/product"},
	{"internal/pkgset", "internal/filelist"},
	{"internal/tool", "internal/pgp", "internal/fetch", "internal/deb", "internal/rpm", "internal/cpio", "internal/fat", "internal/iso9660", "kickstart", "comps", "splash"},
	{"internal/repo", "internal/solve", "internal/initrd", "internal/vm", "internal/rootfs", "internal/storage", "internal/target", "internal/wizard"},
	{"isotree", "releases", "internal/stage2", "internal/install"},
	{"tools", "internal/acceptance", "internal/testrepo", "internal/story"},
}

// strangers are pairs that must not know one another: they meet at pkgset.
var strangers = [][2]string{
	{"internal/solve", "internal/repo"},
	{"internal/repo", "internal/solve"},
	{"internal/world", "internal/product"},
	{"internal/pkgset", "internal/tool"},
}

func floorOf(pkg string) int {
	return slices.IndexFunc(floors, func(names []string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return pkg == n || strings.HasPrefix(pkg, n+"/") })
	})
}

// sources calls visit for every Go file of ours.
func sources(t *testing.T, visit func(path, pkg string, file *ast.File)) {
	t.Helper()
	seen := 0
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (path == "build" || path == "releases" || strings.HasPrefix(d.Name(), ".") && path != "."):
			if path != "releases" {
				return fs.SkipDir
			}
		case strings.HasSuffix(path, ".go"):
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			if err != nil {
				return err
			}
			seen++
			visit(path, filepath.ToSlash(filepath.Dir(path)), file)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen < 20 {
		t.Fatalf("only %d Go files seen: the walk is broken", seen)
	}
}

func TestImportsPointDown(t *testing.T) {
	sources(t, func(path, pkg string, file *ast.File) {
		if pkg == "." || strings.HasSuffix(path, "_test.go") {
			return
		}
		from := floorOf(pkg)
		if from < 0 {
			t.Errorf("%s: package %s stands on no floor; add it to floors", path, pkg)
			return
		}
		for _, imp := range file.Imports {
			name, _ := strconv.Unquote(imp.Path.Value)
			target, ours := strings.CutPrefix(name, "cdbuilder/")
			if !ours {
				continue
			}
			if to := floorOf(target); to > from {
				t.Errorf("%s imports %s, which stands above it", path, target)
			}
			for _, pair := range strangers {
				if (pkg == pair[0] || strings.HasPrefix(pkg, pair[0]+"/")) && (target == pair[1] || strings.HasPrefix(target, pair[1]+"/")) {
					t.Errorf("%s imports %s; the two meet at internal/pkgset", path, target)
				}
			}
		}
	})
}

// The world is a parameter: what is taken from outside is taken in few places.
func TestTheWorldIsAParameter(t *testing.T) {
	allowed := map[string][]string{
		"time.Now":    {"internal/world", "internal/judge"},
		"os.Getenv":   {"internal/world", "internal/judge"},
		"os.Environ":  {"internal/world"},
		"os.Exit":     {"internal/tool"},
		"log.Fatal":   {},
		"log.Fatalf":  {},
		"rand.Intn":   {},
		"os/exec":     {"internal/run", "internal/judge"},
		"crypto/rand": {"internal/pgp"},
	}
	sources(t, func(path, pkg string, file *ast.File) {
		if strings.HasSuffix(path, "_test.go") {
			return
		}
		complain := func(what string) {
			if places, watched := allowed[what]; watched && !slices.Contains(places, pkg) {
				t.Errorf("%s uses %s, which only %v may", path, what, places)
			}
		}
		for _, imp := range file.Imports {
			name, _ := strconv.Unquote(imp.Path.Value)
			complain(name)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok {
				if x, ok := sel.X.(*ast.Ident); ok {
					complain(x.Name + "." + sel.Sel.Name)
				}
			}
			return true
		})
	})
}
