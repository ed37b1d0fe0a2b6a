module sandbox/tools/whenexpr

go 1.26.0

require (
	github.com/expr-lang/expr v1.17.8
	github.com/google/go-containerregistry v0.20.7
	go.yaml.in/yaml/v3 v3.0.4
)

require github.com/opencontainers/go-digest v1.0.0 // indirect
