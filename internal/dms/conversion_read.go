// SPDX-License-Identifier: Apache-2.0

package dms

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/databasemigrationservice"
	"github.com/aws/aws-sdk-go-v2/service/databasemigrationservice/types"
)

// conversionRequests reads the requests of a step, all of them or the one with the id.
func (c *Client) conversionRequests(ctx context.Context, p Conversion, step ConversionStep, id string) ([]ConversionRequest, error) {
	var filters []types.Filter
	if id != "" {
		filters = filterBy("request-id", id)
	}
	var all []ConversionRequest
	var marker *string
	for {
		some, next, err := c.requestPage(ctx, p, step, filters, marker)
		if err != nil {
			return nil, err
		}
		for i := range some {
			all = append(all, readRequest(&some[i], p.Bucket))
		}
		if aws.ToString(next) == "" {
			return all, nil
		}
		marker = next
	}
}

func (c *Client) requestPage(ctx context.Context, p Conversion, step ConversionStep, filters []types.Filter, marker *string) ([]types.SchemaConversionRequest, *string, error) {
	switch step {
	case ConversionImport:
		out, err := c.dms.DescribeMetadataModelImports(ctx, &api.DescribeMetadataModelImportsInput{MigrationProjectIdentifier: &p.ARN, Filters: filters, Marker: marker})
		if err != nil {
			return nil, nil, wrap("DescribeMetadataModelImports", p.String(), err)
		}
		return out.Requests, out.Marker, nil
	case ConversionAssess:
		out, err := c.dms.DescribeMetadataModelAssessments(ctx, &api.DescribeMetadataModelAssessmentsInput{MigrationProjectIdentifier: &p.ARN, Filters: filters, Marker: marker})
		if err != nil {
			return nil, nil, wrap("DescribeMetadataModelAssessments", p.String(), err)
		}
		return out.Requests, out.Marker, nil
	case ConversionConvert:
		out, err := c.dms.DescribeMetadataModelConversions(ctx, &api.DescribeMetadataModelConversionsInput{MigrationProjectIdentifier: &p.ARN, Filters: filters, Marker: marker})
		if err != nil {
			return nil, nil, wrap("DescribeMetadataModelConversions", p.String(), err)
		}
		return out.Requests, out.Marker, nil
	case ConversionScript:
		out, err := c.dms.DescribeMetadataModelExportsAsScript(ctx, &api.DescribeMetadataModelExportsAsScriptInput{MigrationProjectIdentifier: &p.ARN, Filters: filters, Marker: marker})
		if err != nil {
			return nil, nil, wrap("DescribeMetadataModelExportsAsScript", p.String(), err)
		}
		return out.Requests, out.Marker, nil
	}
	out, err := c.dms.DescribeMetadataModelExportsToTarget(ctx, &api.DescribeMetadataModelExportsToTargetInput{MigrationProjectIdentifier: &p.ARN, Filters: filters, Marker: marker})
	if err != nil {
		return nil, nil, wrap("DescribeMetadataModelExportsToTarget", p.String(), err)
	}
	return out.Requests, out.Marker, nil
}

func readRequest(r *types.SchemaConversionRequest, bucket string) ConversionRequest {
	out := ConversionRequest{ID: aws.ToString(r.RequestIdentifier), Status: aws.ToString(r.Status)}
	if p := r.Progress; p != nil {
		out.Doing, out.Percent, out.Objects = aws.ToString(p.ProgressStep), aws.ToFloat64(p.ProgressPercent), p.TotalObjects
		if p.ProcessedObject != nil {
			out.Object = aws.ToString(p.ProcessedObject.Name)
		}
	}
	if e, ok := r.Error.(*types.ErrorDetailsMemberDefaultErrorDetails); ok {
		out.Message = aws.ToString(e.Value.Message)
	}
	if e := r.ExportSqlDetails; e != nil {
		out.Script = objectAt(bucket, aws.ToString(e.S3ObjectKey))
	}
	return out
}

// ExportAssessment has Schema Conversion write the report of its last assessment or conversion as CSV files in a zip file, named after
// file, and returns where it is. It overwrites an earlier one of that name.
func (c *Client) ExportAssessment(ctx context.Context, p Conversion, scope ConversionScope, file string) (S3Object, error) {
	rules := SelectionRules(p.SourceID, scope)
	out, err := c.dms.ExportMetadataModelAssessment(ctx, &api.ExportMetadataModelAssessmentInput{MigrationProjectIdentifier: &p.ARN, SelectionRules: &rules,
		FileName: optional(file), AssessmentReportTypes: []types.AssessmentReportType{types.AssessmentReportTypeCsv}})
	if err != nil {
		return S3Object{}, wrap("ExportMetadataModelAssessment", p.String(), err)
	}
	if out.CsvReport == nil || aws.ToString(out.CsvReport.S3ObjectKey) == "" {
		return S3Object{}, &StateError{Operation: "ExportMetadataModelAssessment", Object: p.String(), Need: "a report as CSV; AWS named none"}
	}
	return objectAt(p.Bucket, aws.ToString(out.CsvReport.S3ObjectKey)), nil
}
