// SPDX-License-Identifier: Apache-2.0

//go:build !race

package testenv

// Racing tells that the tests look for data races, which makes everything several times slower.
const Racing = false
