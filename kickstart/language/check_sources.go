package language

import (
	"fmt"
	"strings"

	"cdbuilder/kickstart"
)

var _ = register("ostree-url", ostreeURL)

// ostreeURL judges where an OSTree repository is: OSTree has no FTP.
func ostreeURL(_ kickstart.Syntax, s *Statement) []string {
	url := s.Get("--url")
	for _, scheme := range []string{"file:", "http:", "https:"} {
		if strings.HasPrefix(url, scheme) {
			return nil
		}
	}
	return []string{fmt.Sprintf("an OSTree repository is fetched by file:, http: or https:, not from %s", quote(url))}
}
