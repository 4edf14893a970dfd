// SPDX-License-Identifier: Apache-2.0

//go:build !race

package modeltest_test

// racing tells that the test looks for data races, which makes everything several times slower.
const racing = false
