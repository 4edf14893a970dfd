// SPDX-License-Identifier: Apache-2.0

package convert

func (c *converter) scriptsStep() {}
