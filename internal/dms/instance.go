// SPDX-License-Identifier: Apache-2.0

package dms

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/databasemigrationservice"
	"github.com/aws/aws-sdk-go-v2/service/databasemigrationservice/types"
)

// InstanceSpec is the replication instance a migration wants.
type InstanceSpec struct {
	ID string
	// Existing means that the instance is somebody else's: it must be there and is never changed.
	Existing           bool
	Class              string
	EngineVersion      string // empty: AWS chooses
	StorageGB          int32
	MultiAZ            bool
	PubliclyAccessible bool
	SubnetGroup        string   // empty: the account's default
	SecurityGroupIDs   []string // empty: the VPC's default
	Migration          string
	Tags               map[string]string
}

// Instance is a replication instance as read.
type Instance struct {
	ID, ARN string
	// Status is DMS's word: creating, available, modifying, storage-full, …
	Status               string
	Class, EngineVersion string
	StorageGB            int32
	MultiAZ, Public      bool
	SubnetGroup          string
}

// FindInstance reads an instance by its identifier; a *NotFoundError where there is none.
func (c *Client) FindInstance(ctx context.Context, id string) (Instance, error) {
	object := "replication instance " + id
	out, err := c.dms.DescribeReplicationInstances(ctx, &api.DescribeReplicationInstancesInput{Filters: filterBy("replication-instance-id", id)})
	if err != nil {
		return Instance{}, wrap("DescribeReplicationInstances", object, err)
	}
	if len(out.ReplicationInstances) == 0 {
		return Instance{}, &NotFoundError{Operation: "DescribeReplicationInstances", Object: object}
	}
	return readInstance(&out.ReplicationInstances[0]), nil
}

func readInstance(in *types.ReplicationInstance) Instance {
	instance := Instance{
		ID: aws.ToString(in.ReplicationInstanceIdentifier), ARN: aws.ToString(in.ReplicationInstanceArn),
		Status: aws.ToString(in.ReplicationInstanceStatus), Class: aws.ToString(in.ReplicationInstanceClass),
		EngineVersion: aws.ToString(in.EngineVersion), StorageGB: in.AllocatedStorage, MultiAZ: in.MultiAZ, Public: in.PubliclyAccessible,
	}
	if in.ReplicationSubnetGroup != nil {
		instance.SubnetGroup = aws.ToString(in.ReplicationSubnetGroup.ReplicationSubnetGroupIdentifier)
	}
	return instance
}

// EnsureInstance returns the instance, made if it is not there. It does not wait until it can be used: WaitInstance does. One of
// Ferryman's own that differs from spec is a *DriftError.
func (c *Client) EnsureInstance(ctx context.Context, spec InstanceSpec) (Instance, error) {
	found, err := c.FindInstance(ctx, spec.ID)
	if isNotFound(err) && !spec.Existing {
		out, createErr := c.dms.CreateReplicationInstance(ctx, &api.CreateReplicationInstanceInput{
			ReplicationInstanceIdentifier: &spec.ID, ReplicationInstanceClass: &spec.Class, AllocatedStorage: &spec.StorageGB,
			EngineVersion: optional(spec.EngineVersion), MultiAZ: &spec.MultiAZ, PubliclyAccessible: &spec.PubliclyAccessible,
			ReplicationSubnetGroupIdentifier: optional(spec.SubnetGroup), VpcSecurityGroupIds: spec.SecurityGroupIDs,
			Tags: tagList(spec.Migration, spec.Tags),
		})
		if createErr == nil {
			return readInstance(out.ReplicationInstance), nil
		}
		if !isExists(createErr) {
			return Instance{}, wrap("CreateReplicationInstance", "replication instance "+spec.ID, createErr)
		}
		found, err = c.FindInstance(ctx, spec.ID)
	}
	if err != nil || spec.Existing {
		return found, err
	}
	var d differences
	d.compare("class", found.Class, spec.Class)
	d.compare("storage in GB", found.StorageGB, spec.StorageGB)
	d.compare("multi-AZ", found.MultiAZ, spec.MultiAZ)
	d.compare("public access", found.Public, spec.PubliclyAccessible)
	if spec.EngineVersion != "" {
		d.compare("engine version", found.EngineVersion, spec.EngineVersion)
	}
	if spec.SubnetGroup != "" {
		d.compare("subnet group", found.SubnetGroup, spec.SubnetGroup)
	}
	return found, d.err("replication instance "+spec.ID, "change the profile's aws.instance to it, or modify the instance in AWS")
}

// WaitInstance reads the instance every poll until it is available. A state that leads nowhere is a *StateError.
func (c *Client) WaitInstance(ctx context.Context, id string, poll time.Duration) (Instance, error) {
	for {
		instance, err := c.FindInstance(ctx, id)
		if err != nil {
			return instance, err
		}
		switch instance.Status {
		case "available":
			return instance, nil
		case "failed", "deleting", "deleted", "storage-full", "incompatible-credentials", "incompatible-network", "inaccessible-encryption-credentials":
			return instance, &StateError{Operation: "DescribeReplicationInstances", Object: "replication instance " + id, Status: instance.Status,
				Need: "an instance that is available; see the instance's events in the DMS console"}
		}
		if err := pause(ctx, or(poll)); err != nil {
			return instance, fmt.Errorf("wait for replication instance %s, now %q: %w", id, instance.Status, err)
		}
	}
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}
