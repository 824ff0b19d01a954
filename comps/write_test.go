package comps

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Comments stay with what they speak of, wherever XML lets them stand.
func TestWriteKeepsComments(t *testing.T) {
	const src = `<!-- head --><comps> <!-- first -->
<group><!-- in front of a field --><id>a</id><name>A<!-- in a text --></name><packagelist>
<!-- above --><packagereq>x</packagereq><!-- beside --> <!-- and again -->
<packagereq>y</packagereq>
<!-- <packagereq>z</packagereq> -->
</packagelist></group> <!-- behind the group -->
<langpacks><!-- of langpacks --><match name="k" install="k-%s"/></langpacks>
<!-- last -->
</comps>
<!-- after all -->`
	const want = doctype + `<!-- head -->
<comps>
  <!-- first -->
  <group>
    <id>a</id>
    <!-- in front of a field -->
    <name>A</name>
    <description/>
    <packagelist>
      <!-- in a text -->
      <!-- above -->
      <packagereq type="mandatory">x</packagereq> <!-- beside --> <!-- and again -->
      <packagereq type="mandatory">y</packagereq>
    </packagelist>
    <!-- <packagereq>z</packagereq> -->
  </group> <!-- behind the group -->
  <langpacks>
    <!-- of langpacks -->
    <match name="k" install="k-%s"/>
  </langpacks>
  <!-- last -->
</comps>
<!-- after all -->
`
	c := mustRead(t, "c", src)
	if d := cmp.Diff(want, string(written(t, c))); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestReadOddities(t *testing.T) {
	cases := []struct{ name, xml, want string }{
		{"an attribute", `<comps><group><id>a</id><packagelist><packagereq typ="optional">x</packagereq></packagelist></group></comps>`, `c:1: unknown attribute typ= of <packagereq>; did you mean "type"?`},
		{"a version", `<comps><group><id>a</id><packagelist><packagereq>x &gt;= 2</packagereq></packagelist></group></comps>`, `c:1: "x >= 2" is not the name of a package; write one name in each <packagereq>, without a version`},
		{"requires=", `<comps><group><id>a</id><packagelist><packagereq requires="y">x</packagereq></packagelist></group></comps>`, `c:1: requires= counts only in a conditional package; write type="conditional", or leave it out`},
		{"big letters", `<comps><group><id>a</id><default>TRUE</default></group></comps>`, `c:1: <default> is "TRUE", which dnf doesn't understand; write true or false, in small letters`},
		{"shown unless", `<comps><group><id>a</id><uservisible>flase</uservisible></group></comps>`, `c:1: <uservisible> is "flase", which counts as true; write true or false`},
		{"one language twice", `<comps><group><id>a</id><name xml:lang="de">A</name><name xml:lang="de">B</name></group></comps>`, `c:1: <name> in the language "de" stands here for the second time; the last one counts`},
		{"langpacks", `<comps><langpacks><match name="x" install="y"/></langpacks></comps>`, `c:1: <match> needs name= with a package, and install= with a name in which %s stands for the language, such as "aspell-%s"`},
		{"whiteout", `<comps><whiteout><ignoredep package="x"/></whiteout></comps>`, `c:1: <ignoredep> needs package= and requires=: of whose dependency on what`},
		{"blacklist", `<comps><blacklist><package/></blacklist></comps>`, `c:1: a <package> on the blacklist needs name=`},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			c := mustRead(t, "c", tc.xml)
			if len(c.Warnings) != 1 || c.Warnings[0].Error() != tc.want {
				t.Errorf("got %v, want %s", c.Warnings, tc.want)
			}
		})
	}
}

func TestReadEncodings(t *testing.T) {
	latin := mustRead(t, "c", "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?>\n<comps><group><id>a</id><name>B\xfcro</name></group></comps>")
	if got := latin.Groups[0].Name.Default; got != "Büro" {
		t.Errorf("Latin 1: %q", got)
	}
	for src, want := range map[string]string{
		"<?xml version=\"1.0\" encoding=\"KOI8-R\"?><comps/>": `c:1: the file is in the encoding "KOI8-R"; save it as UTF-8, and say so in its first line`,
		"<comps>\n<!-- \xff --></comps>":                      `c:2: not well-formed XML: a comment holds "\xff"`,
	} {
		if _, err := Read(strings.NewReader(src), "c"); err == nil || err.Error() != want {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

func TestReadTellsSoMuchAndNoMore(t *testing.T) {
	c := mustRead(t, "c", "<comps>"+strings.Repeat("<x/>", 5000)+"</comps>")
	if n := len(c.Warnings); n != most+1 || c.Warnings[most].Text != "4000 more things are wrong that are not told one by one" {
		t.Errorf("%d warnings, the last: %v", n, c.Warnings[n-1])
	}
}
