// SPDX-License-Identifier: Apache-2.0

package aws

import (
	"regexp"
	"strings"
)

const engineVersion = "3.5.4"

var instanceClassForm = regexp.MustCompile(`^dms\.[a-z][0-9][a-z]*\.[0-9]*(micro|small|medium|large|xlarge)$`)

// instance is a replication instance as the API shows it.
type instance struct {
	AllocatedStorage                   int
	AutoMinorVersionUpgrade            bool
	AvailabilityZone                   string
	EngineVersion                      string
	InstanceCreateTime                 epoch  `json:",omitzero"`
	KmsKeyID                           string `json:"KmsKeyId"`
	MultiAZ                            bool
	NetworkType                        string
	PendingModifiedValues              map[string]any
	PreferredMaintenanceWindow         string
	PubliclyAccessible                 bool
	ReplicationInstanceArn             string
	ReplicationInstanceClass           string
	ReplicationInstanceIdentifier      string
	ReplicationInstancePrivateIPs      []string `json:"ReplicationInstancePrivateIpAddresses"`
	ReplicationInstanceStatus          string
	ReplicationSubnetGroup             *subnetGroup `json:",omitempty"`
	VpcSecurityGroups                  []securityGroup
	ReplicationInstancePublicAddresses []string `json:"ReplicationInstancePublicIpAddresses"`
}

type securityGroup struct {
	Status string
	ID     string `json:"VpcSecurityGroupId"`
}

type instanceOutput struct{ ReplicationInstance *instance }

type createInstanceInput struct {
	ReplicationInstanceIdentifier    string `aws:"required"`
	ReplicationInstanceClass         string `aws:"required"`
	AllocatedStorage                 *int
	AutoMinorVersionUpgrade          *bool
	AvailabilityZone                 string
	EngineVersion                    string
	KmsKeyID                         string `json:"KmsKeyId"`
	MultiAZ                          bool
	NetworkType                      string
	PreferredMaintenanceWindow       string
	PubliclyAccessible               *bool
	ReplicationSubnetGroupIdentifier string
	ResourceIdentifier               string
	Tags                             []tag
	VpcSecurityGroupIDs              []string `json:"VpcSecurityGroupIds"`
}

