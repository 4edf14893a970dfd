// SPDX-License-Identifier: Apache-2.0

package aws

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
)

// scKind is a kind of work that a Start call begins.
type scKind string

const (
	scImport  scKind = "import"
	scAssess  scKind = "assessment"
	scConvert scKind = "conversion"
	scScript  scKind = "export as script"
	scApply   scKind = "export to target"
)

// The states of a request, of those that AWS has.
const (
	scReceived   = "RECEIVED"
	scInProgress = "IN_PROGRESS"
	scSuccess    = "SUCCESS"
	scFailed     = "FAILED"
)

type scRequest struct {
	kind  scKind
	shown shownRequest
}

type shownRequest struct {
	Error               *scError    `json:",omitempty"`
	ExportSQLDetails    *scObject   `json:"ExportSqlDetails,omitempty"`
	MigrationProjectArn string      `json:",omitempty"`
	Progress            *scProgress `json:",omitempty"`
	RequestIdentifier   string      `json:",omitempty"`
	Status              string      `json:",omitempty"`
}

type scError struct {
	Details scMessage `json:"defaultErrorDetails"`
}

type scMessage struct{ Message string }

type scObject struct{ ObjectURL, S3ObjectKey string }

type scProgress struct {
	ProcessedObject *scProcessed `json:",omitempty"`
	ProgressPercent float64
	ProgressStep    string
	TotalObjects    int
}

type scProcessed struct{ EndpointType, Name, Type string }

type startedOutput struct{ RequestIdentifier string }

// work is what a request does. It holds the project's busy lock, not the server's; step tells how far it is.
type work func(ctx context.Context, p *project, r *scRequest, step func(name string, percent float64, total int)) error

// begin makes a request and lets its work run after those before it.
func (s *Server) begin(p *project, kind scKind, do work) (*startedOutput, error) {
	if err := s.checkBucket(orNone(p.SchemaConversionApplicationAttributes)); err != nil {
		return nil, err
	}
	r := &scRequest{kind: kind, shown: shownRequest{RequestIdentifier: uuid.NewString(), MigrationProjectArn: p.MigrationProjectArn, Status: scReceived}}
	p.requests = append(p.requests, r)
	s.running.Go(func() {
		p.busy.Lock()
		defer p.busy.Unlock()
		s.pass(s.opts.Delays.Conversion)
		s.see(func() {
			r.shown.Status = scInProgress
			r.shown.Progress = &scProgress{ProgressStep: "IN_PROGRESS"}
		})
		err := do(s.ctx, p, r, func(name string, percent float64, total int) {
			s.see(func() {
				r.shown.Progress = &scProgress{ProgressStep: name, ProgressPercent: percent, TotalObjects: total}
			})
			s.pass(s.opts.Delays.Conversion)
		})
		s.see(func() {
			r.shown.Progress = nil
			if r.shown.Status = scSuccess; err != nil {
				r.shown.Status, r.shown.Error = scFailed, &scError{scMessage{err.Error()}}
			}
		})
	})
	return &startedOutput{r.shown.RequestIdentifier}, nil
}

func orNone(a *scAttributes) *scAttributes {
	if a == nil {
		return &scAttributes{}
	}
	return a
}

// pass lets time pass, unless the server closes.
func (s *Server) pass(d time.Duration) {
	select {
	case <-s.ctx.Done():
	case <-time.After(d):
	}
}

// see runs f under the server's lock.
func (s *Server) see(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

type describeRequestsInput struct {
	describe
	MigrationProjectIdentifier string `aws:"required"`
}

type describeRequestsOutput struct {
	Marker   string `json:",omitempty"`
	Requests []shownRequest
}

// describeRequests answers for the requests of one kind, the latest first.
func describeRequests(kind scKind) func(*Server, *describeRequestsInput) (*describeRequestsOutput, error) {
	return func(s *Server, in *describeRequestsInput) (*describeRequestsOutput, error) {
		s.mu.Lock()
		defer s.mu.Unlock()
		p, err := s.project(in.MigrationProjectIdentifier)
		if err != nil {
			return nil, err
		}
		var all []*scRequest
		for _, r := range p.requests {
			if r.kind == kind {
				all = append(all, r)
			}
		}
		slices.Reverse(all)
		all, err = matches(all, in.Filters, map[string]func(*scRequest) string{
			"request-id": func(r *scRequest) string { return r.shown.RequestIdentifier },
			"status":     func(r *scRequest) string { return r.shown.Status },
		})
		if err != nil {
			return nil, err
		}
		some, next, err := page(all, in.Marker, in.MaxRecords, usualBounds)
		out := &describeRequestsOutput{Marker: next, Requests: []shownRequest{}}
		for _, r := range some {
			out.Requests = append(out.Requests, r.shown)
		}
		return out, err
	}
}

type rulesInput struct {
	MigrationProjectIdentifier string `aws:"required"`
	SelectionRules             string `aws:"required"`
}

type targetRulesOutput struct{ TargetSelectionRules string }

// targetRules maps schemas of the source to those that a conversion makes of them.
func (s *Server) targetRules(in *rulesInput) (*targetRulesOutput, error) {
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
	if !rules.source {
		return nil, badValue("The selection rules must be of the source.")
	}
	for i, schema := range rules.schemas {
		rules.schemas[i] = strings.ToLower(schema)
	}
	return &targetRulesOutput{rulesFor(p.target, rules.schemas)}, nil
}
