package modulemd

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"cdbuilder/internal/judge"

	"github.com/klauspost/compress/gzip"
	"go.yaml.in/yaml/v3"
)

// libmodulemd says what it makes of files: which documents it refuses, or null
// where it falls over, after which another process goes on.
const libmodulemd = `
import gi, json, os, sys
gi.require_version("Modulemd", "2.0")
from gi.repository import Modulemd
Modulemd.ModuleIndex.new()
paths = sys.stdin.read().splitlines()
while paths:
    r, w = os.pipe()
    if os.fork() == 0:
        for path in paths:
            try:
                _, faults = Modulemd.ModuleIndex.new().update_from_file(path, False)
                out = [f.get_gerror().message for f in faults]
            except Exception as e:
                out = ["all: " + str(e)]
            os.write(w, (json.dumps(out) + "\n").encode())
        os._exit(0)
    os.close(w)
    with os.fdopen(r) as f:
        lines = f.read().splitlines()
    os.wait()
    if len(lines) < len(paths):
        lines.append("null")
    paths = paths[len(lines):]
    print("\n".join(lines))
`

// verdicts asks libmodulemd about files.
func verdicts(t *testing.T, paths []string) [][]string {
	t.Helper()
	python := judge.Program(t, "/usr/bin/python3") // Debian's, which has the bindings
	cmd := exec.Command(python, "-c", libmodulemd)
	cmd.Stdin = strings.NewReader(strings.Join(paths, "\n"))
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		judge.Missing(t, "libmodulemd cannot be asked: %v: %s", err, errs.String())
	}
	var all [][]string
	for line := range strings.Lines(string(out)) {
		var one []string
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatal(err)
		}
		all = append(all, one)
	}
	if len(all) != len(paths) {
		t.Fatalf("%d verdicts on %d files", len(all), len(paths))
	}
	return all
}

func readFile(t *testing.T, path string) []*Document {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if z, err := gzip.NewReader(bytes.NewReader(text)); err == nil {
		var b bytes.Buffer
		if _, err := b.ReadFrom(z); err != nil {
			t.Fatal(err)
		}
		text = b.Bytes()
	}
	docs, err := Read(bytes.NewReader(text))
	if err != nil {
		docs = append(docs, &Document{Err: err})
	}
	return docs
}

// faults lists what is wrong with the documents.
func faults(docs []*Document) []string {
	var out []string
	for _, d := range docs {
		if d.Err != nil {
			out = append(out, d.Err.Error())
		}
	}
	return out
}

// TestCorpusModulemd holds the verdict on every document of the corpus to
// libmodulemd's.
func TestCorpusModulemd(t *testing.T) {
	dir := judge.Corpus(t, "modulemd")
	var paths []string
	for _, row := range judge.Sources(t, "modulemd") {
		paths = append(paths, filepath.Join(dir, row["file"]))
	}
	agree, documents, wrong := 0, 0, 0
	for i, want := range verdicts(t, paths) {
		docs := readFile(t, paths[i])
		got := faults(docs)
		documents, wrong = documents+len(docs), wrong+len(got)
		if len(got) == len(want) {
			agree++
			continue
		}
		t.Errorf("%s: we refuse %d documents of %d, libmodulemd %d\n  ours  %s\n  its   %s", filepath.Base(paths[i]), len(got), len(docs), len(want), strings.Join(got, "\n        "), strings.Join(want, "\n        "))
	}
	t.Logf("modulemd: %d rows, %d agree, %d differ; %d documents, %d of them wrong", len(paths), agree, len(paths)-agree, documents, wrong)
}