func (s *Server) createInstance(in *createInstanceInput) (*instanceOutput, error) {
	id := strings.ToLower(in.ReplicationInstanceIdentifier)
	if err := checkIdentifier("ReplicationInstanceIdentifier", id, 63); err != nil {
		return nil, err
	}
	if !instanceClassForm.MatchString(in.ReplicationInstanceClass) {
		return nil, badValue("replication instance class %.40s not found", in.ReplicationInstanceClass)
	}
	storage := 50
	if in.AllocatedStorage != nil {
		storage = *in.AllocatedStorage
	}
	if storage < 5 || storage > 6144 {
		return nil, badValue("Invalid storage size. Must be between 5 and 6144 GB.")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, other := range s.instances {
		if other.ReplicationInstanceIdentifier == id {
			return nil, exists("Replication instance %s already exists.", id)
		}
	}
	if len(s.instances) >= 60 {
		return nil, fault("ResourceQuotaExceededFault", "The quota of 60 replication instances is used up.")
	}
	var group *subnetGroup
	if name := in.ReplicationSubnetGroupIdentifier; name != "" {
		if group = s.subnets[strings.ToLower(name)]; group == nil {
			return nil, notFound("Replication subnet group %.60s not found", name)
		}
	}
	arn, err := s.newARN("rep", in.ResourceIdentifier)
	if err != nil {
		return nil, err
	}
	created := &instance{
		AllocatedStorage: storage, AutoMinorVersionUpgrade: in.AutoMinorVersionUpgrade == nil || *in.AutoMinorVersionUpgrade,
		AvailabilityZone: in.AvailabilityZone, EngineVersion: in.EngineVersion, KmsKeyID: in.KmsKeyID, MultiAZ: in.MultiAZ,
		NetworkType: in.NetworkType, PendingModifiedValues: map[string]any{}, PreferredMaintenanceWindow: in.PreferredMaintenanceWindow,
		PubliclyAccessible: in.PubliclyAccessible == nil || *in.PubliclyAccessible, ReplicationInstanceArn: arn,
		ReplicationInstanceClass: in.ReplicationInstanceClass, ReplicationInstanceIdentifier: id,
		ReplicationInstanceStatus: "creating", ReplicationSubnetGroup: group, VpcSecurityGroups: []securityGroup{},
		ReplicationInstancePrivateIPs: []string{}, ReplicationInstancePublicAddresses: []string{},
	}
	def(&created.AvailabilityZone, s.opts.Region+"a")
	def(&created.EngineVersion, engineVersion)
	def(&created.NetworkType, "IPV4")
	def(&created.PreferredMaintenanceWindow, "sun:03:00-sun:03:30")
	def(&created.KmsKeyID, "arn:aws:kms:"+s.opts.Region+":"+s.opts.Account+":key/00000000-0000-4000-8000-000000000000")
	for _, group := range in.VpcSecurityGroupIDs {
		created.VpcSecurityGroups = append(created.VpcSecurityGroups, securityGroup{Status: "active", ID: group})
	}
	if err := s.tag(arn, in.Tags); err != nil {
		return nil, err
	}
	s.instances[arn] = created
	s.event("replication-instance", id, "creation", "Replication instance created")
	s.after(s.opts.Delays.Instance, func() {
		created.ReplicationInstanceStatus = "available"
		created.InstanceCreateTime = now()
		created.ReplicationInstancePrivateIPs = []string{"127.0.0.1"}
	})
	return &instanceOutput{created.shown()}, nil
}

// shown is a copy that can be written while the instance changes.
func (i *instance) shown() *instance {
	c := *i
	return &c
}

type describeInstancesOutput struct {
	Marker               string `json:",omitempty"`
	ReplicationInstances []*instance
}

func (s *Server) describeInstances(in *describe) (*describeInstancesOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all, err := matches(sorted(s.instances, func(i *instance) string { return i.ReplicationInstanceIdentifier }), in.Filters,
		map[string]func(*instance) string{
			"replication-instance-arn":   func(i *instance) string { return i.ReplicationInstanceArn },
			"replication-instance-id":    func(i *instance) string { return i.ReplicationInstanceIdentifier },
			"replication-instance-class": func(i *instance) string { return i.ReplicationInstanceClass },
			"engine-version":             func(i *instance) string { return i.EngineVersion },
		})
	if err != nil {
		return nil, err
	}
	if len(all) == 0 && len(in.Filters) > 0 {
		return nil, notFound("No Instances found matching filter %s", in.Filters[0].Name)
	}
	out := &describeInstancesOutput{}
	some, next, err := page(all, in.Marker, in.MaxRecords, usualBounds)
	out.Marker = next
	out.ReplicationInstances = copies(some, (*instance).shown)
	return out, err
}

func copies[T any](all []T, copyOf func(T) T) []T {
	out := make([]T, 0, len(all))
	for _, item := range all {
		out = append(out, copyOf(item))
	}
	return out
}

type modifyInstanceInput struct {
	ReplicationInstanceArn        string `aws:"required"`
	AllocatedStorage              *int
	ApplyImmediately              bool
	AutoMinorVersionUpgrade       *bool
	EngineVersion                 string
	MultiAZ                       *bool
	PreferredMaintenanceWindow    string
	ReplicationInstanceClass      string
	ReplicationInstanceIdentifier string
}

func (s *Server) modifyInstance(in *modifyInstanceInput) (*instanceOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, err := s.availableInstance(in.ReplicationInstanceArn)
	if err != nil {
		return nil, err
	}
	if in.ReplicationInstanceClass != "" && !instanceClassForm.MatchString(in.ReplicationInstanceClass) {
		return nil, badValue("replication instance class %.40s not found", in.ReplicationInstanceClass)
	}
	if id := in.ReplicationInstanceIdentifier; id != "" {
		if err := checkIdentifier("ReplicationInstanceIdentifier", id, 63); err != nil {
			return nil, err
		}
	}
	if in.AllocatedStorage != nil && *in.AllocatedStorage < found.AllocatedStorage {
		return nil, badCombination("The allocated storage can only be increased.")
	}
	pending := map[string]any{}
	if in.ReplicationInstanceClass != "" {
		pending["ReplicationInstanceClass"] = in.ReplicationInstanceClass
	}
	if in.AllocatedStorage != nil {
		pending["AllocatedStorage"] = *in.AllocatedStorage
	}
	if in.MultiAZ != nil {
		pending["MultiAZ"] = *in.MultiAZ
	}
	if in.EngineVersion != "" {
		pending["EngineVersion"] = in.EngineVersion
	}
	found.PendingModifiedValues = pending
	if !in.ApplyImmediately { // waits for a maintenance window, which never comes here
		return &instanceOutput{found.shown()}, nil
	}
	found.ReplicationInstanceStatus = "modifying"
	s.after(s.opts.Delays.Instance, func() {
		found.ReplicationInstanceStatus = "available"
		found.PendingModifiedValues = map[string]any{}
		replace(&found.ReplicationInstanceClass, in.ReplicationInstanceClass)
		replace(&found.EngineVersion, in.EngineVersion)
		replace(&found.PreferredMaintenanceWindow, in.PreferredMaintenanceWindow)
		replace(&found.ReplicationInstanceIdentifier, strings.ToLower(in.ReplicationInstanceIdentifier))
		set(&found.AllocatedStorage, in.AllocatedStorage)
		set(&found.MultiAZ, in.MultiAZ)
		set(&found.AutoMinorVersionUpgrade, in.AutoMinorVersionUpgrade)
	})
	return &instanceOutput{found.shown()}, nil
}

// replace takes a new value where one is given.
func replace(field *string, value string) {
	if value != "" {
		*field = value
	}
}

func set[T any](field *T, value *T) {
	if value != nil {
		*field = *value
	}
}

type instanceARN struct {
	ReplicationInstanceArn string `aws:"required"`
}

func (s *Server) deleteInstance(in *instanceARN) (*instanceOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	found, err := s.availableInstance(in.ReplicationInstanceArn)
	if err != nil {
		return nil, err
	}
	for _, t := range s.tasks {
		if t.instance == found {
			return nil, wrongState("Replication Instance %s has one or more replication tasks and can't be deleted.",
				found.ReplicationInstanceIdentifier)
		}
	}
	found.ReplicationInstanceStatus = "deleting"
	s.event("replication-instance", found.ReplicationInstanceIdentifier, "deletion", "Replication instance deleted")
	s.after(s.opts.Delays.Instance, func() {
		delete(s.instances, found.ReplicationInstanceArn)
		delete(s.tags, found.ReplicationInstanceArn)
		for key := range s.connections {
			if key.instance == found.ReplicationInstanceArn {
				delete(s.connections, key)
			}
		}
	})
	return &instanceOutput{found.shown()}, nil
}

// availableInstance finds an instance that can take orders now.
func (s *Server) availableInstance(arn string) (*instance, error) {
	found := s.instances[arn]
	if found == nil {
		return nil, notFound("Replication instance %.200s not found", arn)
	}
	if found.ReplicationInstanceStatus != "available" {
		return nil, wrongState("Replication Instance %s is not in the available state: it is %s.",
			found.ReplicationInstanceIdentifier, found.ReplicationInstanceStatus)
	}
	return found, nil
}
