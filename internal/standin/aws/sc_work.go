// SPDX-License-Identifier: Apache-2.0

package aws

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ferryman/ferryman/internal/convert"
	"github.com/ferryman/ferryman/internal/oracle"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// scFailure is how a request of Schema Conversion ends that failed, in AWS's words.
type scFailure string

func (e scFailure) Error() string { return string(e) }

// What Schema Conversion says, word for word as AWS's own troubleshooting page has it.
const (
	errNoObjects    = scFailure("No objects were found according to the specified selection rules. Please review your selection rules and try again.")
	errNoSecret     = scFailure("The Secret does not exist. Please check the Secret name, IAM secret role, and region.")
	errSourceSecret = scFailure("The credentials in the secret SOURCE are not valid. Check your username and password and try again.")
	errTargetSecret = scFailure("The credentials in the secret TARGET are not valid. Check your username and password and try again.")
	errNoSource     = scFailure("Could not connect to the source database. Please verify your network configuration, server name, and port, then try again.")
	errNoTarget     = scFailure("Could not connect to the target database. Please verify your network configuration, server name, and port, then try again.")
	errNoPrivilege  = scFailure("The specified account does not have sufficient privileges for working with one or several objects.")
)

type startImportInput struct {
	rulesInput
	Origin  string `aws:"required"`
	Refresh bool
}

