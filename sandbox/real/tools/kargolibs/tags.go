package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// newestFirst returns the tags that Kargo's strategy SemVer takes with strictSemvers off, and in its order: equal
// versions fall back to the order of their texts (pkg/image/semver_selector.go).
func newestFirst(tags, allow []string, constraint string) ([]string, error) {
	allowed := make([]*regexp.Regexp, len(allow))
	for i, pattern := range allow {
		compiled, err := regexp.Compile(pattern)
		if err != nil {
			return nil, fmt.Errorf("error compiling allow tags regex: error compiling regular expression %q: %w", pattern, err)
		}
		allowed[i] = compiled
	}
	var limits *semver.Constraints
	if constraint != "" {
		var err error
		if limits, err = semver.NewConstraint(constraint); err != nil {
			return nil, fmt.Errorf("error parsing semver constraint %q: %w", constraint, err)
		}
	}
	taken := []*semver.Version{}
	for _, tag := range tags {
		matches := func(pattern *regexp.Regexp) bool { return pattern.MatchString(tag) }
		if len(allowed) > 0 && !slices.ContainsFunc(allowed, matches) {
			continue
		}
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
