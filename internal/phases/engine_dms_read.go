// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/assess"
	"github.com/ferryman/ferryman/internal/assess/sct"
	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/dms"
	"github.com/ferryman/ferryman/internal/dms/awssql"
	"github.com/ferryman/ferryman/internal/oracle/dictionary"
	"github.com/ferryman/ferryman/internal/postgres"
	"github.com/ferryman/ferryman/internal/runbook"
	"github.com/ferryman/ferryman/store"
)

// awsWritten is what AWS wrote, as it was read from S3 and is kept with the migration: what was assessed is what is applied.
type awsWritten struct {
	Report, Script dms.S3Object
	ReportSHA256   string
	ScriptSHA256   string
	At             time.Time
}

// awsWrittenFact is where a migration keeps that.
const awsWrittenFact = "dms_conversion_written"

// The files in which it is kept.
const (
	awsReportFile = "aws-report.zip"
	awsScriptFile = "aws-scripts.zip"
)

// Bounds of what is fetched from S3.
const (
	maxAWSReport = 64 << 20
	maxAWSScript = 64 << 20
)

// assessByAWS reads AWS's report and script, tries the script in a scratch database, and puts Ferryman's own findings on the dictionary
// beside it: AWS says nothing of what DMS trips over.
func (h *hands) assessByAWS(ctx context.Context, m *store.Migration, report runbook.Report) (runbook.Result, error) {
	began := m.Phase("assess").StartedAt
	if began.IsZero() {
		began = time.Now()
	}
	client, err := h.dms(ctx)
	if err != nil {
		return runbook.Result{}, err
	}
	written := awsWritten{At: began}
	for name, into := range map[string]*dms.S3Object{awsReportFact: &written.Report, awsScriptFact: &written.Script} {
		if _, err := m.Fact(name, into); err != nil {
			return runbook.Result{}, err
		}
	}
	content, err := client.FetchObject(ctx, written.Report, maxAWSReport)
	if err != nil {
		return runbook.Result{}, problem("AWS's report can't be fetched.", err)
	}
	script, err := client.FetchObject(ctx, written.Script, maxAWSScript)
	if err != nil {
		return runbook.Result{}, problem("AWS's script can't be fetched.", err)
	}
	written.ReportSHA256, written.ScriptSHA256 = convert.ScriptSum(string(content)), convert.ScriptSum(string(script))
	theirs, err := readAWSReport(written.Report, content)
	if err != nil {
		return runbook.Result{}, err
	}
	d, measuredNumbers, err := h.readAfresh(ctx, m, report)
	if err != nil {
		return runbook.Result{}, err
	}
	sizes, err := h.measured(ctx, m, d, report)
	if err != nil {
		return runbook.Result{}, err
	}
	c, err := awsConversion(d, written.Script, script, theirs, convert.Options{Decisions: h.decided, Roles: h.rolesSeen(ctx)})
	if err != nil {
		return runbook.Result{}, err
	}
	tried, refusals, err := h.tryAWS(ctx, d, c)
	if err != nil {
		return runbook.Result{}, err
	}
	both := besideAWS(theirs, assess.Assess(d, c.Own, assess.Options{Now: began, Decisions: h.decided, LobSizes: sizes}), c.Conversion, tried)
	sum := Assessed{Schemas: h.schemas, Engine: both.Engine, Totals: both.Totals, Scratch: tried, Refused: refusals}
	files := map[string][]byte{"converted.sql": []byte(c.Script()), awsReportFile: content, awsScriptFile: script}
	result, err := h.report(ctx, m, both, files, sum, began)
	if err == nil {
		maps.Copy(result.Facts, measuredNumbers)
		result.Facts[awsWrittenFact] = written
	}
	return result, err
}

func readAWSReport(at dms.S3Object, content []byte) (*assess.Report, error) {
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, problem("AWS's report "+at.String()+" is no zip file.", err)
	}
	theirs, err := sct.Read(archive)
	if err != nil {
		return nil, problem("AWS's report "+at.String()+" can't be read.", err)
	}
	return theirs, nil
}

// awsConversion makes a conversion of AWS's script.
func awsConversion(d *dictionary.Dictionary, at dms.S3Object, script []byte, theirs *assess.Report, o convert.Options) (*awssql.Result, error) {
	list, err := awsScripts(at, script)
	if err != nil {
		return nil, err
	}
	c, err := awssql.Convert(d, list, theirs.Actions, o)
	if err != nil {
		return nil, &runbook.Problem{What: "AWS's script " + at.String() + " can't be cut into statements.", Means: sentence(err.Error()),
			Do: "See the file. Give /migrate-assess again, and AWS writes it anew.", Err: err}
	}
	return c, nil
}

// awsScripts are the SQL files in what AWS wrote, by their names.
func awsScripts(at dms.S3Object, content []byte) ([]awssql.Script, error) {
	archive, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil { // a single script may come as it is
		return []awssql.Script{{Name: path.Base(at.Key), SQL: string(content)}}, nil
	}
	var list []awssql.Script
	left := int64(maxAWSScript)
	slices.SortFunc(archive.File, func(a, b *zip.File) int { return strings.Compare(a.Name, b.Name) })
	for _, f := range archive.File {
		if !strings.EqualFold(path.Ext(f.Name), ".sql") {
			continue
		}
		var text []byte
		r, err := f.Open()
		if err == nil {
			text, err = io.ReadAll(io.LimitReader(r, left+1))
			_ = r.Close()
		}
		if err != nil {
			return nil, problem("AWS's script "+at.String()+" can't be read.", err)
		}
		if left -= int64(len(text)); left < 0 {
			return nil, &runbook.Problem{What: "AWS's script " + at.String() + " is too long.", Means: fmt.Sprintf("It has more than %d MB.", maxAWSScript>>20)}
		}
		list = append(list, awssql.Script{Name: f.Name, SQL: string(text)})
	}
	if len(list) == 0 {
		return nil, &runbook.Problem{What: "There is no script in what AWS wrote.", Means: at.String() + " holds no .sql file.", Do: "Give /migrate-assess again, and AWS writes it anew."}
	}
	return list, nil
}

