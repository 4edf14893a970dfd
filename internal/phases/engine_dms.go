// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"fmt"
	"strings"

	"github.com/ferryman/ferryman/internal/assess"
	"github.com/ferryman/ferryman/internal/dms"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

// Converting is how far AWS DMS Schema Conversion is.
type Converting struct {
	Step    dms.ConversionStep `json:"step"`
	Status  string             `json:"status"`
	Doing   string             `json:"doing,omitempty"`
	Percent float64            `json:"percent,omitempty"`
	Objects int64              `json:"objects,omitempty"`
	Object  string             `json:"object,omitempty"`
}

// Facts of an assessment by engine dms.
const (
	conversionFact = "dms_conversion"
	guardsFact     = "dms_conversion_guards"
	awsReportFact  = "dms_conversion_report"
	awsScriptFact  = "dms_conversion_script"
)

// The kinds of its steps.
const (
	projectStep = "conversion project"
	exportStep  = "export report"
	readStep    = "read report"
	awsStep     = "aws " // and the work's name
)

// byAWS tells whether the profile has AWS assess.
func (h *hands) byAWS() bool { return h.profile.Assess.Engine == assess.DMS }

// draftByAWS is the plan of an assessment by AWS DMS Schema Conversion. It changes neither database: what it makes is at AWS.
func (h *hands) draftByAWS() runbook.Draft {
	object := strings.Join(h.schemas, ", ")
	name := h.profile.Assess.DMS.Project
	if name == "" {
		name = dms.ConversionName(h.migration)
	}
	step := func(kind, object, why string) runbook.Step {
		return runbook.Step{ID: strings.ReplaceAll(kind, " ", "-"), Kind: kind, Object: object, Why: why}
	}
	return runbook.Draft{Plan: runbook.Plan{Steps: []runbook.Step{
		step(projectStep, name, "the migration project of DMS Schema Conversion, with its data providers and instance profile"),
		step(awsStep+string(dms.ConversionImport), object, "Schema Conversion reads the source's dictionary"),
		step(awsStep+string(dms.ConversionAssess), object, "Schema Conversion says what converts"),
		step(exportStep, object, "its report is written to S3"),
		step(awsStep+string(dms.ConversionConvert), object, "Schema Conversion converts, in its project only"),
		step(awsStep+string(dms.ConversionScript), object, "what it converted is written to S3"),
		{ID: "read-report", Kind: readStep, Object: object, Why: "reads the report, the script and the dictionary, and tries the script in a scratch database; changes nothing", Looks: true},
	}}}
}

// stepByAWS is one step of that plan.
func (h *hands) stepByAWS(ctx context.Context, m *store.Migration, step runbook.Step, report runbook.Report) (runbook.Result, error) {
	if step.Kind == readStep {
		return h.assessByAWS(ctx, m, report)
	}
	client, err := h.dms(ctx)
	if err != nil {
		return runbook.Result{}, err
	}
	if step.Kind == projectStep {
		return h.conversionProject(ctx, client, m)
	}
	var p dms.Conversion
	var guards map[dms.ConversionStep]dms.ConversionGuard
	for name, into := range map[string]any{conversionFact: &p, guardsFact: &guards} {
		if _, err := m.Fact(name, into); err != nil {
			return runbook.Result{}, err
		}
	}
	// One file for each migration: a later run overwrites it, and what a run read is in the migration's own files.
	file := dms.NamesFor(m.Name).Instance
	if step.Kind == exportStep {
		at, err := client.ExportAssessment(ctx, p, h.conversionScope(), file)
		if err != nil {
			return runbook.Result{}, problem("AWS's report can't be had.", err)
		}
		return runbook.Result{Facts: map[string]any{awsReportFact: at}}, nil
	}
	kind := dms.ConversionStep(strings.TrimPrefix(step.Kind, awsStep))
	done, err := client.RunConversion(ctx, p, kind, h.conversionScope(), file+"-script", guards[kind], func(r dms.ConversionRequest) {
		report("conversion", "", Converting{Step: kind, Status: r.Status, Doing: r.Doing, Percent: r.Percent, Objects: r.Objects, Object: r.Object})
	})
	if err != nil {
		return runbook.Result{}, problem(fmt.Sprintf("AWS DMS Schema Conversion could not %s.", inWords[kind]), err)
	}
	facts := map[string]any{}
	if kind == dms.ConversionScript {
		facts[awsScriptFact] = done.Script
	}
	return runbook.Result{Facts: facts}, nil
}

// conversionScope is what Schema Conversion works on: the schemas, without what people left out.
func (h *hands) conversionScope() dms.ConversionScope {
	scope := dms.ConversionScope{Schemas: h.schemas}
	for _, x := range h.decided.LeaveOut {
		scope.Without = append(scope.Without, dms.ConversionObject{Schema: x.Owner, Type: x.Type, Name: x.Name})
	}
	return scope
}

var inWords = map[dms.ConversionStep]string{dms.ConversionImport: "read the source", dms.ConversionAssess: "assess the source",
	dms.ConversionConvert: "convert the source", dms.ConversionScript: "write its script", dms.ConversionApply: "apply to the target"}

// conversionProject finds or makes the project, and reads what was begun in it before this run: the steps after it are then repeated
// without beginning anything twice.
func (h *hands) conversionProject(ctx context.Context, client *dms.Client, m *store.Migration) (runbook.Result, error) {
	a, i := h.profile.Assess.DMS, h.profile.AWS.Instance
	p, err := client.EnsureConversion(ctx, dms.ConversionSpec{
		Migration: m.Name, Tags: h.profile.AWS.Tags, Existing: a.Project, Source: h.ends.SourceDMS, Target: h.ends.Target,
		SourceSecret: h.profile.SourceSecret(), TargetSecret: h.profile.TargetSecret(), SecretsRole: a.SecretsRoleARN, S3: a.S3, S3Role: a.S3RoleARN,
		SubnetGroup: i.SubnetGroup, SecurityGroupIDs: i.SecurityGroupIDs, Public: i.PubliclyAccessible,
	})
	if err != nil {
		return runbook.Result{}, problem("The migration project of DMS Schema Conversion can't be had.", err)
	}
	guards := map[dms.ConversionStep]dms.ConversionGuard{}
	for _, kind := range []dms.ConversionStep{dms.ConversionImport, dms.ConversionAssess, dms.ConversionConvert, dms.ConversionScript} {
		if guards[kind], err = client.GuardConversion(ctx, p, kind); err != nil {
			return runbook.Result{}, problem("What was begun in the migration project can't be read.", err)
		}
	}
	return runbook.Result{Facts: map[string]any{conversionFact: p, guardsFact: guards}}, nil
}
