module sandbox/tools/grammar

go 1.26.0

require (
	github.com/Masterminds/semver/v3 v3.4.0
	github.com/google/go-containerregistry v0.20.7
)

require github.com/opencontainers/go-digest v1.0.0 // indirect
