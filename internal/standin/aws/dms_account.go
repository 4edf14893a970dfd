// SPDX-License-Identifier: Apache-2.0

package aws

import (
	"slices"
	"time"
)

type orderable struct {
	AvailabilityZones        []string
	DefaultAllocatedStorage  int
	EngineVersion            string
	IncludedAllocatedStorage int
	MaxAllocatedStorage      int
	MinAllocatedStorage      int
	ReleaseStatus            string `json:",omitempty"`
	ReplicationInstanceClass string
	StorageType              string
}

type orderableOutput struct {
	Marker                        string `json:",omitempty"`
	OrderableReplicationInstances []orderable
}

func (s *Server) describeOrderable(in *describe) (*orderableOutput, error) {
	var all []orderable
	for _, class := range []string{
		"dms.t3.micro", "dms.t3.small", "dms.t3.medium", "dms.t3.large", "dms.c5.large", "dms.c5.xlarge", "dms.c5.2xlarge", "dms.c5.4xlarge",
		"dms.c6i.large", "dms.c6i.xlarge", "dms.r5.large", "dms.r5.xlarge", "dms.r5.2xlarge", "dms.r6i.large", "dms.r6i.xlarge", "dms.r6i.2xlarge",
	} {
		all = append(all, orderable{
			AvailabilityZones: []string{s.opts.Region + "a", s.opts.Region + "b", s.opts.Region + "c"}, DefaultAllocatedStorage: 50,
			EngineVersion: engineVersion, IncludedAllocatedStorage: 50, MaxAllocatedStorage: 6144, MinAllocatedStorage: 5,
			ReplicationInstanceClass: class, StorageType: "gp2",
		})
	}
	out := &orderableOutput{}
	var err error
	out.OrderableReplicationInstances, out.Marker, err = page(all, in.Marker, in.MaxRecords, usualBounds)
	return out, err
}

type quota struct {
	AccountQuotaName string
	Max              int
	Used             int
}

type accountOutput struct {
	AccountQuotas           []quota
	UniqueAccountIdentifier string
}

func (s *Server) describeAccount(*struct{}) (*accountOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	storage := 0
	for _, i := range s.instances {
		storage += i.AllocatedStorage
	}
	return &accountOutput{
		AccountQuotas: []quota{
			{"ReplicationInstances", 60, len(s.instances)}, {"AllocatedStorage", 30000, storage}, {"Endpoints", 1000, len(s.endpoints)},
			{"ReplicationTasks", 600, len(s.tasks)}, {"ReplicationSubnetGroups", 60, len(s.subnets)},
		},
		UniqueAccountIdentifier: "ferryman" + s.opts.Account,
	}, nil
}

type event struct {
	Date             epoch
	EventCategories  []string
	Message          string
	SourceIdentifier string
	SourceType       string
}

// event records what DescribeEvents shows. The caller holds the lock.
func (s *Server) event(sourceType, source, category, message string) {
	s.events = append(s.events, event{now(), []string{category}, message, source, sourceType})
}

type describeEventsInput struct {
	describe
	Duration         *int // minutes
	EndTime          epoch
	EventCategories  []string
	SourceIdentifier string
	SourceType       string
	StartTime        epoch
}

type describeEventsOutput struct {
	Events []event
	Marker string `json:",omitempty"`
}

func (s *Server) describeEvents(in *describeEventsInput) (*describeEventsOutput, error) {
	if in.SourceIdentifier != "" && in.SourceType == "" {
		return nil, badCombination("SourceType must be given with SourceIdentifier.")
	}
	since, until := time.Time(in.StartTime), time.Time(in.EndTime)
	if since.IsZero() {
		minutes := 60
		set(&minutes, in.Duration)
		since = time.Now().Add(-time.Duration(minutes) * time.Minute)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	all := slices.DeleteFunc(slices.Clone(s.events), func(e event) bool {
		at := time.Time(e.Date)
		return at.Before(since) || (!until.IsZero() && at.After(until)) ||
			(in.SourceType != "" && e.SourceType != in.SourceType) ||
			(in.SourceIdentifier != "" && e.SourceIdentifier != in.SourceIdentifier) ||
			(len(in.EventCategories) > 0 && !slices.Contains(in.EventCategories, e.EventCategories[0]))
	})
	out := &describeEventsOutput{}
	var err error
	out.Events, out.Marker, err = page(all, in.Marker, in.MaxRecords, usualBounds)
	return out, err
}
