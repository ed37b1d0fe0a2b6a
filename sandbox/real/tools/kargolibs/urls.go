package main

import (
	"net/url"
	"strings"
	"unicode"

	"github.com/google/go-containerregistry/pkg/name"
)

// What Kargo 1.11 compares repositories by (pkg/urls). What cannot be normalized is returned as it is.

func sanitize(address string) string {
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return -1
	}, address))
}

func normalizeImage(repository string) string {
	parsed, err := name.ParseReference(sanitize(strings.ToLower(repository)), name.WeakValidation)
	if err != nil {
		return repository
	}
	registry, path := parsed.Context().Registry.Name(), parsed.Context().RepositoryStr()
	if registry == "index.docker.io" || registry == "registry-1.docker.io" {
		return strings.TrimPrefix(path, "library/")
	}
	return registry + "/" + path
}

// normalizeGit knows web addresses alone: this project writes no other.
func normalizeGit(repository string) string {
	parsed, err := url.Parse(sanitize(strings.ToLower(repository)))
	if err != nil || len(parsed.Query()) > 0 {
		return repository
	}
	parsed.User = nil
	parsed.Path = strings.TrimSuffix(strings.TrimSuffix(parsed.Path, "/"), ".git")
	return parsed.String()
}
