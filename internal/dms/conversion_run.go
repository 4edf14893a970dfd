// SPDX-License-Identifier: Apache-2.0

package dms

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/databasemigrationservice"
	"github.com/aws/aws-sdk-go-v2/service/databasemigrationservice/types"
)

// ConversionStep is a piece of Schema Conversion's work that takes time.
type ConversionStep string

// The steps, in their order. Only ConversionApply changes a database.
const (
	ConversionImport  ConversionStep = "import"
	ConversionAssess  ConversionStep = "assess"
	ConversionConvert ConversionStep = "convert"
	ConversionScript  ConversionStep = "export as script"
	ConversionApply   ConversionStep = "apply to target"
)

// ConversionRequest is one such piece of work as read.
type ConversionRequest struct {
	ID string
	// Status is DMS's word: RECEIVED, IN_PROGRESS, SUCCESS, FAILED, CANCELED, …
	Status string
	// Doing is IN_PROGRESS, LOADING_METADATA, COUNTING_OBJECTS, ANALYZING, CONVERTING, APPLYING or FINISHED; Percent is of this. Both are
	// empty where DMS does not say.
	Doing   string
	Percent float64
	// Objects is how many there are in all, Object the one that is worked on.
	Objects int64
	Object  string
	// Message is DMS's, where it failed.
	Message string
	// Script is where a script was put.
	Script S3Object
}

func (r ConversionRequest) over() bool {
	return slices.Contains([]string{"SUCCESS", "FAILED", "CANCELED"}, r.Status)
}

// ConversionGuard is which requests of a step there were before it was decided to begin another. The caller stores it before
// RunConversion, so that a repeated RunConversion can tell whether the first one reached AWS.
type ConversionGuard struct {
	Known []string `json:"known"`
}

// ConversionError is a step that failed at AWS.
type ConversionError struct {
	Step            ConversionStep
	Project, Status string
	Message         string
}

func (e *ConversionError) Error() string {
	text := fmt.Sprintf("Schema Conversion's %s in migration project %s ended %s", e.Step, e.Project, e.Status)
	if e.Message != "" {
		text += ": " + strings.TrimSuffix(e.Message, ".")
	}
	return text + sentence(conversionAdvice(e.Message))
}

// conversionAdvice says what to do about a message, by words of those that AWS lists.
func conversionAdvice(message string) string {
	has := func(words ...string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.Contains(strings.ToLower(message), w) })
	}
	switch {
	case has("no objects were found"):
		return "check the names in source.schemas, and that the user of the source's secret may see them"
	case has("credentials in the secret"):
		return "check username and password in the secret that it names, source_secret or target_secret of the profile's assess.dms"
	case has("secret does not exist", "secrets manager"):
		return "check the secrets and secrets_role_arn of the profile's assess.dms"
	case has("could not connect", "connection has not been established"):
		return "see that the database can be reached from the subnets and with the security groups of the instance profile"
	case has("versioning"):
		return "turn the bucket's versioning on"
	case has("s3", "project storage", "bucket"):
		return "check s3 and s3_role_arn of the profile's assess.dms, and the role's rights on the bucket"
	case has("sufficient privileges"):
		return "grant the user of that database's secret what AWS lists for Schema Conversion"
	case has("try again later", "try your request again later", "capacity"):
		return "give the command again in some minutes"
	}
	return ""
}

// GuardConversion reads which requests of a step there are.
func (c *Client) GuardConversion(ctx context.Context, p Conversion, step ConversionStep) (ConversionGuard, error) {
	all, err := c.conversionRequests(ctx, p, step, "")
	guard := ConversionGuard{Known: []string{}}
	for _, r := range all {
		guard.Known = append(guard.Known, r.ID)
	}
	return guard, err
}

// RunConversion begins a step for what the scope has of the source and follows it to its end; progress (may be nil) sees each reading. A request
// that came since the guard was read is not repeated but followed: it is that of an earlier try. Where there are several, or another apply
// is under way, it is an *UnsureError. A step that fails at AWS is a *ConversionError.
func (c *Client) RunConversion(ctx context.Context, p Conversion, step ConversionStep, scope ConversionScope, file string, guard ConversionGuard,
	progress func(ConversionRequest)) (ConversionRequest, error) {
	id, err := c.begunSince(ctx, p, step, guard)
	if err != nil {
		return ConversionRequest{}, err
	}
	if id == "" {
		if id, err = c.startConversion(ctx, p, step, scope, file); err != nil {
			if c.refused(err) {
				return ConversionRequest{}, err
			}
			// No answer is no proof that the call did not arrive.
			begun, lookErr := c.begunSince(ctx, p, step, guard)
			if begun == "" {
				return ConversionRequest{}, errors.Join(err, lookErr)
			}
			id = begun
		}
	}
	return c.followConversion(ctx, p, step, id, progress)
}

