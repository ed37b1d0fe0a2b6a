// Package libopenapi has the names of github.com/pb33f/libopenapi 0.36 that Pulumi's engine is compiled with, and reads
// no document. `pulumi api` alone reads one, Pulumi Cloud's, which a sandbox does not talk to; the library itself would
// be a fifth of all that compiling the engine takes.
package libopenapi

import (
	"errors"

	v3 "github.com/pb33f/libopenapi/datamodel/high/v3"
)

// Model is never made.
type Model struct{ Model v3.Document }

// Document is never made.
type Document interface {
	BuildV3Model() (*Model, error)
}

// NewDocument fails.
func NewDocument([]byte) (Document, error) {
	return nil, errors.New("the sandbox's engine is built without the API of Pulumi Cloud")
}
