// SPDX-License-Identifier: Apache-2.0

package slack

import (
	"context"
	"fmt"
	"io"
)

// Serve runs a stand-in with DefaultWorkspace on 127.0.0.1:port (0 for a free one) until the context ends. Once it listens it prints
// one line with what a client needs, as environment variables.
func Serve(ctx context.Context, port int, out io.Writer, o Options) error {
	s := New(o)
	if err := s.Start(fmt.Sprintf("127.0.0.1:%d", port)); err != nil {
		return err
	}
	defer s.Close()
	_, err := fmt.Fprintf(out, "SLACK_API_URL=%s SLACK_BOT_TOKEN=%s SLACK_APP_TOKEN=%s\n", s.APIURL(), s.BotToken(), s.AppToken())
	if err != nil {
		return fmt.Errorf("slack stand-in: print the address: %w", err)
	}
	<-ctx.Done()
	return nil
}
