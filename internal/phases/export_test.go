// SPDX-License-Identifier: Apache-2.0

package phases

import (
	"context"
	"os"
	"sync"

	"github.com/ferryman/ferryman/internal/config"
	"github.com/ferryman/ferryman/internal/dms"
)

var environment sync.Mutex

// UseAWS gives the crew a client of one AWS of many in this process: the SDK reads its environment when the client is made.
func (c *Crew) UseAWS(region string, calls float64, env map[string]string) error {
	environment.Lock()
	defer environment.Unlock()
	for name, value := range env {
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	client, err := dms.Open(context.Background(), dms.Options{Region: region, CallsPerSecond: calls, Poll: c.Config.Profiles["box"].AWS.Poll})
	c.regions = map[string]*dms.Client{region: client}
	return err
}

// Rotate gives a profile another connection string for the DMS endpoint's user, as a secret that was rotated does.
func (c *Crew) Rotate(profile, url string) {
	p := *c.Config.Profiles[profile]
	p.Target.DMSURL = config.Secret(url)
	c.Config.Profiles[profile] = &p
}

// Passing is what errors go through on their way to the engine.
var Passing = passing

// ReadingOfRebuild is what a reading of the rebuild is told as.
var ReadingOfRebuild = rebuilding

// DMS is the crew's client of the one AWS of a test.
func (c *Crew) DMS() *dms.Client {
	for _, client := range c.regions {
		return client
	}
	return nil
}
