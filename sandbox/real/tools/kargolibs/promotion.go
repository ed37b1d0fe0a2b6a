package main

import (
	"fmt"

	"github.com/expr-lang/expr"
)

// image has the fields of Kargo's Image, by the names that expressions use.
type image struct {
	RepoURL string `json:"repoURL"`
	Tag     string `json:"tag"`
	Digest  string `json:"digest"`
}

// promotion is what a step's expressions see (pkg/promotion/evaluator.go), as far as this project's steps use it.
type promotion struct {
	Context  map[string]any    `json:"context"`
	Outputs  map[string]any    `json:"outputs"`
	Vars     map[string]any    `json:"vars"`
	Images   []image           `json:"images"`
	Statuses map[string]string `json:"statuses"`
	Metadata map[string]any    `json:"metadata"`
	// Whether an earlier step has failed, and the decoded data of the project's Secrets by name.
	Failed  bool                         `json:"failed"`
	Secrets map[string]map[string]string `json:"secrets"`
}

func (p promotion) environment() map[string]any {
	return map[string]any{"ctx": p.Context, "outputs": p.Outputs, "vars": p.Vars}
}

// functions returns Kargo's functions (pkg/expressions/function), typed alike, so that a misspelt field fails alike.
func (p promotion) functions() []expr.Option {
	return []expr.Option{
		expr.Function("imageFrom", func(a ...any) (any, error) {
			for i := range p.Images {
				if p.Images[i].RepoURL == a[0] {
					return &p.Images[i], nil
				}
			}
			return (*image)(nil), nil
		}, new(func(string) image)),
		expr.Function("status", func(a ...any) (any, error) {
			alias, _ := a[0].(string)
			return p.Statuses[alias], nil
		}, new(func(string) string)),
		expr.Function("freightMetadata", func(a ...any) (any, error) {
			if target, _ := p.Context["targetFreight"].(map[string]any); a[0] != target["name"] {
				return nil, fmt.Errorf("the stand-in does not imitate freightMetadata of other Freight: %v", a[0])
			}
			if len(p.Metadata) == 0 {
				return nil, nil
			}
			return p.Metadata, nil
		}, new(func(string) map[string]any)),
		expr.Function("failure", func(...any) (any, error) { return p.Failed, nil }, new(func() bool)),
		expr.Function("success", func(...any) (any, error) { return !p.Failed, nil }, new(func() bool)),
		expr.Function("always", func(...any) (any, error) { return true, nil }, new(func() bool)),
		expr.Function("secret", func(a ...any) (any, error) {
			name, _ := a[0].(string)
			if data, found := p.Secrets[name]; found {
				return data, nil
			}
			return map[string]string{}, nil
		}, new(func(string) map[string]string)),
	}
}
