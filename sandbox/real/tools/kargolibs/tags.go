package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// selection is what a subscription says of an image's tags.
type selection struct {
	Tags       []string `json:"tags"`
	Strategy   string   `json:"strategy"`
	Allow      []string `json:"allow"`
	Ignore     []string `json:"ignore"`
	Constraint string   `json:"constraint"`
}

// newestFirst returns the tags that Kargo's strategies Digest, Lexical and SemVer (with strictSemvers off) take, in
// their order (pkg/image).
func (s selection) newestFirst() ([]string, error) {
	if s.Strategy == "Digest" {
		return slices.DeleteFunc(s.Tags, func(tag string) bool { return tag != s.Constraint }), nil
	}
	tags, err := s.matching()
	if err != nil {
		return nil, err
	}
	if s.Strategy == "SemVer" {
		return versions(tags, s.Constraint)
	}
	slices.SortFunc(tags, func(a, b string) int { return strings.Compare(b, a) })
	return tags, nil
}

func (s selection) matching() ([]string, error) {
	allowed, err := compiled(s.Allow, "allow")
	if err != nil {
		return nil, err
	}
	ignored, err := compiled(s.Ignore, "ignore")
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(s.Tags, func(tag string) bool {
		matches := func(pattern *regexp.Regexp) bool { return pattern.MatchString(tag) }
		return len(allowed) > 0 && !slices.ContainsFunc(allowed, matches) || slices.ContainsFunc(ignored, matches)
	}), nil
}

func compiled(patterns []string, what string) ([]*regexp.Regexp, error) {
	expressions := make([]*regexp.Regexp, len(patterns))
	for i, pattern := range patterns {
		var err error
		if expressions[i], err = regexp.Compile(pattern); err != nil {
			return nil, fmt.Errorf("error compiling %s tags regex: error compiling regular expression %q: %w", what, pattern, err)
		}
	}
	return expressions, nil
}

// versions returns the tags that are versions; equal ones fall back to the order of their texts.
func versions(tags []string, constraint string) ([]string, error) {
	var limits *semver.Constraints
	if constraint != "" {
		var err error
		if limits, err = semver.NewConstraint(constraint); err != nil {
			return nil, fmt.Errorf("error parsing semver constraint %q: %w", constraint, err)
		}
	}
	taken := []*semver.Version{}
	for _, tag := range tags {
		if version, err := semver.NewVersion(tag); err == nil && (limits == nil || limits.Check(version)) {
			taken = append(taken, version)
		}
	}
	slices.SortFunc(taken, func(a, b *semver.Version) int {
		if order := b.Compare(a); order != 0 {
			return order
		}
		return strings.Compare(b.Original(), a.Original())
	})
	names := make([]string, len(taken))
	for i, version := range taken {
		names[i] = version.Original()
	}
	return names, nil
}
