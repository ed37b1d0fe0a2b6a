// whenexpr evaluates whenExpressions of Kargo's generic webhook receiver with the engine that Kargo uses.
//
// It reads one JSON request per line and answers each with one JSON line:
//
//	{"expression": "…", "headers": {"X-Gitea-Event": "package"}, "body": {…}}
//	{"matched": true}   or   {"matched": false, "error": "…"}
//
// The environment is that of Kargo 1.11: request.header(name), request.headers(name), request.body, request.params(name).
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"

	"github.com/expr-lang/expr"
)

type question struct {
	Expression string            `json:"expression"`
	Headers    map[string]string `json:"headers"`
	Body       any               `json:"body"`
}

type answer struct {
	Matched bool   `json:"matched"`
	Error   string `json:"error,omitempty"`
}

func evaluate(q question) (bool, error) {
	header := http.Header{}
	for name, value := range q.Headers {
		header.Set(name, value)
	}
	program, err := expr.Compile(q.Expression)
	if err != nil {
		return false, err
	}
	result, err := expr.Run(program, map[string]any{
		"request": map[string]any{
			"header":  header.Get,
			"headers": header.Values,
			"body":    q.Body,
			"params":  func(string) string { return "" },
		},
	})
	if err != nil {
		return false, err
	}
	matched, ok := result.(bool)
	if !ok {
		return false, fmt.Errorf("the expression gives %T, not a boolean", result)
	}
	return matched, nil
}

func main() {
	questions := json.NewDecoder(os.Stdin)
	answers := json.NewEncoder(os.Stdout)
	for {
		var q question
		if questions.Decode(&q) != nil {
			return
		}
		matched, err := evaluate(q)
		a := answer{Matched: matched}
		if err != nil {
			a.Error = err.Error()
		}
		if answers.Encode(a) != nil {
			return
		}
	}
}
