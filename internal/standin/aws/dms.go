// SPDX-License-Identifier: Apache-2.0

package aws

import (
	"crypto/rand"
	"encoding/base32"
	"fmt"
	"regexp"
	"strings"
)

// dmsOperations are the DMS operations that are served. Any other name is answered with UnknownOperationException.
var dmsOperations = map[string]handler{
	"CreateReplicationInstance":             operation((*Server).createInstance),
	"DescribeReplicationInstances":          operation((*Server).describeInstances),
	"ModifyReplicationInstance":             operation((*Server).modifyInstance),
	"DeleteReplicationInstance":             operation((*Server).deleteInstance),
	"DescribeOrderableReplicationInstances": operation((*Server).describeOrderable),
	"CreateReplicationSubnetGroup":          operation((*Server).createSubnetGroup),
	"DescribeReplicationSubnetGroups":       operation((*Server).describeSubnetGroups),
	"CreateEndpoint":                        operation((*Server).createEndpoint),
	"DescribeEndpoints":                     operation((*Server).describeEndpoints),
	"ModifyEndpoint":                        operation((*Server).modifyEndpoint),
	"DeleteEndpoint":                        operation((*Server).deleteEndpoint),
	"TestConnection":                        operation((*Server).testConnection),
	"DescribeConnections":                   operation((*Server).describeConnections),
	"RefreshSchemas":                        operation((*Server).refreshSchemas),
	"DescribeRefreshSchemasStatus":          operation((*Server).describeRefresh),
	"DescribeSchemas":                       operation((*Server).describeSchemas),
	"CreateReplicationTask":                 operation((*Server).createTask),
	"DescribeReplicationTasks":              operation((*Server).describeTasks),
	"ModifyReplicationTask":                 operation((*Server).modifyTask),
	"DeleteReplicationTask":                 operation((*Server).deleteTask),
	"StartReplicationTask":                  operation((*Server).startTask),
	"StopReplicationTask":                   operation((*Server).stopTask),
	"DescribeTableStatistics":               operation((*Server).describeTables),
	"ReloadTables":                          operation((*Server).reloadTables),
	"DescribeReplicationInstanceTaskLogs":   operation((*Server).describeTaskLogs),
	"DescribeEvents":                        operation((*Server).describeEvents),
	"DescribeAccountAttributes":             operation((*Server).describeAccount),
	"AddTagsToResource":                     operation((*Server).addTags),
	"ListTagsForResource":                   operation((*Server).listTags),
	"RemoveTagsFromResource":                operation((*Server).removeTags),
}

var (
	identifierForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*$`)
	resourceIDForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]*(-[A-Za-z0-9]+)*$`)
)

// checkIdentifier applies DMS's rule for names: a letter first, then letters, digits and single hyphens, none at the end.
func checkIdentifier(what, id string, longest int) error {
	if len(id) > longest || !identifierForm.MatchString(id) {
		return badValue("The parameter %s must begin with a letter, may contain only ASCII letters, digits and hyphens, must not end with a "+
			"hyphen or contain two consecutive hyphens, and must have at most %d characters.", what, longest)
	}
	return nil
}

// newARN makes the ARN of a new resource. The resource ID is random, as DMS's are, unless the caller chose one.
func (s *Server) newARN(kind, resourceID string) (string, error) {
	if resourceID == "" {
		random := make([]byte, 16)
		_, _ = rand.Read(random)
		resourceID = base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(random)
	} else if len(resourceID) > 31 || !resourceIDForm.MatchString(resourceID) {
		return "", badValue("The parameter ResourceIdentifier must begin with a letter, may contain only ASCII letters, digits and hyphens, " +
			"must not end with a hyphen or contain two consecutive hyphens, and must have at most 31 characters.")
	}
	return fmt.Sprintf("arn:aws:dms:%s:%s:%s:%s", s.opts.Region, s.opts.Account, kind, resourceID), nil
}

// resourceID is the last part of an ARN. It names a task in log streams and control tables.
func resourceID(arn string) string { return arn[strings.LastIndexByte(arn, ':')+1:] }