// TestVerdictsLikeLibmodulemd changes good documents in every place and holds
// the verdict on each to libmodulemd's.
func TestVerdictsLikeLibmodulemd(t *testing.T) {
	dir := t.TempDir()
	var paths, texts []string
	seen := make(map[string]bool)
	for name, doc := range samples {
		for i, text := range mutations(t, name, doc) {
			if seen[text] {
				continue
			}
			seen[text] = true
			path := filepath.Join(dir, fmt.Sprintf("%s-%04d.yaml", name, i))
			if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
				t.Fatal(err)
			}
			paths, texts = append(paths, path), append(texts, text)
		}
	}
	differ, wrong, fell := 0, 0, 0
	for i, want := range verdicts(t, paths) {
		if want == nil {
			fell++
			continue
		}
		got := faults(readFile(t, paths[i]))
		wrong += min(1, len(want))
		if (len(got) == 0) != (len(want) == 0) {
			if what, _, _ := strings.Cut(texts[i], "\n"); strange.MatchString(what) {
				fell++
				continue
			}
			if differ++; differ <= 200 {
				what, _, _ := strings.Cut(texts[i], "\n")
				t.Errorf("%s %s\n  ours %v\n  its  %v", filepath.Base(paths[i]), what, got, want)
			}
		}
	}
	t.Logf("%d documents, of which libmodulemd refuses %d and is strange or falls over %d; on %d we differ", len(paths), wrong, fell, differ)
}

// strange are verdicts of libmodulemd's that we don't share: it takes modules
// without a name, passes over a list within a list of words, and refuses an
// artifacts of version 1 that says nothing.
var strange = regexp.MustCompile(`/data/(name|stream): "\\"\\"|/(rpms|content)(/0)?: ".*word|/rpms/0: "\[\]|stream1.*/artifacts`)

// mutations gives the document itself, and it with each key left out and each
// value replaced.
func mutations(t *testing.T, name, doc string) []string {
	t.Helper()
	var out []string
	encode := func(root *yaml.Node, what string) {
		text, err := yaml.Marshal(root)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, "# "+what+"\n---\n"+string(text)+"...\n")
	}
	var root yaml.Node
	if err := yaml.Unmarshal([]byte(doc), &root); err != nil {
		t.Fatal(err)
	}
	encode(&root, "as it is")
	others := []yaml.Node{
		{Kind: yaml.ScalarNode, Value: "word"}, {Kind: yaml.ScalarNode, Value: "-1"}, {Kind: yaml.ScalarNode, Style: yaml.DoubleQuotedStyle},
		{Kind: yaml.SequenceNode, Style: yaml.FlowStyle},
		{Kind: yaml.SequenceNode, Content: []*yaml.Node{{Kind: yaml.ScalarNode, Value: "word"}}},
		{Kind: yaml.MappingNode, Content: []*yaml.Node{{Kind: yaml.ScalarNode, Value: "key"}, {Kind: yaml.ScalarNode, Value: "word"}}},
	}
	var walk func(n *yaml.Node, path string)
	walk = func(n *yaml.Node, path string) {
		if n.Kind == yaml.MappingNode {
			for i := 0; i+1 < len(n.Content); i += 2 {
				all := n.Content
				n.Content = append(append([]*yaml.Node{}, all[:i]...), all[i+2:]...)
				encode(&root, path+"/"+all[i].Value+": left out")
				n.Content = all
			}
		}
		for i, c := range n.Content {
			if n.Kind == yaml.MappingNode && i%2 == 0 {
				c.Value += "x"
				encode(&root, path+"/"+c.Value+": renamed")
				c.Value = strings.TrimSuffix(c.Value, "x")
				continue
			}
			at := fmt.Sprintf("%s/%d", path, i)
			if n.Kind == yaml.MappingNode {
				at = path + "/" + n.Content[i-1].Value
			}
			for j := range others {
				n.Content[i] = &others[j]
				other, _ := yaml.Marshal(&others[j])
				encode(&root, fmt.Sprintf("%s: %q", at, other))
			}
			n.Content[i] = c
			walk(c, at)
		}
	}
	walk(&root, name)
	return out
}

