package xmlscan

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// tokens writes what the scanner finds, a line a token.
func tokens(r io.Reader) (string, error) { return tokensOf(New(r)) }

func tokensOf(s *Scanner) (string, error) {
	var b strings.Builder
	for {
		kind, err := s.Next()
		if errors.Is(err, io.EOF) {
			return b.String(), nil
		}
		if err != nil {
			return b.String(), err
		}
		switch kind {
		case Start:
			fmt.Fprintf(&b, "<%s", s.name)
			for _, a := range s.attrs {
				fmt.Fprintf(&b, " %s=%q", a.name, a.value)
			}
			b.WriteString(">\n")
		case End:
			fmt.Fprintf(&b, "</%s>\n", s.name)
		case Text:
			fmt.Fprintf(&b, "%q\n", s.text)
		}
	}
}

func TestTokens(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"elements", "<a><b/>x</a>", "<a>\n<b>\n</b>\n\"x\"\n</a>\n"},
		{"attributes", `<a b="1" x:c='2"'/>`, `<a b="1" x:c="2\"">` + "\n</a>\n"},
		{"blanks in tags", "<a\n b = \"1\"\t></a >", "<a b=\"1\">\n</a>\n"},
		{"references", "<a b='&lt;&#65;&#x42;'>&amp;&gt;&quot;&apos;&#xe9;</a>", "<a b=\"<AB\">\n\"&>\\\"'é\"\n</a>\n"},
		{"line ends", "<a b='1\r\n2\t3&#10;'>x\r\ny\rz</a>", "<a b=\"1 2 3\\n\">\n\"x\\ny\\nz\"\n</a>\n"},
		{"sections", "<a>x<![CDATA[<&\r\n]]>y</a>", "<a>\n\"x\"\n\"<&\\n\"\n\"y\"\n</a>\n"},
		{"what is passed over", "\ufeff<?xml version='1.0' encoding='UTF-8'?>\n<!DOCTYPE a PUBLIC 'x' 'y'>\n<!-- c -->\n<a><?p x?><!----></a>\n", "<a>\n</a>\n"},
		{"> in a value", "<a b='>'>></a>", "<a b=\">\">\n\">\"\n</a>\n"},
		{"letters of all kinds", "<ä ö='ü'>ß\U0001f600</ä>", "<ä ö=\"ü\">\n\"ß\U0001f600\"\n</ä>\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			for size := 4; size < 40; size++ {
				got, err := tokensOf(newScanner(iotest.DataErrReader(strings.NewReader(test.in)), size))
				if err != nil || got != test.want {
					t.Errorf("got %s, %v\nwant %s", got, err, test.want)
				}
			}
		})
	}
}

func TestNotWellFormed(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"empty", "", "line 1: the document has no element"},
		{"not XML", "\x1f\x8b", "begins with"},
		{"two elements", "<a/>\n<b/>", "line 2: <b> stands behind the end"},
		{"text outside", "<a/>x", "text outside"},
		{"wrong end", "<a>\n<b></a>", "line 2: </a> where </b> is due"},
		{"end of nothing", "<a/></a>", "ends nothing"},
		{"no end", "<a><b>x</b>", "the document ends inside <a>"},
		{"ends in a tag", "<a", "ends inside markup"},
		{"unknown entity", "<a>&nbsp;</a>", "&nbsp; is not known"},
		{"bare ampersand", "<a>R&D</a>", "write &amp;"},
		{"reference to nothing", "<a>&#0;</a>", "&#0; is not known"},
		{"control character", "<a>\x01</a>", "control character 0x01"},
		{"control character after eight bytes", "<a>12345678\x01</a>", "control character"},
		{"Latin-1", "<a>caf\xe9</a>", "not UTF-8"},
		{"Latin-1 declared", "<?xml version='1.0' encoding='ISO-8859-1'?><a/>", "only UTF-8"},
		{"another version", "<?xml version='1.1'?><a/>", `XML "1.1"`},
		{"no version", "<?xml encoding='UTF-8'?><a/>", `XML ""`},
		{"a broken declaration", "<?xml version=\"1.0\" encoding=\"UTF-8?><a/>", "is not one"},
		{"late declaration", " <?xml version='1.0'?><a/>", "not the document's beginning"},
		{"entities declared", "<!DOCTYPE a [<!ENTITY b 'c'>]><a/>", "document type declares"},
		{"attribute twice", "<a b='' b=''/>", "given twice"},
		{"attribute without quotes", "<a b=c/>", "not quoted"},
		{"attribute without value", "<a b/>", "has no value"},
		{"attributes without blank", "<a b=''c=''/>", "a blank is missing"},
		{"< in a value", "<a b='<'/>", "< stands in the value"},
		{"]]> in text", "<a>]]></a>", "]]>"},
		{"comment in a comment", "<a><!-- -- --></a>", "-- stands"},
		{"no name", "<1/>", "where a name is due"},
		{"deep", strings.Repeat("<a>", maxDepth+1), "inside one another"},
		{"long text", "<a>" + strings.Repeat("x", maxToken+1), "more than 16777216 bytes"},
		{"many attributes", "<a " + manyAttrs(maxAttrs+1) + "/>", "more than 64 attributes"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := tokens(strings.NewReader(test.in))
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, want %q", err, test.want)
			}
			if !errors.As(err, new(*SyntaxError)) {
				t.Errorf("%T is no *SyntaxError", err)
			}
		})
	}
}

