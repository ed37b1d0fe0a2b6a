package main

import (
	"net/url"
	"regexp"
	"strings"
	"unicode"

	"github.com/google/go-containerregistry/pkg/name"
)

// What Kargo 1.11 compares repositories by (pkg/urls). What cannot be normalized is returned as it is.

var scp = regexp.MustCompile(`^((?:[\w-]+@)?[\w-]+(?:\.[\w-]+)*)(?::(.*))?$`)

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

func normalizeChart(repository string) string {
	sanitized := sanitize(repository)
	if _, err := url.Parse(sanitized); err != nil {
		return repository
	}
	return normalizeImage(strings.TrimPrefix(strings.ToLower(sanitized), "oci://"))
}

func normalizeGit(repository string) string {
	sanitized := sanitize(strings.ToLower(repository))
	web := strings.HasPrefix(sanitized, "http://") || strings.HasPrefix(sanitized, "https://")
	if web || strings.HasPrefix(sanitized, "ssh://") {
		parsed, err := url.Parse(sanitized)
		if err != nil || len(parsed.Query()) > 0 {
			return repository
		}
		if web {
			parsed.User = nil
		}
		parsed.Path = withoutEnding(parsed.Path)
		return parsed.String()
	}
	parts := scp.FindStringSubmatch(sanitized)
	if parts == nil {
		return repository
	}
	path, err := url.Parse(parts[2])
	if err != nil {
		return repository
	}
	path.Path = withoutEnding(path.Path)
	if path.Path == "" {
		return "ssh://" + parts[1]
	}
	return "ssh://" + parts[1] + "/" + path.String()
}

func withoutEnding(path string) string {
	return strings.TrimSuffix(strings.TrimSuffix(path, "/"), ".git")
}
