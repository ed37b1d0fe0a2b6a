// kargolibs answers with the libraries that Kargo 1.11 itself decides with: expr-lang, Go's regexp, Masterminds' semver,
// sjson, and go-containerregistry's names.
//
// It reads one JSON question per line and answers each with one JSON line, {"answer": …} or {"error": "…"}:
//
//	{"ask": "when", "expression": "…", "request": {…}}          a whenExpression of a generic receiver: a boolean
//	{"ask": "text", "template": "…${{ … }}…", "request": {…}}   a value of targetSelectionCriteria: a string
//	{"ask": "value", "template": …, "promotion": {…}}           `if` or `config` of a promotion step: any JSON
//	{"ask": "expression", "expression": "…", "environment": {…}} an expression of an http step: any JSON
//	{"ask": "parse", "json": "…", "expression": "…"}            an output of json-parse: any JSON
//	{"ask": "tags", "tags": […], "strategy": "SemVer", …}       the tags that a Warehouse takes, newest first
//	{"ask": "matches", "pattern": "…", "text": "…"}             whether a regular expression of Go's matches
//	{"ask": "read", "kind": "tag", "text": "…", "samples": […]} how Kargo reads a text of a kind, if it accepts it
//	{"ask": "set", "json": "…", "key": "a.b", "value": …}       what json-update makes of a file
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"

	"github.com/expr-lang/expr"
	"github.com/tidwall/sjson"
)

type question struct {
	Ask        string          `json:"ask"`
	Expression string          `json:"expression"`
	Template   json.RawMessage `json:"template"`
	Request    request         `json:"request"`
	Promotion  promotion       `json:"promotion"`
	Environ    map[string]any  `json:"environment"`
	selection
	Pattern string   `json:"pattern"`
	Text    string   `json:"text"`
	Kind    string   `json:"kind"`
	Samples []string `json:"samples"`
	JSON    string   `json:"json"`
	Key     string   `json:"key"`
	Value   any      `json:"value"`
}

func (q question) answer() (any, error) {
	switch q.Ask {
	case "when":
		return q.Request.matches(q.Expression)
	case "text":
		var template string
		if err := json.Unmarshal(q.Template, &template); err != nil {
			return nil, err
		}
		return text(template, q.Request.environment())
	case "value":
		var template any
		if err := json.Unmarshal(q.Template, &template); err != nil {
			return nil, err
		}
		return values(template, q.Promotion.environment(), q.Promotion.functions()...)
	case "tags":
		return q.newestFirst()
	case "expression":
		return expr.Eval(q.Expression, q.Environ)
	case "parse":
		return q.parsed()
	case "matches":
		return regexp.MatchString(q.Pattern, q.Text)
	case "read":
		return read(q.Kind, q.Text, q.Samples)
	case "set":
		return sjson.Set(q.JSON, q.Key, q.Value)
	default:
		return nil, fmt.Errorf("unknown question %q", q.Ask)
	}
}

// parsed evaluates an expression with a JSON document as its environment (json_parser.go).
func (q question) parsed() (any, error) {
	var document any
	if err := json.Unmarshal([]byte(q.JSON), &document); err != nil {
		return nil, fmt.Errorf("could not parse JSON file: %w", err)
	}
	program, err := expr.Compile(q.Expression)
	if err != nil {
		return nil, fmt.Errorf("error compiling expression %q: %w", q.Expression, err)
	}
	value, err := expr.Run(program, document)
	if err != nil {
		return nil, fmt.Errorf("failed to extract outputs: error evaluating expression %q: %w", q.Expression, err)
	}
	return value, nil
}

func main() {
	questions := json.NewDecoder(os.Stdin)
	answers := json.NewEncoder(os.Stdout)
	for {
		var q question
		if questions.Decode(&q) != nil {
			return
		}
		reply := map[string]any{}
		if answer, err := q.answer(); err != nil {
			reply["error"] = err.Error()
		} else {
			reply["answer"] = answer
		}
		if answers.Encode(reply) != nil {
			return
		}
	}
}
