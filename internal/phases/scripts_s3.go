// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"fmt"
	"strings"

	"github.com/ferryman/ferryman/store"
)

// ScriptsAt reads the scripts below a folder of S3, s3://bucket/folder, with the migration's AWS role.
func (c *Crew) ScriptsAt(ctx context.Context, m *store.Migration, folder string) ([]GivenScript, error) {
	profile, _, err := c.profile(ctx, m.Profile)
	if err != nil {
		return nil, err
	}
	client, err := c.client(ctx, profile.AWS)
	if err != nil {
		return nil, err
	}
	files, err := client.ListScripts(ctx, strings.TrimSpace(folder))
	if err != nil {
		return nil, problem("The scripts can't be read from S3.", err)
	}
	if len(files) == 0 {
		return nil, problem("There is nothing to take.", fmt.Errorf("no .sql file is below %s", strings.TrimSpace(folder)))
	}
	if len(files) > maxFiles {
		return nil, problem("Nothing was taken.", fmt.Errorf("%s holds more than %d scripts", strings.TrimSpace(folder), maxFiles))
	}
	var list []GivenScript
	total := 0
	for _, f := range files {
		if total += len(f.SQL); len(f.SQL) > MaxScript || total > MaxScripts {
			return nil, problem("Nothing was taken.", fmt.Errorf("%s is larger than %d kB, or all together than %d kB", f.Name, MaxScript>>10, MaxScripts>>10))
		}
		list = append(list, GivenScript{Name: f.Name, SQL: string(f.SQL)})
	}
	return list, nil
}
