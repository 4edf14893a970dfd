// SPDX-License-Identifier: Apache-2.0

package aws

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ferryman/ferryman/internal/convert"
)

// conversions are the account's parts of DMS Schema Conversion.
type conversions struct {
	providers map[string]*dataProvider
	profiles  map[string]*instanceProfile
	projects  map[string]*project
	edit      func(sql string) string // of each script
}

// The operations of Schema Conversion that are served.
func init() {
	maps.Copy(dmsOperations, map[string]handler{
		"CreateDataProvider":                   operation((*Server).createDataProvider),
		"DescribeDataProviders":                operation((*Server).describeDataProviders),
		"DeleteDataProvider":                   operation((*Server).deleteDataProvider),
		"CreateInstanceProfile":                operation((*Server).createInstanceProfile),
		"DescribeInstanceProfiles":             operation((*Server).describeInstanceProfiles),
		"DeleteInstanceProfile":                operation((*Server).deleteInstanceProfile),
		"CreateMigrationProject":               operation((*Server).createProject),
		"DescribeMigrationProjects":            operation((*Server).describeProjects),
		"DeleteMigrationProject":               operation((*Server).deleteProject),
		"StartMetadataModelImport":             operation((*Server).startImport),
		"StartMetadataModelAssessment":         operation((*Server).startAssessment),
		"StartMetadataModelConversion":         operation((*Server).startConversion),
		"StartMetadataModelExportAsScript":     operation((*Server).startScript),
		"StartMetadataModelExportToTarget":     operation((*Server).startApply),
		"DescribeMetadataModelImports":         operation(describeRequests(scImport)),
		"DescribeMetadataModelAssessments":     operation(describeRequests(scAssess)),
		"DescribeMetadataModelConversions":     operation(describeRequests(scConvert)),
		"DescribeMetadataModelExportsAsScript": operation(describeRequests(scScript)),
		"DescribeMetadataModelExportsToTarget": operation(describeRequests(scApply)),
		"ExportMetadataModelAssessment":        operation((*Server).exportAssessment),
		"GetTargetSelectionRules":              operation((*Server).targetRules),
	})
}

type dataProvider struct {
	DataProviderArn          string
	DataProviderCreationTime string
	DataProviderName         string
	Description              string `json:",omitempty"`
	Engine                   string
	Settings                 map[string]map[string]any
	Virtual                  bool
}

// settings are those of the provider's engine.
func (p *dataProvider) settings() map[string]any {
	for _, s := range p.Settings { // it is a union
		return s
	}
	return nil
}

func (p *dataProvider) text(key string) string {
	text, _ := p.settings()[key].(string)
	return text
}

func (p *dataProvider) port() int {
	port, _ := p.settings()["Port"].(float64)
	return int(port)
}

type instanceProfile struct {
	AvailabilityZone            string `json:",omitempty"`
	Description                 string `json:",omitempty"`
	InstanceProfileArn          string
	InstanceProfileCreationTime string
	InstanceProfileName         string
	KmsKeyArn                   string `json:",omitempty"`
	NetworkType                 string
	PubliclyAccessible          bool
	SubnetGroupIdentifier       string   `json:",omitempty"`
	VpcSecurityGroups           []string `json:",omitempty"`
}

type descriptor struct {
	DataProviderArn             string
	DataProviderName            string
	SecretsManagerAccessRoleArn string `json:",omitempty"`
	SecretsManagerSecretID      string `json:"SecretsManagerSecretId,omitempty"`
}

type scAttributes struct {
	S3BucketPath    string
	S3BucketRoleArn string
}

// bucket takes S3BucketPath apart.
func (a *scAttributes) bucket() (name, folder string) {
	if a == nil {
		return "", ""
	}
	u, err := url.Parse(a.S3BucketPath)
	if err != nil || u.Scheme != "s3" {
		return "", ""
	}
	return u.Host, strings.Trim(u.Path, "/")
}

type shownProject struct {
	Description                           string `json:",omitempty"`
	InstanceProfileArn                    string
	InstanceProfileName                   string
	MigrationProjectArn                   string
	MigrationProjectCreationTime          string
	MigrationProjectName                  string
	SchemaConversionApplicationAttributes *scAttributes `json:",omitempty"`
	SourceDataProviderDescriptors         []descriptor
	TargetDataProviderDescriptors         []descriptor
	TransformationRules                   string `json:",omitempty"`
}

// project is a migration project with what was imported and converted in it.
type project struct {
	shownProject
	source, target *dataProvider

	requests []*scRequest
	busy     sync.Mutex // one piece of work after the other
	// What follows is held under busy.
	loaded    map[string]bool // schemas of the source
	assessed  *convert.Conversion
	converted *convert.Conversion
}

func created() string { return time.Now().UTC().Format(time.RFC3339) }

// named finds a resource by its ARN or its name.
func named[T any](all map[string]T, id string, name func(T) string) (found T, ok bool) {
	if found, ok = all[id]; ok {
		return found, true
	}
	for _, candidate := range all {
		if name(candidate) == id && id != "" {
			return candidate, true
		}
	}
	return found, false
}

// find is named for a Describe: a filter on the identifier that fits nothing is an error.
func find[T any](all map[string]T, in *describe, filterName string, arn, name func(T) string) ([]T, string, error) {
	list := sorted(all, name)
	for _, f := range in.Filters {
		if f.Name != filterName {
			return nil, "", badValue("The filter name %.60q is not valid for this operation.", f.Name)
		}
		list = slices.DeleteFunc(list, func(item T) bool {
			return !slices.Contains(f.Values, arn(item)) && !slices.Contains(f.Values, name(item))
		})
		if len(list) == 0 {
			return nil, "", notFound("No resource was found matching filter %s.", f.Name)
		}
	}
	return page(list, in.Marker, in.MaxRecords, usualBounds)
}
