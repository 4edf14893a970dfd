// SPDX-License-Identifier: Apache-2.0

package dms

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	api "github.com/aws/aws-sdk-go-v2/service/databasemigrationservice"
)

// MigrationOf is the migration that an object's tag names; empty where it has no such tag.
func (c *Client) MigrationOf(ctx context.Context, object, arn string) (string, error) {
	out, err := c.dms.ListTagsForResource(ctx, &api.ListTagsForResourceInput{ResourceArn: &arn})
	if err != nil {
		return "", wrap("ListTagsForResource", object, err)
	}
	for _, t := range out.TagList {
		if aws.ToString(t.Key) == MigrationTag {
			return aws.ToString(t.Value), nil
		}
	}
	return "", nil
}

// FullLoadUnder tells whether a task is loading tables just now: it was started afresh and its full load has no end yet.
func (s TaskStatus) FullLoadUnder() bool {
	return s.is("starting", "running") && !s.Stats.FreshStart.IsZero() && s.Stats.FullLoadDone.Before(s.Stats.FreshStart)
}
