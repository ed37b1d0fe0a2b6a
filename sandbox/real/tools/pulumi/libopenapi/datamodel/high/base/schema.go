// Package base has the parts of a schema that Pulumi's engine names.
package base

import (
	"github.com/pb33f/libopenapi/orderedmap"
	"go.yaml.in/yaml/v4"
)

type Schema struct {
	Type, Required               []string
	Description, Format, Pattern string
	AllOf, AnyOf, OneOf          []*SchemaProxy
	Properties                   *orderedmap.Map[string, *SchemaProxy]
	AdditionalProperties, Items  *DynamicValue
	Discriminator                *Discriminator
	Enum                         []*yaml.Node
	Default                      *yaml.Node
	Extensions                   *orderedmap.Map[string, *yaml.Node]
	MinLength, MaxLength         *int64
	Minimum, Maximum, MultipleOf *float64
	Nullable, ReadOnly           *bool
}

type low interface{ Hash() uint64 }

func (*Schema) GoLow() low { return nil }

func (*Schema) MarshalJSONInline() ([]byte, error) { return nil, nil }

type SchemaProxy struct{}

func (*SchemaProxy) Schema() *Schema { return nil }

func (*SchemaProxy) IsReference() bool { return false }

func (*SchemaProxy) GetReference() string { return "" }

type DynamicValue struct{ A *SchemaProxy }

func (*DynamicValue) IsA() bool { return false }

type Discriminator struct {
	PropertyName string
	Mapping      *orderedmap.Map[string, string]
}
