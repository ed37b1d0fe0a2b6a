package main

import (
	"fmt"
	"net/http"
	"net/url"

	"github.com/expr-lang/expr"
)

// request is what expressions see of a webhook request (pkg/webhook/external/generic.go): normalizeGit, normalizeImage,
// normalizeChart, params, request.header(name), request.headers(name), request.body, request.params(name).
type request struct {
	Headers    map[string]string `json:"headers"`
	Query      string            `json:"query"`
	Parameters map[string]string `json:"parameters"`
	Body       any               `json:"body"`
}

func (r request) environment() map[string]any {
	header := http.Header{}
	for name, value := range r.Headers {
		header.Set(name, value)
	}
	// A malformed query has the parameters that could be read, as net/http's Request.URL.Query().
	query, _ := url.ParseQuery(r.Query)
	parameters := map[string]any{}
	for name, value := range r.Parameters {
		parameters[name] = value
	}
	return map[string]any{
		"normalizeGit":   normalizeGit,
		"normalizeImage": normalizeImage,
		"normalizeChart": normalizeChart,
		"params":         parameters,
		"request": map[string]any{
			"header":  header.Get,
			"headers": header.Values,
			"body":    r.Body,
			"params":  query.Get,
		},
	}
}

func (r request) matches(expression string) (bool, error) {
	if expression == "" {
		return true, nil
	}
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