// refused tells whether AWS answered a call, so that it is certain that nothing began.
func (c *Client) refused(err error) bool {
	var call *CallError
	return !errors.As(err, &call) || call.Code != ""
}

func (c *Client) begunSince(ctx context.Context, p Conversion, step ConversionStep, guard ConversionGuard) (string, error) {
	all, err := c.conversionRequests(ctx, p, step, "")
	if err != nil {
		return "", err
	}
	var since []string
	for _, r := range all {
		if !slices.Contains(guard.Known, r.ID) {
			since = append(since, r.ID)
		} else if step == ConversionApply && !r.over() {
			return "", &UnsureError{Operation: string(step), Object: p.String(), Seen: "request " + r.ID + " of somebody else is applying to the target just now"}
		}
	}
	if len(since) > 1 {
		return "", &UnsureError{Operation: string(step), Object: p.String(), Seen: fmt.Sprintf("%d requests came since it was decided, %s", len(since), strings.Join(since, " and "))}
	}
	if len(since) == 1 {
		return since[0], nil
	}
	return "", nil
}

func (c *Client) startConversion(ctx context.Context, p Conversion, step ConversionStep, scope ConversionScope, file string) (string, error) {
	rules, whole := SelectionRules(p.SourceID, scope), SelectionRules(p.SourceID, ConversionScope{Schemas: scope.Schemas})
	once := func(o *api.Options) { o.RetryMaxAttempts = 1 } // a repeated call would be a second request
	var id *string
	var err error
	switch step {
	case ConversionImport:
		var out *api.StartMetadataModelImportOutput
		if out, err = c.dms.StartMetadataModelImport(ctx, &api.StartMetadataModelImportInput{MigrationProjectIdentifier: &p.ARN, SelectionRules: &whole,
			Origin: types.OriginTypeValueSource, Refresh: true}, once); err == nil {
			id = out.RequestIdentifier
		}
		return aws.ToString(id), wrap("StartMetadataModelImport", p.String(), err)
	case ConversionAssess:
		var out *api.StartMetadataModelAssessmentOutput
		if out, err = c.dms.StartMetadataModelAssessment(ctx, &api.StartMetadataModelAssessmentInput{MigrationProjectIdentifier: &p.ARN, SelectionRules: &rules}, once); err == nil {
			id = out.RequestIdentifier
		}
		return aws.ToString(id), wrap("StartMetadataModelAssessment", p.String(), err)
	case ConversionConvert:
		var out *api.StartMetadataModelConversionOutput
		if out, err = c.dms.StartMetadataModelConversion(ctx, &api.StartMetadataModelConversionInput{MigrationProjectIdentifier: &p.ARN, SelectionRules: &rules}, once); err == nil {
			id = out.RequestIdentifier
		}
		return aws.ToString(id), wrap("StartMetadataModelConversion", p.String(), err)
	}
	target, err := c.dms.GetTargetSelectionRules(ctx, &api.GetTargetSelectionRulesInput{MigrationProjectIdentifier: &p.ARN, SelectionRules: &whole})
	if err != nil {
		return "", wrap("GetTargetSelectionRules", p.String(), err)
	}
	if step == ConversionScript {
		var out *api.StartMetadataModelExportAsScriptOutput
		if out, err = c.dms.StartMetadataModelExportAsScript(ctx, &api.StartMetadataModelExportAsScriptInput{MigrationProjectIdentifier: &p.ARN,
			SelectionRules: target.TargetSelectionRules, Origin: types.OriginTypeValueTarget, FileName: optional(file)}, once); err == nil {
			id = out.RequestIdentifier
		}
		return aws.ToString(id), wrap("StartMetadataModelExportAsScript", p.String(), err)
	}
	out, err := c.dms.StartMetadataModelExportToTarget(ctx, &api.StartMetadataModelExportToTargetInput{MigrationProjectIdentifier: &p.ARN,
		SelectionRules: target.TargetSelectionRules}, once)
	if err == nil {
		id = out.RequestIdentifier
	}
	return aws.ToString(id), wrap("StartMetadataModelExportToTarget", p.String(), err)
}

func (c *Client) followConversion(ctx context.Context, p Conversion, step ConversionStep, id string, progress func(ConversionRequest)) (ConversionRequest, error) {
	last := ConversionRequest{ID: id}
	for {
		found, err := c.conversionRequests(ctx, p, step, id)
		if err != nil {
			return last, err
		}
		if len(found) > 0 {
			last = found[0]
			if progress != nil {
				progress(last)
			}
			if last.Status == "SUCCESS" {
				return last, nil
			}
			if last.over() {
				return last, &ConversionError{Step: step, Project: p.Name, Status: last.Status, Message: last.Message}
			}
		}
		if err := pause(ctx, c.poll); err != nil {
			return last, fmt.Errorf("follow Schema Conversion's %s in %s, now %q: %w", step, p, last.Status, err)
		}
	}
}
