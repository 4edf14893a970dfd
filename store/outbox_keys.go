// SPDX-License-Identifier: Apache-2.0

package store

import "context"

// WakeChannel is the Pub/Sub channel on which the name of a migration says that its outbox has something. It only saves waiting: the
// outboxes are also looked at every second.
const WakeChannel = "ferryman:wake"

// indexKey is the set of the names of all migrations.
const indexKey = "ferryman:{index}:migrations"

// OutboxKey is the list of Outgoings, as JSON, that are sent in order.
func OutboxKey(migration string) string { return key(migration, "outbox") }

// ProgressKey is the hash of the latest waiting Outgoing of priority Progress by its Key.
func ProgressKey(migration string) string { return key(migration, "progress") }

// sendingKey holds the Outgoing that was taken and whose outcome is not recorded yet; takenKey is the Key of
// the progress taken last by a Ferryman of an older version.
func sendingKey(migration string) string { return key(migration, "sending") }
func takenKey(migration string) string   { return key(migration, "progress-taken") }

// messagesKey maps a message's Key to its Posted, placesKey maps "channel/ts" back to the Key.
func messagesKey(migration string) string { return key(migration, "messages") }
func placesKey(migration string) string   { return key(migration, "places") }

// shownKey maps a message's Key to the Outgoing that it shows now.
func shownKey(migration string) string { return key(migration, "shown") }

// troubleKey says why the migration's messages don't reach Slack at the moment.
func troubleKey(migration string) string { return key(migration, "trouble") }

func outboxLeaseKey(migration string) string { return key(migration, "lease:"+OutboxLease) }

// Wake tells all replicas that a migration's outbox has something. It is a courtesy, so that its failure is no error.
func (s *Store) Wake(ctx context.Context, migration string) {
	_ = s.rdb.Publish(ctx, WakeChannel, migration).Err()
}

// Wakes is the stream of migrations whose outbox has something, until ctx ends. Names may be missed while Redis is away.
func (s *Store) Wakes(ctx context.Context) <-chan string {
	names := make(chan string)
	sub := s.rdb.Subscribe(ctx, WakeChannel)
	go func() {
		defer close(names)
		defer sub.Close()
		messages := sub.Channel()
		for {
			select {
			case <-ctx.Done():
				return
			case m, ok := <-messages:
				if !ok {
					return
				}
				select {
				case names <- m.Payload:
				case <-ctx.Done():
					return
				}
			}
		}
	}()
	return names
}
