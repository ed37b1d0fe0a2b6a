package main

import (
	"fmt"
	"net/http"

	"github.com/expr-lang/expr"
)

// Bodies of responses: parts that are missing, that have the usual kinds, and that have other ones.
var bodies = []any{
	map[string]any{},
	map[string]any{"ok": true, "status": "UP", "count": 3.0, "items": []any{
		map[string]any{"ok": true, "status": "UP", "count": 1.0}, map[string]any{"ok": false, "status": "DOWN"},
	}},
	map[string]any{"ok": "yes", "status": 200.0, "count": "3", "items": map[string]any{"ok": nil}},
	[]any{1.0, "UP", true, nil, map[string]any{"ok": false}},
	"UP",
	nil,
}

// condition compiles an expression as Kargo's http step does, and evaluates it for several responses. It is refused if
// any of them gives anything but a boolean; a part that a response does not have may fail.
func condition(expression string) (accepted, error) {
	program, err := expr.Compile(expression)
	if err != nil {
		return accepted{}, err
	}
	headers := http.Header{"Content-Type": {"application/json"}}
	for _, body := range bodies {
		result, err := expr.Run(program, map[string]any{"response": map[string]any{
			"status": int64(http.StatusOK), "header": headers.Get, "headers": headers, "body": body,
		}})
		if _, isBoolean := result.(bool); err == nil && !isBoolean {
			return accepted{}, fmt.Errorf("the expression gives %T", result)
		}
	}
	return accepted{Canonical: expression}, nil
}
