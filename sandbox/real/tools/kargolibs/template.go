package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/expr-lang/expr"
	"go.yaml.in/yaml/v3"
)

// Kargo's delimiters of expressions within a template.
var delimiters = []struct{ start, end string }{{"${{", "}}"}, {"${%", "%}"}}

// Functions that templates have beside the environment (pkg/expressions/json_templates.go).
var functions = []expr.Option{
	expr.Function("quote", func(a ...any) (any, error) {
		if s, ok := a[0].(string); ok {
			return strconv.Quote(s), nil
		}
		return quoted(a[0], json.Marshal, "")
	}, new(func(any) string)),
	expr.Function("unsafeQuote", func(a ...any) (any, error) { return quoted(a[0], json.Marshal, "") },
		new(func(any) string)),
	expr.Function("asYAML", func(a ...any) (any, error) { return quoted(a[0], yaml.Marshal, "") },
		new(func(any) string)),
	expr.Function("asJSON", func(a ...any) (any, error) {
		return quoted(a[0], func(v any) ([]byte, error) { return json.MarshalIndent(v, "", "  ") }, "\n")
	}, new(func(any) string)),
}

func quoted(value any, marshal func(any) ([]byte, error), end string) (any, error) {
	content, err := marshal(value)
	return `"` + string(content) + end + `"`, err
}

// text evaluates a template that must give a string.
func text(template string, environment map[string]any) (string, error) {
	result, err := value(template, environment)
	if err != nil {
		return "", err
	}
	if s, ok := result.(string); ok {
		return s, nil
	}
	return "", fmt.Errorf("expression result %v evaluated to %T; not a string", result, result)
}

// values evaluates every string within a JSON value; keys are taken as they are (EvaluateJSONTemplate).
func values(template any, environment map[string]any, options ...expr.Option) (any, error) {
	var err error
	switch t := template.(type) {
	case string:
		return value(t, environment, options...)
	case map[string]any:
		for key := range t {
			if t[key], err = values(t[key], environment, options...); err != nil {
				return nil, err
			}
		}
	case []any:
		for i := range t {
			if t[i], err = values(t[i], environment, options...); err != nil {
				return nil, err
			}
		}
	}
	return template, nil
}

// value evaluates a template. As Kargo does, it takes what looks like a number, a boolean or JSON for one, unless it is
// quoted (EvaluateTemplate).
func value(template string, environment map[string]any, options ...expr.Option) (any, error) {
	result, found, err := replace(template, environment, options)
	if err != nil || !found {
		return result, err
	}
	trimmed := strings.TrimSuffix(result, "\n")
	newline := result[len(trimmed):]
	if len(trimmed) > 1 && strings.HasPrefix(trimmed, `"`) && strings.HasSuffix(trimmed, `"`) {
		return trimmed[1:len(trimmed)-1] + newline, nil
	}
	if n, err := strconv.ParseFloat(trimmed, 64); err == nil {
		return n, nil
	}
	if b, err := strconv.ParseBool(trimmed); err == nil {
		return b, nil
	}
	var other any
	if json.Unmarshal([]byte(trimmed), &other) == nil {
		return other, nil
	}
	return result, nil
}

// replace puts the result of each expression into the template, and tells whether there was any delimiter.
func replace(template string, environment map[string]any, options []expr.Option) (string, bool, error) {
	var result strings.Builder
	found := false
	for {
		start, opening, closing := -1, "", ""
		for _, d := range delimiters {
			if i := strings.Index(template, d.start); i >= 0 && (start < 0 || i < start) {
				start, opening, closing = i, d.start, d.end
			}
		}
		if start < 0 {
			result.WriteString(template)
			return result.String(), found, nil
		}
		found = true
		rest := template[start+len(opening):]
		end := strings.Index(rest, closing)
		if end < 0 {
			return "", true, fmt.Errorf("unclosed expression: expected %q but reached end of template", closing)
		}
		value, err := evaluate(rest[:end], environment, options)
		if err != nil {
			return "", true, err
		}
		result.WriteString(template[:start] + value)
		template = rest[end+len(closing):]
	}
}

func evaluate(expression string, environment map[string]any, options []expr.Option) (string, error) {
	program, err := expr.Compile(expression, slices.Concat(options, functions)...)
	if err != nil {
		return "", err
	}
	result, err := expr.Run(program, environment)
	if err != nil {
		return "", err
	}
	if s, ok := result.(string); ok {
		return s, nil
	}
	content, err := json.Marshal(result)
	return string(content), err
}
