// SPDX-License-Identifier: Apache-2.0

package aws

import "strings"

type subnetGroup struct {
	Description           string `json:"ReplicationSubnetGroupDescription"`
	Identifier            string `json:"ReplicationSubnetGroupIdentifier"`
	SubnetGroupStatus     string
	Subnets               []subnet
	SupportedNetworkTypes []string
	VpcID                 string `json:"VpcId"`
}

type subnet struct {
	SubnetAvailabilityZone struct{ Name string }
	SubnetIdentifier       string
	SubnetStatus           string
}

type createSubnetGroupInput struct {
	Description string   `json:"ReplicationSubnetGroupDescription" aws:"required"`
	Identifier  string   `json:"ReplicationSubnetGroupIdentifier" aws:"required"`
	SubnetIDs   []string `json:"SubnetIds" aws:"required"`
	Tags        []tag
}

type subnetGroupOutput struct{ ReplicationSubnetGroup *subnetGroup }

func (s *Server) createSubnetGroup(in *createSubnetGroupInput) (*subnetGroupOutput, error) {
	id := strings.ToLower(in.Identifier)
	if len(id) > 255 || strings.Trim(id, "abcdefghijklmnopqrstuvwxyz0123456789._- ") != "" || id == "default" {
		return nil, badValue("The parameter ReplicationSubnetGroupIdentifier may contain only letters, digits, periods, spaces, underscores "+
			"and hyphens, must have at most 255 characters and must not be \"default\": %.60s", id)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.subnets[id] != nil {
		return nil, exists("Replication subnet group %s already exists.", id)
	}
	if len(in.SubnetIDs) < 2 {
		return nil, fault("ReplicationSubnetGroupDoesNotCoverEnoughAZs",
			"Replication Subnet Group should cover at least 2 Availability Zones. Current number of Availability Zones covered : %d", len(in.SubnetIDs))
	}
	created := &subnetGroup{Description: in.Description, Identifier: id, SubnetGroupStatus: "Complete",
		SupportedNetworkTypes: []string{"IPV4"}, VpcID: "vpc-00000000000000000"}
	for i, name := range in.SubnetIDs {
		member := subnet{SubnetIdentifier: name, SubnetStatus: "Active"}
		member.SubnetAvailabilityZone.Name = s.opts.Region + string(rune('a'+i%3))
		created.Subnets = append(created.Subnets, member)
	}
	arn, err := s.newARN("subgrp", "")
	if err != nil {
		return nil, err
	}
	arn = strings.TrimSuffix(arn, resourceID(arn)) + id
	if err := s.tag(arn, in.Tags); err != nil {
		return nil, err
	}
	s.subnets[id] = created
	return &subnetGroupOutput{created}, nil
}

type describeSubnetGroupsOutput struct {
	Marker                  string `json:",omitempty"`
	ReplicationSubnetGroups []*subnetGroup
}

func (s *Server) describeSubnetGroups(in *describe) (*describeSubnetGroupsOutput, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	id := func(g *subnetGroup) string { return g.Identifier }
	all, err := matches(sorted(s.subnets, id), in.Filters, map[string]func(*subnetGroup) string{"replication-subnet-group-id": id})
	if err != nil {
		return nil, err
	}
	if len(all) == 0 && len(in.Filters) > 0 {
		return nil, notFound("No Subnet groups found matching filter %s", in.Filters[0].Name)
	}
	out := &describeSubnetGroupsOutput{}
	out.ReplicationSubnetGroups, out.Marker, err = page(all, in.Marker, in.MaxRecords, usualBounds)
	return out, err
}
