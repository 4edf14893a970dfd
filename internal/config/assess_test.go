// SPDX-License-Identifier: Apache-2.0

package config_test

import (
	"testing"

	"github.com/ferryman/ferryman/internal/config"
	"github.com/stretchr/testify/require"
)

const conversionKeys = `    assess:
      engine: dms
      dms:
        s3: s3://reports-bucket/ferryman/
        s3_role_arn: arn:aws:iam::123456789012:role/sc-s3
        secrets_role_arn: arn:aws:iam::123456789012:role/sc-secrets
        source_secret: arn:aws:secretsmanager:eu-central-1:123456789012:secret:ora-AbCdEf
        target_secret: arn:aws:secretsmanager:eu-central-1:123456789012:secret:pg-AbCdEf
`

func TestAssessmentIsBuiltinUnlessTheProfileSaysOtherwise(t *testing.T) {
	t.Parallel()
	require.Equal(t, config.EngineBuiltin, parse(t, minimal).Profiles["box-office"].Assess.Engine)

	p := parse(t, minimal+conversionKeys).Profiles["box-office"]
	require.Equal(t, config.EngineDMS, p.Assess.Engine)
	require.Equal(t, "s3://reports-bucket/ferryman/", p.Assess.DMS.S3)
	require.Contains(t, p.SourceSecret(), "ora-AbCdEf")
}

func TestEngineDMSSaysWhatItLacks(t *testing.T) {
	t.Parallel()
	_, err := config.Parse("ferryman.yaml", []byte(minimal+"    assess: { engine: dms }\n"), env())
	require.Error(t, err)
	for _, key := range []string{"s3", "s3_role_arn", "secrets_role_arn", "source_secret", "target_secret"} {
		require.ErrorContains(t, err, "profiles.box-office.assess.dms."+key)
	}
	_, err = config.Parse("ferryman.yaml", []byte(minimal+"    assess: { engine: ora2pg }\n"), env())
	require.ErrorContains(t, err, "must be one of: builtin dms")
	_, err = config.Parse("ferryman.yaml", []byte(minimal+"    assess: { engine: dms, dms: { project: made-by-us, s3: reports } }\n"), env())
	require.ErrorContains(t, err, "an S3 path such as s3://my-bucket/folder")
	parse(t, minimal+"    assess: { engine: dms, dms: { project: made-by-us } }\n")
}

func TestASecretOfTheConnectionServesSchemaConversionToo(t *testing.T) {
	t.Parallel()
	const arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:ora-AbCdEf"
	p := parse(t, minimal, "ORACLE_URL", arn).Profiles["box-office"]
	require.Equal(t, arn, p.SourceSecret())
	require.Empty(t, p.TargetSecret())
}
