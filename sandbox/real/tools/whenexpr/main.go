// whenexpr evaluates the expressions of Kargo's generic webhook receiver with the engine that Kargo uses.
//
// It reads one JSON request per line and answers each with one JSON line:
//
//	{"when": "…", "headers": {"X-Gitea-Event": "package"}, "body": {…}}       a whenExpression
//	{"template": "…${{ … }}…", "headers": …, "body": …}                       a value of targetSelectionCriteria
//
//	{"matched": true}   {"text": "…"}   {"error": "…"}
//
// The environment is that of Kargo 1.11 (pkg/webhook/external/generic.go): normalizeGit, normalizeImage,
// normalizeChart, params, request.header(name), request.headers(name), request.body, request.params(name).
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"os"

	"github.com/expr-lang/expr"
)

type question struct {
	When       *string           `json:"when"`
	Template   string            `json:"template"`
	Headers    map[string]string `json:"headers"`
	Query      string            `json:"query"`
	Parameters map[string]string `json:"parameters"`
	Body       any               `json:"body"`
}

type answer struct {
	Matched bool   `json:"matched"`
	Text    string `json:"text"`
	Error   string `json:"error,omitempty"`
}

func (q question) environment() map[string]any {
	header := http.Header{}
	for name, value := range q.Headers {
		header.Set(name, value)
	}
	// A malformed query has the parameters that could be read, as net/http's Request.URL.Query().
	query, _ := url.ParseQuery(q.Query)
	parameters := map[string]any{}
	for name, value := range q.Parameters {
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
			"body":    q.Body,
			"params":  query.Get,
		},
	}
}

func matches(expression string, environment map[string]any) (bool, error) {
	if expression == "" {
		return true, nil
	}
	program, err := expr.Compile(expression)
	if err != nil {
		return false, err
	}
	result, err := expr.Run(program, environment)
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
		var a answer
		var err error
		if q.When != nil {
			a.Matched, err = matches(*q.When, q.environment())
		} else {
			a.Text, err = text(q.Template, q.environment())
		}
		if err != nil {
			a = answer{Error: err.Error()}
		}
		if answers.Encode(a) != nil {
			return
		}
	}
}
