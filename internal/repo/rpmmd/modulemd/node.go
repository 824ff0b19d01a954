package modulemd

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// parser reads one document. What it finds wrong names the line in the file.
type parser struct {
	doc  *Document
	line int // of the document's first line
}

// set takes the value of a key.
type set func(*yaml.Node) error

// fields are the keys that a mapping may have.
type fields map[string]set

func (p *parser) fault(n *yaml.Node, format string, args ...any) error {
	return fmt.Errorf("line %d: %s", p.line+n.Line-1, fmt.Sprintf(format, args...))
}

// mapping reads a mapping; keys that are not known are noted.
func (p *parser) mapping(n *yaml.Node, what string, known fields) error {
	return p.pairs(n, what, func(key string, k, v *yaml.Node) error {
		take := known[key]
		if take == nil {
			p.doc.Unknown = append(p.doc.Unknown, fmt.Sprintf("line %d: the key %.40q of %s is not known", p.line+k.Line-1, key, what))
			return p.noAliases(v)
		}
		return take(v)
	})
}

// pairs reads a mapping with any keys.
func (p *parser) pairs(n *yaml.Node, what string, take func(key string, k, v *yaml.Node) error) error {
	if n.Kind != yaml.MappingNode {
		return p.fault(n, "%s is not a mapping", what)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := n.Content[i], n.Content[i+1]
		if k.Kind != yaml.ScalarNode {
			return p.fault(k, "a key of %s is not a word", what)
		}
		if err := take(k.Value, k, v); err != nil {
			return err
		}
	}
	return nil
}

// noAliases refuses references to other nodes, which modulemd does not have:
// expanded, a few of them would be gigabytes.
func (p *parser) noAliases(n *yaml.Node) error {
	if n.Kind == yaml.AliasNode {
		return p.fault(n, "*%s: aliases are not read", n.Value)
	}
	for _, c := range n.Content {
		if err := p.noAliases(c); err != nil {
			return err
		}
	}
	return nil
}

func (p *parser) any(n *yaml.Node) error { return p.noAliases(n) }

// scalar gives the text of a word, as written: 1.10 stays 1.10.
func (p *parser) scalar(n *yaml.Node) (string, error) {
	if n.Kind != yaml.ScalarNode {
		return "", p.fault(n, "a word is due here")
	}
	return n.Value, nil
}

func (p *parser) text(s *string) set {
	return func(n *yaml.Node) (err error) {
		*s, err = p.scalar(n)
		return err
	}
}

// day reads a date.
func (p *parser) day(s *string) set {
	return func(n *yaml.Node) (err error) {
		if *s, err = p.scalar(n); err != nil {
			return err
		}
		if _, err := time.Parse(time.DateOnly, *s); err != nil {
			return p.fault(n, "%.20q is not a day, as 2029-05-31 is", *s)
		}
		return nil
	}
}

func (p *parser) number(u *uint64) set {
	return func(n *yaml.Node) error {
		s, err := p.scalar(n)
		if err != nil {
			return err
		}
		if *u, err = strconv.ParseUint(s, 10, 64); err != nil {
			return p.fault(n, "%.40q is not a number", s)
		}
		return nil
	}
}

func (p *parser) integer(n *yaml.Node) error {
	s, err := p.scalar(n)
	if err != nil {
		return err
	}
	if _, err := strconv.ParseInt(s, 10, 64); err != nil {
		return p.fault(n, "%.40q is not a number", s)
	}
	return nil
}

func (p *parser) truth(b *bool) set {
	return func(n *yaml.Node) error {
		s, err := p.scalar(n)
		if err != nil {
			return err
		}
		*b = s == "true"
		if s != "true" && s != "false" {
			return p.fault(n, "%.40q is neither true nor false", s)
		}
		return nil
	}
}

// list reads a sequence of words; a word alone is a list of one.
func (p *parser) list(out *[]string) set {
	return func(n *yaml.Node) error {
		if n.Kind == yaml.ScalarNode {
			*out = append(*out, n.Value)
			return nil
		}
		if n.Kind != yaml.SequenceNode {
			return p.fault(n, "a list is due here")
		}
		for _, c := range n.Content {
			s, err := p.scalar(c)
			if err != nil {
				return err
			}
			*out = append(*out, s)
		}
		return nil
	}
}

// each reads a sequence.
func (p *parser) each(take set) set {
	return func(n *yaml.Node) error {
		if n.Kind != yaml.SequenceNode {
			return p.fault(n, "a list is due here")
		}
		for _, c := range n.Content {
			if err := take(c); err != nil {
				return err
			}
		}
		return nil
	}
}

// rpms reads a mapping whose key rpms is a list.
func (p *parser) rpms(what string, out *[]string) set {
	return func(n *yaml.Node) error { return p.mapping(n, what, fields{"rpms": p.list(out)}) }
}

func isWord(s string, more string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && !strings.ContainsRune(more, r)
	})
}