// samples are good documents of each kind.
var samples = map[string]string{
	"stream2": `
document: modulemd
version: 2
data:
  name: nodejs
  stream: "18"
  version: 20230901
  context: abcdef12
  static_context: true
  arch: x86_64
  summary: a runtime
  description: of a language
  servicelevels:
    stable: {eol: 2029-05-31}
  license: {module: [MIT], content: [MIT]}
  xmd: {a: [b]}
  dependencies:
  - buildrequires: {platform: [el9]}
    requires: {platform: [el9], other: [-a, -b]}
  references: {community: a, documentation: b, tracker: c}
  profiles:
    common: {description: x, rpms: [nodejs]}
  api: {rpms: [nodejs]}
  filter: {rpms: [nodejs-doc]}
  demodularized: {rpms: [nodejs-old]}
  buildopts: {rpms: {macros: a, whitelist: [b]}, arches: [x86_64]}
  components:
    rpms:
      first: {rationale: a, name: n, repository: b, cache: c, ref: d, buildorder: 1, buildroot: true, srpm-buildroot: false, buildonly: true, arches: [x86_64], multilib: [i686]}
      second: {rationale: a}
    modules:
      third: {rationale: a, repository: b, ref: d, buildorder: 2}
  artifacts:
    rpms: ["nodejs-1:18.0-1.x86_64"]
    rpm-map:
      sha256:
        abc: {name: nodejs, epoch: 1, version: "18.0", release: "1", arch: x86_64, nevra: "nodejs-1:18.0-1.x86_64"}
`,
	"after": `
document: modulemd
version: 2
data:
  name: nodejs
  stream: "18"
  summary: a runtime
  description: of a language
  license: {module: [MIT]}
  components:
    rpms:
      first: {rationale: a}
      second: {rationale: a, buildafter: [first]}
`,
	"stream1": `
document: modulemd
version: 1
data:
  name: nodejs
  stream: "18"
  version: 20230901
  context: abcdef12
  arch: x86_64
  summary: a runtime
  description: of a language
  eol: 2029-05-31
  servicelevels:
    stable: {eol: 2029-05-31}
  license: {module: [MIT], content: [MIT]}
  dependencies:
    buildrequires: {platform: el9}
    requires: {platform: el9}
  references: {community: a, documentation: b, tracker: c}
  profiles:
    common: {description: x, rpms: [nodejs]}
  api: {rpms: [nodejs]}
  filter: {rpms: [nodejs-doc]}
  buildopts: {rpms: {macros: a, whitelist: [b]}}
  components:
    rpms:
      first: {rationale: a, repository: b, cache: c, ref: d, buildorder: 1, arches: [x86_64], multilib: [i686]}
    modules:
      third: {rationale: a, repository: b, ref: d, buildorder: 2}
  artifacts: {rpms: ["nodejs-1:18.0-1.x86_64"]}
`,
	"defaults": `
document: modulemd-defaults
version: 1
data:
  module: nodejs
  modified: 201909270000
  stream: "18"
  profiles: {"18": [common], "20": []}
  intents:
    server: {stream: "20", profiles: {"20": [minimal]}}
`,
	"obsoletes": `
document: modulemd-obsoletes
version: 1
data:
  module: nodejs
  stream: "16"
  context: abcdef12
  modified: 2020-05-01T00:00Z
  eol_date: 2021-05-01T00:00Z
  reset: false
  message: it is old
  obsoleted_by: {module: nodejs, stream: "18"}
`,
	"translations": `
document: modulemd-translations
version: 1
data:
  module: nodejs
  stream: "18"
  modified: 201909270000
  translations:
    de: {summary: Laufzeit, description: lang, profiles: {common: x}}
`,
	"packager3": `
document: modulemd-packager
version: 3
data:
  name: foo
  stream: latest
  summary: a
  description: b
  license: [MIT]
  xmd: {a: b}
  configurations:
  - context: CTX1
    platform: f32
    buildrequires: {appframework: [v1]}
    requires: {appframework: [v1]}
    buildopts: {rpms: {macros: a, whitelist: [b]}, arches: [x86_64]}
  references: {community: a, documentation: b, tracker: c}
  profiles:
    common: {description: x, rpms: [bar], default: true}
  api: {rpms: [bar]}
  filter: {rpms: [bar]}
  demodularized: {rpms: [bar]}
  components:
    rpms:
      bar: {rationale: a, name: b, repository: c, cache: d, ref: e, buildonly: false, arches: [x86_64], buildorder: 1}
    modules:
      third: {rationale: a, repository: b, ref: d, buildorder: 2}
`,
}
