package main

import (
	"fmt"
	"net/http"

	"github.com/expr-lang/expr"
)

// request is what this project's expressions use of a webhook request (pkg/webhook/external/generic.go).
type request struct {
	Headers map[string]string `json:"headers"`
	Body    any               `json:"body"`
}

func (r request) environment() map[string]any {
	header := http.Header{}
	for name, value := range r.Headers {
		header.Set(name, value)
	}
	return map[string]any{
		"normalizeGit":   normalizeGit,
		"normalizeImage": normalizeImage,
		"request":        map[string]any{"header": header.Get, "body": r.Body},
	}
}

func (r request) matches(expression string) (bool, error) {
	program, err := expr.Compile(expression)
	if err != nil {
		return false, err
	}
	result, err := expr.Run(program, r.environment())
	if err != nil {
		return false, err
	}
	matched, ok := result.(bool)
	if !ok {
		return false, fmt.Errorf("the expression gives %T, not a boolean", result)
	}
	return matched, nil
}