func manyAttrs(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, " a%d=''", i)
	}
	return b.String()
}

func TestReadersFaultIsTold(t *testing.T) {
	broken := errors.New("broken")
	_, err := tokens(io.MultiReader(strings.NewReader("<a>"), iotest.ErrReader(broken)))
	if !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
}

func TestContentAndSkip(t *testing.T) {
	s := New(strings.NewReader("<a><b>x<c>y</c><!-- -->z</b><d><e>1</e></d><f/></a>"))
	var got []string
	for {
		kind, err := s.Next()
		if err != nil {
			break
		}
		switch name := string(s.Name()); {
		case kind == Start && name == "b":
			text, err := s.Content(nil)
			got = append(got, string(text), fmt.Sprint(err))
		case kind == Start && name == "d":
			got = append(got, fmt.Sprint(s.Skip()))
		case kind == Start:
			got = append(got, name)
		}
	}
	if want := "a xz <nil> <nil> f"; strings.Join(got, " ") != want {
		t.Errorf("got %q, want %q", strings.Join(got, " "), want)
	}
}

// FuzzScan holds what we take to encoding/xml: it takes it too, and finds the
// same elements and text.
func FuzzScan(f *testing.F) {
	for _, seed := range []string{
		"<a b='1' c=\"&lt;\">x&amp;y<b/></a>", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<a/>\n", "<a><![CDATA[x]]><!-- c --></a>",
		"<!DOCTYPE a><x:a xmlns:x='y'>\r\n</x:a>", "<ä>&#xe4;</ä>", "<a><b></a></b>", "\ufeff<a/>",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		got, err := tokens(bytes.NewReader(in))
		slow, slowErr := tokensOf(newScanner(bytes.NewReader(in), 4))
		if got != slow || (err == nil) != (slowErr == nil) {
			t.Fatalf("in one piece %q, %v\nin small ones %q, %v", got, err, slow, slowErr)
		}
		if err != nil {
			return
		}
		if want, err := goTokens(in); err != nil || join(got) != join(want) {
			t.Errorf("%q\ngot  %s\nwant %s, %v", in, join(got), join(want), err)
		}
	})
}

// goTokens writes what encoding/xml finds.
func goTokens(in []byte) (string, error) {
	d := xml.NewDecoder(bytes.NewReader(bytes.TrimPrefix(in, []byte("\ufeff"))))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil }
	name := func(n xml.Name) string {
		if n.Space != "" {
			return n.Space + ":" + n.Local
		}
		return n.Local
	}
	var b strings.Builder
	for depth := 0; ; {
		token, err := d.RawToken()
		if errors.Is(err, io.EOF) {
			return b.String(), nil
		}
		if err != nil {
			return b.String(), err
		}
		switch token := token.(type) {
		case xml.StartElement:
			depth++
			fmt.Fprintf(&b, "<%s", name(token.Name))
			for _, a := range token.Attr {
				fmt.Fprintf(&b, " %s=%q", name(a.Name), a.Value)
			}
			b.WriteString(">\n")
		case xml.EndElement:
			depth--
			fmt.Fprintf(&b, "</%s>\n", name(token.Name))
		case xml.CharData:
			if depth > 0 {
				fmt.Fprintf(&b, "%q\n", token)
			}
		}
	}
}

// join levels what may differ: where text is divided, and blanks in attributes.
func join(tokens string) string {
	for _, c := range []string{`\t`, `\r\n`, `\n`, `\r`} {
		tokens = strings.ReplaceAll(tokens, c, " ")
	}
	return strings.ReplaceAll(tokens, "\"\n\"", "")
}

func BenchmarkScan(b *testing.B) {
	var doc bytes.Buffer
	doc.WriteString("<filelists>\n")
	for doc.Len() < 8<<20 {
		doc.WriteString("<package pkgid=\"0123456789abcdef0123456789abcdef\" name=\"bash\" arch=\"x86_64\">\n  <version epoch=\"0\" ver=\"5.2\" rel=\"1\"/>\n")
		for range 20 {
			doc.WriteString("  <file>/usr/share/doc/bash/some/file/of/it</file>\n")
		}
		doc.WriteString("</package>\n")
	}
	doc.WriteString("</filelists>\n")
	b.SetBytes(int64(doc.Len()))
	b.ReportAllocs()
	for b.Loop() {
		s := New(bytes.NewReader(doc.Bytes()))
		for {
			if _, err := s.Next(); err != nil {
				if !errors.Is(err, io.EOF) {
					b.Fatal(err)
				}
				break
			}
		}
	}
}
