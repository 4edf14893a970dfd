// SPDX-License-Identifier: Apache-2.0

package aws

type createDataProviderInput struct {
	DataProviderName string
	Description      string
	Engine           string                    `aws:"required"`
	Settings         map[string]map[string]any `aws:"required"`
	Tags             []tag
	Virtual          bool
}

type dataProviderOutput struct{ DataProvider dataProvider }

func providerARN(p *dataProvider) string  { return p.DataProviderArn }
func providerName(p *dataProvider) string { return p.DataProviderName }

func (s *Server) createDataProvider(in *createDataProviderInput) (*dataProviderOutput, error) {
	if err := checkIdentifier("DataProviderName", in.DataProviderName, 255); err != nil {
		return nil, err
	}
	wanted, ok := map[string]string{"oracle": "OracleSettings", "postgres": "PostgreSqlSettings", "aurora-postgresql": "PostgreSqlSettings"}[in.Engine]
	if !ok {
		return nil, badValue("The engine %.60q is not supported.", in.Engine)
	}
	if len(in.Settings) != 1 || in.Settings[wanted] == nil {
		return nil, badCombination("A data provider of engine %s needs %s and no other settings.", in.Engine, wanted)
	}
	p := &dataProvider{DataProviderCreationTime: created(), DataProviderName: in.DataProviderName, Description: in.Description, Engine: in.Engine,
		Settings: in.Settings, Virtual: in.Virtual}
	if !in.Virtual && (p.text("ServerName") == "" || p.text("DatabaseName") == "" || p.port() < 1 || p.port() > 65535) {
		return nil, badValue("ServerName, Port and DatabaseName must be given.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, taken := named(s.conversions.providers, in.DataProviderName, providerName); taken {
		return nil, exists("A data provider named %s already exists.", in.DataProviderName)
	}
	var err error
	if p.DataProviderArn, err = s.newARN("data-provider", ""); err != nil {
		return nil, err
	}
	if err := s.tag(p.DataProviderArn, in.Tags); err != nil {
		return nil, err
	}
	s.conversions.providers[p.DataProviderArn] = p
	return &dataProviderOutput{*p}, nil
}

type describeDataProvidersOutput struct {
	DataProviders []*dataProvider
	Marker        string `json:",omitempty"`
}

func (s *Server) describeDataProviders(in *describe) (*describeDataProvidersOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := &describeDataProvidersOutput{}
	var err error
	out.DataProviders, out.Marker, err = find(s.conversions.providers, in, "data-provider-identifier", providerARN, providerName)
	return out, err
}

type deleteDataProviderInput struct {
	DataProviderIdentifier string `aws:"required"`
}

func (s *Server) deleteDataProvider(in *deleteDataProviderInput) (*dataProviderOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := named(s.conversions.providers, in.DataProviderIdentifier, providerName)
	if !ok {
		return nil, notFound("Data provider %.200s not found.", in.DataProviderIdentifier)
	}
	for _, user := range s.conversions.projects {
		if user.source == p || user.target == p {
			return nil, wrongState("Data provider %s is used by migration project %s.", p.DataProviderName, user.MigrationProjectName)
		}
	}
	delete(s.conversions.providers, p.DataProviderArn)
	delete(s.tags, p.DataProviderArn)
	return &dataProviderOutput{*p}, nil
}

type createInstanceProfileInput struct {
	AvailabilityZone      string
	Description           string
	InstanceProfileName   string
	KmsKeyArn             string
	NetworkType           string
	PubliclyAccessible    *bool
	SubnetGroupIdentifier string
	Tags                  []tag
	VpcSecurityGroups     []string
}

type instanceProfileOutput struct{ InstanceProfile instanceProfile }

func profileARN(p *instanceProfile) string  { return p.InstanceProfileArn }
func profileName(p *instanceProfile) string { return p.InstanceProfileName }

func (s *Server) createInstanceProfile(in *createInstanceProfileInput) (*instanceProfileOutput, error) {
	if err := checkIdentifier("InstanceProfileName", in.InstanceProfileName, 255); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, taken := named(s.conversions.profiles, in.InstanceProfileName, profileName); taken {
		return nil, exists("An instance profile named %s already exists.", in.InstanceProfileName)
	}
	if in.SubnetGroupIdentifier != "" && s.subnets[in.SubnetGroupIdentifier] == nil {
		return nil, notFound("Replication subnet group %.200s not found.", in.SubnetGroupIdentifier)
	}
	arn, err := s.newARN("instance-profile", "")
	if err != nil {
		return nil, err
	}
	public := true
	set(&public, in.PubliclyAccessible)
	p := &instanceProfile{InstanceProfileArn: arn, InstanceProfileCreationTime: created(), InstanceProfileName: in.InstanceProfileName, Description: in.Description,
		AvailabilityZone: in.AvailabilityZone, KmsKeyArn: in.KmsKeyArn, NetworkType: in.NetworkType, PubliclyAccessible: public,
		SubnetGroupIdentifier: in.SubnetGroupIdentifier, VpcSecurityGroups: in.VpcSecurityGroups}
	def(&p.NetworkType, "IPV4")
	if err := s.tag(arn, in.Tags); err != nil {
		return nil, err
	}
	s.conversions.profiles[arn] = p
	return &instanceProfileOutput{*p}, nil
}

type describeInstanceProfilesOutput struct {
	InstanceProfiles []*instanceProfile
	Marker           string `json:",omitempty"`
}

func (s *Server) describeInstanceProfiles(in *describe) (*describeInstanceProfilesOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := &describeInstanceProfilesOutput{}
	var err error
	out.InstanceProfiles, out.Marker, err = find(s.conversions.profiles, in, "instance-profile-identifier", profileARN, profileName)
	return out, err
}

type deleteInstanceProfileInput struct {
	InstanceProfileIdentifier string `aws:"required"`
}

func (s *Server) deleteInstanceProfile(in *deleteInstanceProfileInput) (*instanceProfileOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := named(s.conversions.profiles, in.InstanceProfileIdentifier, profileName)
	if !ok {
		return nil, notFound("Instance profile %.200s not found.", in.InstanceProfileIdentifier)
	}
	for _, user := range s.conversions.projects {
		if user.InstanceProfileArn == p.InstanceProfileArn {
			return nil, wrongState("Instance profile %s is used by migration project %s.", p.InstanceProfileName, user.MigrationProjectName)
		}
	}
	delete(s.conversions.profiles, p.InstanceProfileArn)
	delete(s.tags, p.InstanceProfileArn)
	return &instanceProfileOutput{*p}, nil
}
