// SPDX-License-Identifier: Apache-2.0

package aws_test

import (
	"bytes"
	"os"
	"os/exec"
	"testing"

	"github.com/ferryman/ferryman/internal/standin/aws"
	"github.com/stretchr/testify/require"
)

// commandLine runs the aws command line against the server and returns what it prints.
func commandLine(t *testing.T, server *aws.Server) func(args ...string) []byte {
	t.Helper()
	path, err := exec.LookPath("aws")
	if err != nil {
		t.Skip("the aws command line is not installed (Debian: awscli)")
	}
	id, secret := server.AccessKey()
	return func(args ...string) []byte {
		command := exec.CommandContext(t.Context(), path, append(args, "--endpoint-url", server.URL(), "--region", server.Region())...)
		command.Env = append(os.Environ(), "AWS_ACCESS_KEY_ID="+id, "AWS_SECRET_ACCESS_KEY="+secret, "AWS_PAGER=", "AWS_CONFIG_FILE=/dev/null",
			"AWS_SHARED_CREDENTIALS_FILE=/dev/null", "AWS_EC2_METADATA_DISABLED=true", "AWS_DEFAULT_OUTPUT=json")
		var failed bytes.Buffer
		command.Stderr = &failed
		out, err := command.Output()
		require.NoError(t, err, failed.String())
		return out
	}
}

func writeFile(name string, content []byte) error { return os.WriteFile(name, content, 0o600) }