// start finds the project and its rules and begins the work.
func (s *Server) start(in rulesInput, kind scKind, source bool, do func(rules scRules) work) (*startedOutput, error) {
	if in.MigrationProjectIdentifier == "" || in.SelectionRules == "" {
		return nil, fault("ValidationException", "1 validation error detected: MigrationProjectIdentifier and SelectionRules must not be null")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.project(in.MigrationProjectIdentifier)
	if err != nil {
		return nil, err
	}
	rules, err := p.readRules(in.SelectionRules)
	if err != nil {
		return nil, err
	}
	if rules.source != source {
		return nil, badValue("The selection rules of this operation must name the server of the project's other side.")
	}
	return s.begin(p, kind, do(rules))
}

func (s *Server) startImport(in *startImportInput) (*startedOutput, error) {
	if in.Origin != "SOURCE" && in.Origin != "TARGET" {
		return nil, badValue("Origin must be SOURCE or TARGET.")
	}
	return s.start(in.rulesInput, scImport, in.Origin == "SOURCE", func(rules scRules) work {
		return func(ctx context.Context, p *project, _ *scRequest, step func(string, float64, int)) error {
			step("LOADING_METADATA", 0, 0)
			if !rules.source {
				conn, err := s.targetOf(ctx, p)
				if err == nil {
					_ = conn.Close(ctx)
				}
				return err
			}
			c, err := s.convertSchemas(ctx, p, rules)
			if err != nil {
				return err
			}
			step("LOADING_METADATA", 100, len(c.Outcomes))
			for _, schema := range rules.schemas {
				p.loaded[schema] = true
			}
			return nil
		}
	})
}

func (s *Server) startAssessment(in *rulesInput) (*startedOutput, error) {
	return s.start(*in, scAssess, true, func(rules scRules) work {
		return func(ctx context.Context, p *project, _ *scRequest, step func(string, float64, int)) error {
			step("ANALYZING", 0, 0)
			c, err := s.convertSchemas(ctx, p, rules)
			if err != nil {
				return err
			}
			step("ANALYZING", 50, len(c.Outcomes))
			p.assessed = c
			return nil
		}
	})
}

func (s *Server) startConversion(in *rulesInput) (*startedOutput, error) {
	return s.start(*in, scConvert, true, func(rules scRules) work {
		return func(ctx context.Context, p *project, _ *scRequest, step func(string, float64, int)) error {
			step("CONVERTING", 0, 0)
			c, err := s.convertSchemas(ctx, p, rules)
			if err != nil {
				return err
			}
			step("CONVERTING", 50, len(c.Outcomes))
			p.assessed, p.converted = c, scConverted(c) // the report is of the last assessment or conversion
			return nil
		}
	})
}

type startScriptInput struct {
	rulesInput
	FileName string
	Origin   string `aws:"required"`
}

func (s *Server) startScript(in *startScriptInput) (*startedOutput, error) {
	if in.Origin != "TARGET" {
		return nil, badValue("Origin must be TARGET; the stand-in keeps no script of the source.")
	}
	name, err := fileName(in.FileName)
	if err != nil {
		return nil, err
	}
	return s.start(in.rulesInput, scScript, false, func(rules scRules) work {
		return func(_ context.Context, p *project, r *scRequest, step func(string, float64, int)) error {
			list := p.statements(rules.schemas)
			if len(list) == 0 {
				return errNoObjects
			}
			step("IN_PROGRESS", 50, len(list))
			script := scScriptText(list)
			s.see(func() {
				if edit := s.conversions.edit; edit != nil {
					script = edit(script)
				}
			})
			archive, err := zipped(map[string]string{name + ".sql": script})
			if err != nil {
				return err
			}
			object, err := s.publish(p, name+".zip", archive)
			if err != nil {
				return err
			}
			bucket, _ := p.SchemaConversionApplicationAttributes.bucket()
			object.S3ObjectKey = "s3://" + bucket + "/" + object.S3ObjectKey // the scripts' keys are whole paths, as in AWS's example
			s.see(func() { r.shown.ExportSQLDetails = &object })
			return nil
		}
	})
}

type startApplyInput struct {
	rulesInput
	OverwriteExtensionPack bool
}

func (s *Server) startApply(in *startApplyInput) (*startedOutput, error) {
	return s.start(in.rulesInput, scApply, false, func(rules scRules) work {
		return func(ctx context.Context, p *project, _ *scRequest, step func(string, float64, int)) error {
			list := p.statements(rules.schemas)
			if len(list) == 0 {
				return errNoObjects
			}
			step("APPLYING", 0, len(list))
			conn, err := s.targetOf(ctx, p)
			if err != nil {
				return err
			}
			defer conn.Close(ctx)
			for _, statement := range list {
				if _, err := conn.Exec(ctx, statement.SQL); err != nil && !thereAlready(err) {
					return fmt.Errorf("%s could not be applied: %w", statement.ID, err)
				}
			}
			return nil
		}
	})
}

// thereAlready tells that an object of that name exists: an apply that is repeated leaves it.
func thereAlready(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && slices.Contains([]string{"42P07", "42P06", "42710", "42723", "42P16"}, pg.Code)
}

// convertSchemas reads the schemas' dictionary through the data provider and converts it. AWS's own converter is not to be had: that of
// package convert stands in for it, and scConverted words what it makes as AWS does.
func (s *Server) convertSchemas(ctx context.Context, p *project, rules scRules) (*convert.Conversion, error) {
	user, password, err := s.scSecret(p.SourceDataProviderDescriptors[0], errSourceSecret)
	if err != nil {
		return nil, err
	}
	u := url.URL{Scheme: "oracle", User: url.UserPassword(user, password), Path: "/" + p.source.text("DatabaseName"),
		Host: net.JoinHostPort(p.source.text("ServerName"), strconv.Itoa(p.source.port()))}
	source, err := oracle.Open(ctx, u.String())
	var refused *oracle.AuthError
	if errors.As(err, &refused) {
		return nil, errSourceSecret
	}
	if err != nil {
		return nil, errNoSource
	}
	defer source.Close()
	d, err := source.ReadDictionary(ctx, rules.schemas, nil)
	var missing *oracle.SchemaError
	if errors.As(err, &missing) {
		return nil, errNoObjects
	}
	if err != nil {
		return nil, fmt.Errorf("%w %w", errNoPrivilege, err)
	}
	return convert.Convert(d, convert.Options{Decisions: convert.Decisions{LeaveOut: rules.without}}), nil
}

func (s *Server) scSecret(d descriptor, invalid error) (user, password string, err error) {
	found, err := s.secrets.find(d.SecretsManagerSecretID)
	if err != nil {
		return "", "", errNoSecret
	}
	var fields secretFields
	if json.Unmarshal([]byte(found.value), &fields) != nil || fields.Username == "" || fields.Password == "" {
		return "", "", invalid
	}
	return fields.Username, fields.Password, nil
}

// targetOf connects to the target as the user of its secret.
func (s *Server) targetOf(ctx context.Context, p *project) (*pgx.Conn, error) {
	if p.target.Virtual {
		return nil, errNoTarget
	}
	user, password, err := s.scSecret(p.TargetDataProviderDescriptors[0], errTargetSecret)
	if err != nil {
		return nil, err
	}
	u := url.URL{Scheme: "postgres", User: url.UserPassword(user, password), Path: "/" + p.target.text("DatabaseName"),
		Host: net.JoinHostPort(p.target.text("ServerName"), strconv.Itoa(p.target.port()))}
	conn, err := pgx.Connect(ctx, u.String())
	var pg *pgconn.PgError
	switch {
	case errors.As(err, &pg) && strings.HasPrefix(pg.Code, "28"):
		return nil, errTargetSecret
	case err != nil:
		return nil, errNoTarget
	}
	return conn, nil
}

// statements are those of a conversion that belong to schemas of the target.
func (p *project) statements(schemas []string) []convert.Statement {
	var list []convert.Statement
	if p.converted == nil {
		return nil
	}
	for _, statement := range p.converted.Statements {
		if slices.Contains(schemas, statement.Schema) {
			list = append(list, statement)
		}
	}
	return list
}

type exportInput struct {
	rulesInput
	AssessmentReportTypes []string
	FileName              string
}

type exportOutput struct {
	CsvReport *scObject `json:",omitempty"`
}

// exportAssessment writes the report of the last assessment or conversion. It answers when the file is there.
func (s *Server) exportAssessment(in *exportInput) (*exportOutput, error) {
	name, err := fileName(in.FileName)
	if err != nil {
		return nil, err
	}
	for _, t := range in.AssessmentReportTypes {
		if t != "csv" {
			return nil, badValue("Report type %.20q is not supported by the stand-in; it makes csv.", t)
		}
	}
	s.mu.Lock()
	p, err := s.project(in.MigrationProjectIdentifier)
	if err == nil {
		err = s.checkBucket(orNone(p.SchemaConversionApplicationAttributes))
	}
	s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	rules, err := p.readRules(in.SelectionRules)
	if err != nil {
		return nil, err
	}
	p.busy.Lock()
	defer p.busy.Unlock()
	if p.assessed == nil {
		return nil, notFound("There is no assessment of migration project %s to export.", p.MigrationProjectName)
	}
	archive, err := zipped(scReport(p, rules))
	if err != nil {
		return nil, err
	}
	object, err := s.publish(p, name+".zip", archive)
	return &exportOutput{&object}, err
}

// fileName checks the name of a file to export; without one it is the time.
func fileName(name string) (string, error) {
	if name == "" {
		return time.Now().UTC().Format("2006-01-02-15-04-05"), nil
	}
	if strings.ContainsAny(name, "/\\\x00\r\n") || len(name) > 200 {
		return "", badValue("FileName %.60q is not valid.", name)
	}
	return name, nil
}

// publish puts a file into the project's folder.
func (s *Server) publish(p *project, name string, content []byte) (scObject, error) {
	bucket, folder := p.SchemaConversionApplicationAttributes.bucket()
	key := path.Join(folder, p.MigrationProjectName, name)
	if err := s.PutObject(bucket, key, content); err != nil {
		return scObject{}, err
	}
	return scObject{ObjectURL: "https://" + bucket + ".s3.amazonaws.com/" + key, S3ObjectKey: key}, nil
}

func zipped(files map[string]string) ([]byte, error) {
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, content := range files {
		out, err := w.Create(name)
		if err != nil {
			return nil, err
		}
		if _, err := out.Write([]byte(content)); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return b.Bytes(), err
}
