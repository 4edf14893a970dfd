// SPDX-License-Identifier: Apache-2.0

// Package pagetest drives the page of package page in a real browser, for tests. Whatever it waits for, it waits for until the
// deadline of one step (Patience), and fails the test with what is on the screen then.
package pagetest

import (
	"context"
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/stretchr/testify/require"
)

// Patience is how long one step may take, and a browser to start: what it waits for may be a whole phase, on a busy machine.
const Patience = 2 * time.Minute

// Browsers are the programs looked for, in this order.
var Browsers = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "headless-shell"}

// Browser is one running browser.
type Browser struct {
	ctx context.Context
}

// StartBrowser starts a headless browser with a profile of its own, which ends with the test. It skips the test where no browser is
// installed.
func StartBrowser(t testing.TB) *Browser {
	t.Helper()
	program := ""
	for _, name := range Browsers {
		if found, err := exec.LookPath(name); err == nil {
			program = found
			break
		}
	}
	if program == "" {
		t.Skipf("no browser is installed: looked for %v (Debian: apt-get install chromium)", Browsers)
	}
	profile, err := os.MkdirTemp("", "pagetest-profile-")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(profile) }) // the browser may still write to it for a moment; it is in the temporary directory
	options := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(program), chromedp.UserDataDir(profile), chromedp.WindowSize(1280, 800), chromedp.DisableGPU, chromedp.WSURLReadTimeout(Patience),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("lang", "en-US"))
	if os.Geteuid() == 0 { // Chromium's sandbox refuses to run as root
		options = append(options, chromedp.NoSandbox)
	}
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(allocator, chromedp.WithErrorf(t.Logf))
	t.Cleanup(cancel)
	require.NoError(t, chromedp.Do(ctx), "start %s", program)
	return &Browser{ctx: ctx}
}
