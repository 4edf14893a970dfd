// SPDX-License-Identifier: Apache-2.0

package aws

type descriptorInput struct {
	DataProviderIdentifier      string
	SecretsManagerAccessRoleArn string
	SecretsManagerSecretID      string `json:"SecretsManagerSecretId"`
}

type createProjectInput struct {
	Description                           string
	InstanceProfileIdentifier             string `aws:"required"`
	MigrationProjectName                  string
	SchemaConversionApplicationAttributes *scAttributes
	SourceDataProviderDescriptors         []descriptorInput `aws:"required"`
	Tags                                  []tag
	TargetDataProviderDescriptors         []descriptorInput `aws:"required"`
	TransformationRules                   string
}

type projectOutput struct{ MigrationProject shownProject }

func projectARN(p *project) string  { return p.MigrationProjectArn }
func projectName(p *project) string { return p.MigrationProjectName }

// maxProjects is the account's quota.
const maxProjects = 10

func (s *Server) createProject(in *createProjectInput) (*projectOutput, error) {
	if err := checkIdentifier("MigrationProjectName", in.MigrationProjectName, 255); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c := &s.conversions
	if _, taken := named(c.projects, in.MigrationProjectName, projectName); taken {
		return nil, exists("A migration project named %s already exists.", in.MigrationProjectName)
	}
	if len(c.projects) >= maxProjects {
		return nil, fault("ResourceQuotaExceededFault", "The quota for migration projects, %d, is exceeded.", maxProjects)
	}
	profile, ok := named(c.profiles, in.InstanceProfileIdentifier, profileName)
	if !ok {
		return nil, notFound("Instance profile %.200s not found.", in.InstanceProfileIdentifier)
	}
	p := &project{loaded: map[string]bool{}}
	p.InstanceProfileArn, p.InstanceProfileName = profile.InstanceProfileArn, profile.InstanceProfileName
	p.MigrationProjectName, p.Description, p.TransformationRules = in.MigrationProjectName, in.Description, in.TransformationRules
	p.SchemaConversionApplicationAttributes, p.MigrationProjectCreationTime = in.SchemaConversionApplicationAttributes, created()
	var err error
	if p.source, p.SourceDataProviderDescriptors, err = s.describeSide(in.SourceDataProviderDescriptors, true); err != nil {
		return nil, err
	}
	if p.target, p.TargetDataProviderDescriptors, err = s.describeSide(in.TargetDataProviderDescriptors, false); err != nil {
		return nil, err
	}
	if a := in.SchemaConversionApplicationAttributes; a != nil {
		if err := s.checkBucket(a); err != nil {
			return nil, err
		}
	}
	if p.MigrationProjectArn, err = s.newARN("migration-project", ""); err != nil {
		return nil, err
	}
	if err := s.tag(p.MigrationProjectArn, in.Tags); err != nil {
		return nil, err
	}
	c.projects[p.MigrationProjectArn] = p
	return &projectOutput{p.shownProject}, nil
}

// describeSide resolves the one data provider of a side. The caller holds the lock.
func (s *Server) describeSide(in []descriptorInput, source bool) (*dataProvider, []descriptor, error) {
	if len(in) != 1 {
		return nil, nil, badCombination("A migration project has one data provider of each side.")
	}
	p, ok := named(s.conversions.providers, in[0].DataProviderIdentifier, providerName)
	if !ok {
		return nil, nil, notFound("Data provider %.200s not found.", in[0].DataProviderIdentifier)
	}
	if source != (p.Engine == "oracle") {
		return nil, nil, badCombination("The data provider %s has an engine that this side of a migration project can't have.", p.DataProviderName)
	}
	if !p.Virtual && (in[0].SecretsManagerSecretID == "" || in[0].SecretsManagerAccessRoleArn == "") {
		return nil, nil, badCombination("SecretsManagerSecretId and SecretsManagerAccessRoleArn must be given for data provider %s.", p.DataProviderName)
	}
	return p, []descriptor{{p.DataProviderArn, p.DataProviderName, in[0].SecretsManagerAccessRoleArn, in[0].SecretsManagerSecretID}}, nil
}

func (s *Server) checkBucket(a *scAttributes) error {
	name, _ := a.bucket()
	s.objects.mu.Lock()
	defer s.objects.mu.Unlock()
	if _, ok := s.objects.buckets[name]; !ok {
		return fault("S3ResourceNotFoundFault", "The S3 bucket of %.200q can't be found.", a.S3BucketPath)
	}
	if a.S3BucketRoleArn == "" {
		return fault("S3AccessDeniedFault", "Access to the project storage is denied. Check you bucket, S3 role and try again.")
	}
	return nil
}

type describeProjectsOutput struct {
	Marker            string `json:",omitempty"`
	MigrationProjects []shownProject
}

func (s *Server) describeProjects(in *describe) (*describeProjectsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	some, next, err := find(s.conversions.projects, in, "migration-project-identifier", projectARN, projectName)
	out := &describeProjectsOutput{Marker: next, MigrationProjects: []shownProject{}}
	for _, p := range some {
		out.MigrationProjects = append(out.MigrationProjects, p.shownProject)
	}
	return out, err
}

type projectInput struct {
	MigrationProjectIdentifier string `aws:"required"`
}

func (s *Server) deleteProject(in *projectInput) (*projectOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.project(in.MigrationProjectIdentifier)
	if err != nil {
		return nil, err
	}
	for _, r := range p.requests {
		if r.shown.Status == scReceived || r.shown.Status == scInProgress {
			return nil, wrongState("Migration project %s has an operation in progress.", p.MigrationProjectName)
		}
	}
	delete(s.conversions.projects, p.MigrationProjectArn)
	delete(s.tags, p.MigrationProjectArn)
	return &projectOutput{p.shownProject}, nil
}

// project finds a migration project. The caller holds the lock.
func (s *Server) project(id string) (*project, error) {
	p, ok := named(s.conversions.projects, id, projectName)
	if !ok {
		return nil, notFound("Migration project %.200s not found.", id)
	}
	return p, nil
}
