// SPDX-License-Identifier: Apache-2.0

package config

import "time"

// Config is the whole file, checked, with variables expanded and defaults filled in. Nothing in it changes after Load.
type Config struct {
	// Path is the file it was read from.
	Path     string              `yaml:"-"`
	Redis    Redis               `yaml:"redis"`
	Profiles map[string]*Profile `yaml:"profiles"`
}

// Redis says what is known about the Redis server beyond its address, which comes from REDIS_URL.
type Redis struct {
	// Durability is "checked" (ferryman reads the server's settings) or "asserted" (a managed server that hides them).
	Durability string `yaml:"durability"`
}

// Profile is the named part of the configuration that a migration is opened from.
type Profile struct {
	// Name is the key below profiles.
	Name string `yaml:"-"`
	// Channel is the id of the Slack channel the migration lives in.
	Channel   string    `yaml:"channel"`
	Source    Source    `yaml:"source"`
	Target    Target    `yaml:"target"`
	AWS       AWS       `yaml:"aws"`
	Operators Operators `yaml:"operators"`
	Approvers Approvers `yaml:"approvers"`
	Approvals Approvals `yaml:"approvals"`
	Sequences Sequences `yaml:"sequences"`
	Rebuild   Rebuild   `yaml:"rebuild"`
	Cutover   Cutover   `yaml:"cutover"`
	Prepare   Prepare   `yaml:"prepare"`
	// MaxResume is how long after its approval an interrupted phase may go on without asking again.
	MaxResume time.Duration `yaml:"max_resume"`
}

// Source is the Oracle database. URL and DMSURL are oracle://user:password@host:port/service or the ARN of a secret; Endpoints
// resolves them.
type Source struct {
	URL     Secret   `yaml:"url"`
	DMSURL  Secret   `yaml:"dms_url"`
	Schemas []string `yaml:"schemas"`
}

// Target is the PostgreSQL database. The URLs are postgres://user:password@host:port/database or the ARN of a secret.
type Target struct {
	URL        Secret `yaml:"url"`
	DMSURL     Secret `yaml:"dms_url"`
	ScratchURL Secret `yaml:"scratch_url"`
}

// AWS says how Ferryman uses AWS DMS for the profile.
type AWS struct {
	Region   string   `yaml:"region"`
	Instance Instance `yaml:"instance"`
	// Poll is the time between two readings of a task.
	Poll time.Duration `yaml:"poll"`
	LOB  LOB           `yaml:"lob"`
	// MaxFullLoadSubtasks is how many tables DMS loads side by side.
	MaxFullLoadSubtasks int `yaml:"max_full_load_subtasks"`
	// Validation turns DMS's own row validation on.
	Validation bool              `yaml:"validation"`
	Tags       map[string]string `yaml:"tags"`
}

// Instance is the replication instance: one that exists, by ID, or the shape of the one Ferryman makes.
type Instance struct {
	// ID names an instance that exists: Ferryman uses it and never changes or deletes it. Empty: Ferryman makes its own.
	ID                 string   `yaml:"id"`
	Class              string   `yaml:"class"`
	StorageGB          int      `yaml:"storage_gb"`
	EngineVersion      string   `yaml:"engine_version"`
	MultiAZ            bool     `yaml:"multi_az"`
	SubnetGroup        string   `yaml:"subnet_group"`
	SecurityGroupIDs   []string `yaml:"security_group_ids"`
	PubliclyAccessible bool     `yaml:"publicly_accessible"`
}

// LOB says how DMS carries large objects: "limited" cuts off the task at a value longer than MaxKB, "full" fetches each one.
type LOB struct {
	Mode  string `yaml:"mode"`
	MaxKB int    `yaml:"max_kb"`
}

// Operators are the people who may give commands that change something, as Slack user ids and user group ids.
type Operators struct {
	Users  []string `yaml:"users"`
	Groups []string `yaml:"groups"`
}

// Approvers are the people whose yes counts, as Slack user ids and user group ids.
type Approvers struct {
	Users  []string `yaml:"users"`
	Groups []string `yaml:"groups"`
	// RequesterMayApprove lets who asked be one of the two; the other is still somebody else.
	RequesterMayApprove bool `yaml:"requester_may_approve"`
}

// Approvals rules requests for approval.
type Approvals struct {
	// Expires is how long a request stays open.
	Expires time.Duration `yaml:"expires"`
}

// Sequences says how far ahead of the source the target's sequences are set.
type Sequences struct {
	Gap int64 `yaml:"gap"`
	// Overrides are gaps by sequence name, as Oracle spells it.
	Overrides map[string]int64 `yaml:"overrides"`
}

// GapFor is the gap for a sequence, by its Oracle name.
func (s Sequences) GapFor(name string) int64 {
	if gap, ok := s.Overrides[name]; ok {
		return gap
	}
	return s.Gap
}

// Rebuild bounds what bringing indexes and keys back takes from the target server.
type Rebuild struct {
	// Jobs is how many run side by side.
	Jobs int `yaml:"jobs"`
	// MemoryMB is the maintenance_work_mem of all jobs together, in megabytes.
	MemoryMB int `yaml:"memory_mb"`
}

// Cutover says what must hold before a cutover may start.
type Cutover struct {
	// MaxLatency is the greatest lag of the DMS task.
	MaxLatency time.Duration `yaml:"max_latency"`
	// QuietFor is how long the lag must have stayed below it.
	QuietFor time.Duration `yaml:"quiet_for"`
}

// Prepare says what prepare leaves alone.
type Prepare struct {
	// Keep are patterns (with *) of index and constraint names that are not dropped.
	Keep []string `yaml:"keep"`
}
