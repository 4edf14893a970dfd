// SPDX-License-Identifier: Apache-2.0

package aws

import (
	"log/slog"
	"time"
)

// Options say what account the server plays and how fast things happen in it. The zero value of each field has a default.
type Options struct {
	Port      int    // TCP port on 127.0.0.1; 0 takes a free one
	Region    string // default eu-central-1; requests signed for another region are refused
	Account   string // twelve digits, default 123456789012
	AccessKey string // the only access key that is known, default AKIAFERRYMANLOCAL000
	SecretKey string // its secret, default local-secret-key

	Secrets map[string]string // Secrets Manager: name to secret string
	// Buckets are the account's S3 buckets, empty at first.
	Buckets []string
	Delays  Delays
	// Throttle is the account's request budget for DMS calls. AWS documents two sizes; the default is the smaller: 100 requests,
	// refilled by 4 a second.
	Throttle Throttle
	// LoadRowsPerSecond bounds each task's full load, so that a rehearsal can be watched. 0 is unbounded.
	LoadRowsPerSecond int
	// PollInterval is the time between two looks at the source's redo, default 300 ms.
	PollInterval time.Duration
	// RecoverFor is how long a task tries to reach a lost database again before it fails, where its settings say "for ever"
	// (RecoverableErrorCount -1). Default 5 s.
	RecoverFor time.Duration
	Logger     *slog.Logger // default: nothing is logged
}

// Delays are the times that AWS takes to change a state, shortened.
type Delays struct {
	Instance   time.Duration // creating, modifying and deleting an instance, default 300 ms
	Connection time.Duration // the least time of a connection test and of a schema refresh, default 100 ms
	Task       time.Duration // creating, starting, stopping and deleting a task, default 150 ms
	Conversion time.Duration // each step of an operation of Schema Conversion, default 100 ms
	// Answer is the least time that any call takes, default 5 ms. An answer that comes before the SDK's HTTP client has put away its
	// request may be lost on that client, and a repeated call is one too many.
	Answer time.Duration
}

// Throttle is a token bucket: Burst tokens at first, PerSecond more each second up to Burst.
type Throttle struct {
	Burst     int
	PerSecond float64
	Off       bool // no throttling at all
}

func (o Options) withDefaults() Options {
	def(&o.Region, "eu-central-1")
	def(&o.Account, "123456789012")
	def(&o.AccessKey, "AKIAFERRYMANLOCAL000")
	def(&o.SecretKey, "local-secret-key")
	def(&o.Delays.Instance, 300*time.Millisecond)
	def(&o.Delays.Connection, 100*time.Millisecond)
	def(&o.Delays.Task, 150*time.Millisecond)
	def(&o.Delays.Conversion, 100*time.Millisecond)
	def(&o.Delays.Answer, 5*time.Millisecond)
	def(&o.Throttle.Burst, 100)
	def(&o.Throttle.PerSecond, 4)
	def(&o.PollInterval, 300*time.Millisecond)
	def(&o.RecoverFor, 5*time.Second)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

func def[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}
