package releases

import (
	"errors"
	"fmt"
	"os"

	"cdbuilder/internal/pgp"
	"cdbuilder/internal/product"
)

// OpenSigner reads the product's signing key. A locked key's passphrase comes
// from the environment variable that signing.passphrase_env names.
func OpenSigner(p *product.File, getenv func(string) string) (*pgp.Signer, error) {
	path := p.Join(p.Signing.Key)
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("signing key: %w; docs/publishing.md shows how to make one", err)
	}
	defer f.Close()
	signer, err := pgp.ReadSigner(f, func() ([]byte, error) {
		if p.Signing.Passphrase == "" {
			return nil, errors.New("the key is locked: name the environment variable that holds its passphrase in signing.passphrase_env")
		}
		phrase := getenv(p.Signing.Passphrase)
		if phrase == "" {
			return nil, fmt.Errorf("the key is locked, and the environment variable %s is empty", p.Signing.Passphrase)
		}
		return []byte(phrase), nil
	})
	if err != nil {
		return nil, fmt.Errorf("signing key %s: %w", path, err)
	}
	return signer, nil
}
