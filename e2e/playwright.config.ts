import { defineConfig } from '@playwright/test';

const MINUTE = 60_000;

/** Chromium at this path, or Playwright's own. */
const chromium = (path: string | undefined) => ({
  browserName: 'chromium' as const,
  launchOptions: {
    ...(path ? { executablePath: path } : {}),
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  },
});

export default defineConfig({
  testDir: '.',
  outputDir: 'results/artifacts',
  forbidOnly: true,
  retries: 0,
  // Three on two cores: the interfaces' tests wait for clocks and disks.
  workers: 3,
  timeout: MINUTE,
  expect: { timeout: 10_000 },
  reporter: [['line'], ['json', { outputFile: 'results/report.json' }]],
  use: {
    ...chromium(process.env.CHROMIUM),
    // They would hold the secrets that the sweep looks for.
    trace: 'off',
    screenshot: 'off',
    video: 'off',
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    actionTimeout: 10_000,
    navigationTimeout: 30_000,
  },
  projects: [
    // A teardown and not a project that depends on the others: it must run after failures too.
    { name: 'template', testMatch: 'support/template.setup.ts', timeout: 3 * MINUTE, teardown: 'sweep' },
    // One at a time: they build, and share a clone. First, so that another worker has something to do beside them.
    { name: 'journey', testMatch: 'journey/**/*.spec.ts', dependencies: ['template'], workers: 1, timeout: 10 * MINUTE },
    { name: 'api', testMatch: 'api/**/*.spec.ts', dependencies: ['template'] },
    {
      name: 'console',
      testMatch: 'console/**/*.spec.ts',
      dependencies: ['template'],
      // The same engine without windows: it takes a third of the time. The journeys run in the whole browser.
      use: chromium(process.env.CHROMIUM_SHELL || process.env.CHROMIUM),
    },
    { name: 'sweep', testMatch: 'sweep/**/*.spec.ts', timeout: 2 * MINUTE },
  ],
});
