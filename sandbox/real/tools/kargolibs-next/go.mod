module sandbox/tools/kargolibs

go 1.26.0

require (
	github.com/Masterminds/semver/v3 v3.5.0
	github.com/expr-lang/expr v1.17.8
	github.com/google/go-containerregistry v0.21.7
	github.com/tidwall/sjson v1.2.5
	go.yaml.in/yaml/v3 v3.0.5
)

require (
	github.com/opencontainers/go-digest v1.0.0 // indirect
	github.com/tidwall/gjson v1.19.0 // indirect
	github.com/tidwall/match v1.2.0 // indirect
	github.com/tidwall/pretty v1.2.1 // indirect
)