// tryAWS has a real PostgreSQL take AWS's statements, as a role without rights, and Ferryman's own beside them: what those make and AWS's do
// not is named. tried is false where no such database or role can be had.
func (h *hands) tryAWS(ctx context.Context, d *dictionary.Dictionary, c *awssql.Result) (tried bool, refused int, err error) {
	end := h.ends.Target
	switch {
	case h.ends.Scratch != nil:
		end = *h.ends.Scratch
	case slices.ContainsFunc(c.Statements, func(s convert.Statement) bool { return s.By != "" }): // never on the target's server
		c.NotTried()
		return false, 0, nil
	}
	scratch, err := openTarget(ctx, end)
	if err != nil {
		return false, 0, problem("The scratch database can't be used.", err)
	}
	defer scratch.Close()
	trial, made, err := scratch.TryAndRead(ctx, statements(c.Statements), h.targetSchemas())
	var nobody *postgres.NoScratchRoleError
	if errors.As(err, &nobody) {
		c.NotTried()
		return false, 0, nil
	}
	if err != nil {
		return false, 0, problem("AWS's script can't be tried in a scratch database.", err)
	}
	_, own, err := scratch.TryAndRead(ctx, statements(c.Own.Statements), h.targetSchemas())
	if err != nil {
		return false, 0, problem("The conversion can't be tried in a scratch database.", err)
	}
	for _, r := range trial.Refusals {
		c.Refuse(c.Statements[r.Index], r.Words())
	}
	if trial.Unchecked != "" {
		c.Unchecked(trial.Unchecked)
	}
	c.Measure(d, own, made)
	return true, len(trial.Refusals), nil
}

// asTheyAre counts the hours of AWS's efforts as AWS gives them.
var asTheyAre = &assess.Prices{Spread: map[convert.Complexity]assess.Spread{convert.Simple: {Low: 1, High: 1}, convert.Medium: {Low: 1, High: 1}, convert.Complex: {Low: 1, High: 1}}}

// besideAWS puts what became of AWS's conversion into Ferryman's own assessment of the dictionary, whose findings and inventory stay.
func besideAWS(theirs, ours *assess.Report, c *convert.Conversion, tried bool) *assess.Report {
	both := *ours
	both.Engine, both.Actions, both.Learning = theirs.Engine, c.Actions, theirs.Learning
	both.Findings = append(slices.Clone(ours.Findings), theirs.Findings...)
	both.Objects = slices.Clone(ours.Objects)
	for i := range both.Objects { // both are ALL_OBJECTS, in its order
		o, is := &both.Objects[i], c.Outcomes[i]
		o.Outcome, o.Why, o.Codes = is.Outcome, is.Why, is.Codes
	}
	both.Unknown = slices.Clone(ours.Unknown)
	for _, u := range theirs.Unknown {
		if !slices.Contains(knownByScript, u.What) && !(tried && u.What == knownByTrial) {
			both.Unknown = append(both.Unknown, u)
		}
	}
	both.Sum(asTheyAre)
	return &both
}

// What a report alone does not say: of these the script tells the first, and the scratch database the second.
var knownByScript = []string{"the names of objects that convert"}

const knownByTrial = "whether what converts works"

// conversion is what the engine that the profile names makes of the dictionary.
func (h *hands) conversion(ctx context.Context, m *store.Migration, d *dictionary.Dictionary, o convert.Options) (*convert.Conversion, error) {
	if !h.byAWS() {
		return convert.Convert(d, o), nil
	}
	var written awsWritten
	if ok, err := m.Fact(awsWrittenFact, &written); err != nil || !ok {
		if err == nil {
			err = &runbook.Problem{What: "AWS has not converted this schema yet.", Means: "The profile names engine dms, and no assessment by it is complete.", Do: "Give /migrate-assess first."}
		}
		return nil, err
	}
	content, err := h.kept(ctx, m, awsReportFile, written.ReportSHA256)
	if err != nil {
		return nil, err
	}
	script, err := h.kept(ctx, m, awsScriptFile, written.ScriptSHA256)
	if err != nil {
		return nil, err
	}
	theirs, err := readAWSReport(written.Report, content)
	if err != nil {
		return nil, err
	}
	c, err := awsConversion(d, written.Script, script, theirs, o)
	if err != nil {
		return nil, err
	}
	return c.Conversion, nil
}

// kept is a file of AWS's as it was assessed.
func (h *hands) kept(ctx context.Context, m *store.Migration, name, sum string) ([]byte, error) {
	content, err := h.crew.Store.File(ctx, m.Name, name)
	if errors.Is(err, store.ErrUnavailable) {
		return nil, err
	}
	if err != nil || convert.ScriptSum(string(content)) != sum {
		return nil, &runbook.Problem{What: "What AWS wrote is not there as it was assessed.", Means: name + " may be gone with a Redis that was lost, or was changed there. Nothing was done.",
			Do: "Give /migrate-assess again.", Err: err}
	}
	return content, nil
}

// awsDecision is how a plan says whose conversion it applies.
func (h *hands) awsDecision(m *store.Migration) ([]string, error) {
	var written awsWritten
	if ok, err := m.Fact(awsWrittenFact, &written); err != nil || !ok || !h.byAWS() {
		return nil, err
	}
	return []string{fmt.Sprintf("Converted by AWS DMS Schema Conversion: %s, SHA-256 %s", written.Script, written.ScriptSHA256)}, nil
}
