// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ferryman/ferryman/internal/config"
	"github.com/ferryman/ferryman/internal/dms"
	"github.com/ferryman/ferryman/store"
)

// AWSRemains are a migration's objects at AWS that carry its tag.
type AWSRemains struct {
	Instance, InstanceARN, SourceARN, TargetARN string
	// Task is nil where there is none, or it could not be read.
	Task *dms.TaskStatus
	// Foreign are objects of the migration's names whose tag names another or none: they are left alone. Err is why AWS could not be read.
	Foreign []string
	Err     error
}

// instanceIDFact is the replication instance's identifier, by which its logs are found.
const instanceIDFact = "dms_instance_id"

// awsPatience bounds the reading of all of it: somebody waits, and what can't be read now is read by the next phase.
const awsPatience = 20 * time.Second

func (c *Crew) awsRemains(ctx context.Context, name string, profile *config.Profile) (r AWSRemains) {
	ctx, cancel := context.WithTimeout(ctx, awsPatience)
	defer cancel()
	client, err := c.client(ctx, profile.AWS)
	if err != nil {
		return AWSRemains{Err: err}
	}
	names := dms.NamesFor(name)
	ours := func(object, arn string) bool {
		if r.Err != nil {
			return false
		}
		tag, err := client.MigrationOf(ctx, object, arn)
		if err != nil {
			r.Err = errors.Join(r.Err, err)
			return false
		}
		if tag != name {
			says := "has no tag " + dms.MigrationTag
			if tag != "" {
				says = "is tagged as " + tag + "'s"
			}
			r.Foreign = append(r.Foreign, fmt.Sprintf("%s %s", object, says))
		}
		return tag == name
	}
	note := func(err error) {
		var absent *dms.NotFoundError
		if !errors.As(err, &absent) {
			r.Err = errors.Join(r.Err, err)
		}
	}
	id := names.Instance
	if profile.AWS.Instance.ID != "" {
		id = profile.AWS.Instance.ID
	}
	if instance, err := client.FindInstance(ctx, id); err != nil {
		note(err)
	} else if profile.AWS.Instance.ID != "" || ours("replication instance "+id, instance.ARN) {
		r.Instance, r.InstanceARN = instance.ID, instance.ARN
	}
	for id, into := range map[string]*string{names.Source: &r.SourceARN, names.Target: &r.TargetARN} {
		if r.Err != nil { // the others would be waited for as long
			return r
		}
		if end, err := client.FindEndpoint(ctx, id); err != nil {
			note(err)
		} else if ours("endpoint "+id, end.ARN) {
			*into = end.ARN
		}
	}
	if r.Err != nil {
		return r
	}
	if task, err := client.FindTask(ctx, names.Task); err != nil {
		note(err)
	} else if ours("task "+names.Task, task.ARN) {
		r.Task = &task
	}
	return r
}

// Supply gives the migration the facts that AWS has and its document lacks, and names them.
func (r AWSRemains) Supply(m *store.Migration) (supplied []string, err error) {
	values := []struct{ name, value string }{{instanceFact, r.InstanceARN}, {instanceIDFact, r.Instance}, {sourceFact, r.SourceARN}, {targetFact, r.TargetARN}}
	if r.Task != nil {
		values = append(values, struct{ name, value string }{taskFact, r.Task.ARN})
	}
	for _, v := range values {
		if v.value == "" || fact(m, v.name) == v.value {
			continue
		}
		if err := m.SetFact(v.name, v.value); err != nil {
			return supplied, err
		}
		supplied = append(supplied, v.name)
	}
	if _, ok := m.Facts[loadingFact]; !ok && r.Task != nil {
		return supplied, m.SetFact(loadingFact, true)
	}
	return supplied, nil
}

// LoadOpen makes the task's load one that is still to be followed: whatever the document says, the tables are being loaded.
func LoadOpen(m *store.Migration) error { return m.SetFact(loadingFact, true) }

// OnlyLooksLeft tells whether the steps of a phase that are not done yet, by what is recorded of them, change nothing.
func OnlyLooksLeft(phase string, done []string) bool {
	last := map[string]string{"load": "start", "replicate": "resume"}[phase]
	for _, id := range done {
		if last != "" && id == last {
			return true
		}
	}
	return false
}
