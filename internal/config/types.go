// SPDX-License-Identifier: Apache-2.0

package config

import "time"

// Config is the whole file, checked, with variables expanded and defaults filled in. Nothing in it changes after Load.
type Config struct {
	// Path is the file it was read from.
	Path      string              `json:"-"`
	Redis     Redis               `json:"redis"`
	Replicas  Replicas            `json:"replicas"`
	Retention Retention           `json:"retention"`
	Profiles  map[string]*Profile `json:"profiles"`
}

// Redis says what is known about the Redis server beyond its address, which comes from REDIS_URL.
type Redis struct {
	// Durability is "checked" (ferryman reads the servers' settings and refuses those that would forget) or "asserted" (a managed server
	// that hides them; what it does show is still checked).
	Durability string `json:"durability"`
}

// Replicas says how the replicas of one Ferryman share the work.
type Replicas struct {
	// Takeover is how long a replica may be silent before another goes on with its work.
	Takeover time.Duration `json:"takeover"`
}

// Retention says how long finished migrations stay in Redis.
type Retention struct {
	// Days is counted from a migration's end.
	Days int `json:"days"`
}

// Profile is the named part of the configuration that a migration is opened from.
type Profile struct {
	// Name is the key below profiles.
	Name string `json:"-"`
	// Channel is the id of the Slack channel the migration lives in.
	Channel   string    `json:"channel"`
	Source    Source    `json:"source"`
	Target    Target    `json:"target"`
	AWS       AWS       `json:"aws"`
	Operators Operators `json:"operators"`
	Approvers Approvers `json:"approvers"`
	Approvals Approvals `json:"approvals"`
	Sequences Sequences `json:"sequences"`
	Rebuild   Rebuild   `json:"rebuild"`
	Cutover   Cutover   `json:"cutover"`
	Assess    Assess    `json:"assess"`
	Prepare   Prepare   `json:"prepare"`
	// MaxResume is how long after its approval an interrupted phase may go on without asking again.
	MaxResume time.Duration `json:"max_resume"`
}

// Source is the Oracle database. URL and DMSURL are oracle://user:password@host:port/service or the ARN of a secret; Endpoints
// resolves them.
type Source struct {
	URL     Secret   `json:"url"`
	DMSURL  Secret   `json:"dms_url"`
	Schemas []string `json:"schemas"`
	// DiagnosticsPack allows views that need a paid option of Oracle.
	DiagnosticsPack bool `json:"diagnostics_pack"`
}

// Target is the PostgreSQL database. The URLs are postgres://user:password@host:port/database or the ARN of a secret.
type Target struct {
	URL        Secret `json:"url"`
	DMSURL     Secret `json:"dms_url"`
	ScratchURL Secret `json:"scratch_url"`
}

// AWS says how Ferryman uses AWS DMS for the profile.
type AWS struct {
	Region   string   `json:"region"`
	Instance Instance `json:"instance"`
	// Poll is the time between two readings of a task.
	Poll time.Duration `json:"poll"`
	LOB  LOB           `json:"lob"`
	// MaxFullLoadSubtasks is how many tables DMS loads side by side.
	MaxFullLoadSubtasks int `json:"max_full_load_subtasks"`
	// Validation turns DMS's own row validation on.
	Validation bool              `json:"validation"`
	Tags       map[string]string `json:"tags"`
}

// Instance is the replication instance: one that exists, by ID, or the shape of the one Ferryman makes.
type Instance struct {
	// ID names an instance that exists: Ferryman uses it and never changes or deletes it. Empty: Ferryman makes its own.
	ID                 string   `json:"id"`
	Class              string   `json:"class"`
	StorageGB          int      `json:"storage_gb"`
	EngineVersion      string   `json:"engine_version"`
	MultiAZ            bool     `json:"multi_az"`
	SubnetGroup        string   `json:"subnet_group"`
	SecurityGroupIDs   []string `json:"security_group_ids"`
	PubliclyAccessible bool     `json:"publicly_accessible"`
}

// LOB says how DMS carries large objects: "limited" cuts off the task at a value longer than MaxKB, "full" fetches each one.
type LOB struct {
	Mode  string `json:"mode"`
	MaxKB int    `json:"max_kb"`
}

// Operators are the people who may give commands that change something, as Slack user ids and user group ids.
type Operators struct {
	Users  []string `json:"users"`
	Groups []string `json:"groups"`
}

// Approvers are the people whose yes counts, as Slack user ids and user group ids.
type Approvers struct {
	Users  []string `json:"users"`
	Groups []string `json:"groups"`
	// RequesterMayApprove lets who asked be one of the two; the other is still somebody else.
	RequesterMayApprove bool `json:"requester_may_approve"`
}

// Approvals rules requests for approval.
type Approvals struct {
	// Expires is how long a request stays open.
	Expires time.Duration `json:"expires"`
}

// Sequences says how far ahead of the source the target's sequences are set.
type Sequences struct {
	Gap int64 `json:"gap"`
	// Overrides are gaps by sequence name, as Oracle spells it.
	Overrides map[string]int64 `json:"overrides"`
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
	Jobs int `json:"jobs"`
	// MemoryMB is the maintenance_work_mem of all jobs together, in megabytes.
	MemoryMB int `json:"memory_mb"`
}

// Cutover says what must hold before a cutover may start.
type Cutover struct {
	// MaxLatency is the greatest lag of the DMS task.
	MaxLatency time.Duration `json:"max_latency"`
	// Windows are the times in which a cutover may be asked for and begin; none is always. TimeZone is theirs.
	Windows  []Window `json:"windows"`
	TimeZone string   `json:"time_zone"`
}

// Window is a time of some days of the week.
type Window struct {
	// Days are those on which it begins, as mon to sun; none is every day.
	Days []string `json:"days"`
	// From and To are hours and minutes; To at or before From is on the next day.
	From string `json:"from"`
	To   string `json:"to"`
}

// Assess says how the assessment is made.
type Assess struct {
	// Engine is EngineBuiltin or EngineDMS.
	Engine string `json:"engine"`
	// Prices is the file of the price list; "" is Ferryman's own.
	Prices string    `json:"prices"`
	DMS    DMSAssess `json:"dms"`
}

// The engines of an assessment.
const (
	EngineBuiltin = "builtin"
	EngineDMS     = "dms"
)

// DMSAssess is what AWS DMS Schema Conversion needs beside the profile's connections.
type DMSAssess struct {
	// Project names a migration project that exists: Ferryman uses it and never changes it. Empty: Ferryman makes its own.
	Project string `json:"project"`
	// S3 is s3://bucket[/folder].
	S3             string `json:"s3"`
	S3RoleARN      string `json:"s3_role_arn"`
	SecretsRoleARN string `json:"secrets_role_arn"`
	SourceSecret   string `json:"source_secret"`
	TargetSecret   string `json:"target_secret"`
}

// Prepare says what prepare leaves alone.
type Prepare struct {
	// Keep are patterns (with *) over schema.table.name of what is not set aside.
	Keep []string `json:"keep"`
}
