package kickstart

import "cdbuilder/internal/product"

// Data is what a product's templates can name: {{ .Product.Name }},
// {{ .Release.Name }}, {{ .Label }}, {{ .Values.timezone }}.
type Data struct {
	Product product.Product
	Release Release
	Target  product.Target
	Boot    product.Boot
	Mirror  product.Mirror
	Label   string            // the medium's volume label
	Demo    bool              // signed with a published key
	Values  map[string]string // [values] of version.toml
}

// Release is the release with its name made: Name is
// id-series-base-YYYYMMDD-stage-NN, Day its date as 2006-01-02.
type Release struct {
	product.Release
	Name string
	Day  string
}

// NewData takes from version.toml what templates can name. The release's name
// and the volume label are the caller's, as everything on the medium has them.
func NewData(f *product.File, name, label string) Data {
	return Data{
		Product: f.Product,
		Release: Release{f.Release, name, f.Release.Date.Format("2006-01-02")},
		Target:  f.Target,
		Boot:    f.Boot,
		Mirror:  f.Mirror,
		Label:   label,
		Demo:    f.Signing.Demo,
		Values:  f.Values,
	}
}
