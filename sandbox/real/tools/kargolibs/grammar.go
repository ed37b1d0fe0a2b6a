package main

import (
	"errors"
	"fmt"
	"regexp"
	"time"

	"github.com/Masterminds/semver/v3"
	"github.com/google/go-containerregistry/pkg/name"
)

// accepted says in which form Kargo keeps a value, and which samples a tag expression matches.
type accepted struct {
	Canonical string `json:"canonical"`
	Matched   []bool `json:"matched,omitempty"`
}

var errRefused = errors.New("refused")

// read tells what Kargo makes of a tag expression, a SemVer constraint, a duration, an image repository, an expression of
// an http step, a GitHub App's private key or a tag that should be a version.
func read(kind, text string, samples []string) (accepted, error) {
	switch kind {
	case "tag":
		return tag(text, samples)
	case "semver":
		return constraint(text)
	case "duration":
		return duration(text)
	case "image":
		return imageRepository(text)
	case "condition":
		return condition(text)
	case "key":
		return key(text)
	case "version":
		_, err := semver.NewVersion(text)
		return accepted{Canonical: text}, err
	}
	return accepted{}, fmt.Errorf("unknown kind %q", kind)
}

// tag compiles an expression as pkg/image/tag_based_selector.go does, and matches samples with it.
func tag(expression string, samples []string) (accepted, error) {
	compiled, err := regexp.Compile(expression)
	if err != nil {
		return accepted{}, err
	}
	matched := make([]bool, len(samples))
	for i, sample := range samples {
		matched[i] = compiled.MatchString(sample)
	}
	return accepted{Canonical: expression, Matched: matched}, nil
}

// constraint is what Kargo's admission does (pkg/validation).
func constraint(text string) (accepted, error) {
	_, err := semver.NewConstraint(text)
	return accepted{Canonical: text}, err
}

// The CRD's pattern of a Warehouse's interval; admission rewrites the duration before it is held against it.
var interval = regexp.MustCompile(`^([0-9]+(\.[0-9]+)?(h|m|s))+$`)

func duration(text string) (accepted, error) {
	parsed, err := time.ParseDuration(text)
	if err != nil {
		return accepted{}, err
	}
	canonical := parsed.String()
	if !interval.MatchString(text) || !interval.MatchString(canonical) {
		return accepted{}, errRefused
	}
	return accepted{Canonical: canonical}, nil
}

const word = `\w+([.-]\w+)*`

// The rule of pkg/subscription/image.go for a repository: an optional host, and words between slashes.
var repository = regexp.MustCompile(`^(` + word + `(:\d+)?/)?` + word + `(/` + word + `)*$`)

// imageRepository holds a repository against Kargo's own rule, and parses it as Kargo does to ask the registry. The canonical
// form is the one that Kargo compares by (pkg/urls): without Docker Hub's host.
func imageRepository(text string) (accepted, error) {
	if !repository.MatchString(text) {
		return accepted{}, errRefused
	}
	parsed, err := name.ParseReference(text)
	if err != nil {
		return accepted{}, err
	}
	context := parsed.Context()
	if context.RegistryStr() == name.DefaultRegistry {
		return accepted{Canonical: context.RepositoryStr()}, nil
	}
	return accepted{Canonical: context.Name()}, nil
}
