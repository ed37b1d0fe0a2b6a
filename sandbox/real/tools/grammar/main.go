// grammar tells what Kargo 1.11 accepts as a tag expression, a SemVer constraint, a duration or an image repository,
// with the libraries that Kargo uses.
//
// It reads one JSON question per line and answers each with one JSON line:
//
//	{"kind": "tag", "value": "^v\\d+$", "samples": ["v1", "latest"]}
//	{"kind": "semver" | "duration" | "image", "value": "…"}
//
//	{"accepted": true, "canonical": "…", "matched": [true, false]}   {"accepted": false, "error": "…"}
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"time"

	"github.com/Masterminds/semver/v3"
	"github.com/google/go-containerregistry/pkg/name"
)

type question struct {
	Kind    string   `json:"kind"`
	Value   string   `json:"value"`
	Samples []string `json:"samples"`
}

type answer struct {
	Accepted  bool   `json:"accepted"`
	Canonical string `json:"canonical"`
	Matched   []bool `json:"matched,omitempty"`
	Error     string `json:"error,omitempty"`
}

var errRefused = errors.New("refused")

func (q question) answer() (answer, error) {
	switch q.Kind {
	case "tag":
		return tag(q.Value, q.Samples)
	case "semver":
		return constraint(q.Value)
	case "duration":
		return duration(q.Value)
	case "image":
		return image(q.Value)
	}
	return answer{}, fmt.Errorf("unknown kind %q", q.Kind)
}

// tag compiles an expression as pkg/image/tag_based_selector.go does, and matches samples with it.
func tag(expression string, samples []string) (answer, error) {
	compiled, err := regexp.Compile(expression)
	if err != nil {
		return answer{}, err
	}
	matched := make([]bool, len(samples))
	for i, sample := range samples {
		matched[i] = compiled.MatchString(sample)
	}
	return answer{Canonical: expression, Matched: matched}, nil
}

// constraint is what Kargo's admission does (pkg/validation).
func constraint(text string) (answer, error) {
	_, err := semver.NewConstraint(text)
	return answer{Canonical: text}, err
}

// The CRD's pattern of a Warehouse's interval; admission rewrites the duration before it is held against it.
var interval = regexp.MustCompile(`^([0-9]+(\.[0-9]+)?(h|m|s))+$`)

func duration(text string) (answer, error) {
	parsed, err := time.ParseDuration(text)
	if err != nil {
		return answer{}, err
	}
	canonical := parsed.String()
	if !interval.MatchString(text) || !interval.MatchString(canonical) {
		return answer{}, errRefused
	}
	return answer{Canonical: canonical}, nil
}

const word = `\w+([.-]\w+)*`

// The rule of pkg/subscription/image.go for a repository: an optional host, and words between slashes.
var repository = regexp.MustCompile(`^(` + word + `(:\d+)?/)?` + word + `(/` + word + `)*$`)

// image holds a repository against Kargo's own rule, and parses it as Kargo does to ask the registry. The canonical
// form is the one that Kargo compares by (pkg/urls): without Docker Hub's host.
func image(text string) (answer, error) {
	if !repository.MatchString(text) {
		return answer{}, errRefused
	}
	parsed, err := name.ParseReference(text)
	if err != nil {
		return answer{}, err
	}
	context := parsed.Context()
	if context.RegistryStr() == name.DefaultRegistry {
		return answer{Canonical: context.RepositoryStr()}, nil
	}
	return answer{Canonical: context.Name()}, nil
}

func main() {
	questions := json.NewDecoder(os.Stdin)
	answers := json.NewEncoder(os.Stdout)
	for {
		var q question
		if questions.Decode(&q) != nil {
			return
		}
		a, err := q.answer()
		if err != nil {
			a = answer{Error: err.Error()}
		} else {
			a.Accepted = true
		}
		if answers.Encode(a) != nil {
			return
		}
	}
}
