import { execFile } from 'node:child_process';
import { access, constants, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { PNG } from 'pngjs';
import { judge } from '../../src/rehearsal/judge.ts';
import type { Verdict } from '../../src/rehearsal/verdict.ts';
import { embedJson, renderHtmlReport } from '../../src/report/html.ts';
import { chartData } from '../../src/report/html-data.ts';
import { BEGAN, failure, goodEvidence, sample } from '../rehearsal/evidence.ts';
import { flipEvidence } from '../rehearsal/flip-evidence.ts';

const good = judge(goodEvidence());
const flip = judge(flipEvidence());
const bad = judge(
  goodEvidence({
    samples: [
      ...goodEvidence().samples,
      sample({ start: BEGAN + 5_500, end: BEGAN + 5_510, outcome: failure('status', 'status 502 <b>&') }),
    ],
  }),
);

describe('the data of the charts', () => {
  test('has one series per version and region, whose sum is what was served', () => {
    const { regions } = chartData(good);
    expect(regions.map(({ region, series }) => [region, series.map(({ name }) => name)])).toEqual([
      ['us-east-1', ['1.0.0', '1.1.0']],
      ['eu-west-1', ['1.0.0', '1.1.0']],
    ]);
    const sum = regions
      .flatMap(({ series }) => series.flatMap(({ perSecond }) => perSecond))
      .reduce((total, count) => total + count, 0);
    expect(sum).toBe(good.traffic.total - good.traffic.failed);
  });

  test('has one lane per host: the old release, the phases, the new release', () => {
    const { lanes } = chartData(good);
    expect(lanes.map(({ host }) => host)).toEqual(['i-a1', 'i-a2', 'i-b1', 'i-b2', 'i-d1']);
    expect(lanes[0]?.stretches.map(({ phase, version }) => version ?? phase)).toEqual([
      '1.0.0',
      'draining',
      'quiet',
      'installing',
      'proving',
      'returning',
      '1.1.0',
    ]);
  });

  test('a bake is a stretch of its own, and what is installed in it is the release of before', () => {
    const { activities, events } = goodEvidence();
    const [last] = activities.slice(-1);
    const from = last?.to ?? 0;
    const bake = {
      stage: 'eu-west-1a',
      kind: 'action',
      action: 'promote-zone',
      from,
      to: from + 2_000,
    } as const;
    const taken = (['installing', 'serving'] as const).map((phase, index) => ({
      ...{ host: 'i-d1', phase },
      at: new Date(from + 500 * (index + 1)).toISOString(),
    }));
    const baked = judge(goodEvidence({ activities: [...activities, bake], events: [...events, ...taken] }));
    const { bakes, lanes } = chartData(baked);
    expect(bakes.map((span) => span.to - span.from)).toEqual([2]);
    expect(chartData(good).bakes).toEqual([]);
    const lane = lanes.find(({ host }) => host === 'i-d1');
    expect(lane?.stretches.slice(-3).map(({ phase, version }) => version ?? phase)).toEqual([
      '1.1.0',
      'installing',
      '1.0.0',
    ]);
  });

  test('a host that was rolled back serves the old release again', () => {
    const events = goodEvidence().events.map((event) =>
      event.host === 'i-a1' && event.phase === 'returning'
        ? { ...event, phase: 'rolling-back' as const }
        : event,
    );
    const lane = chartData(judge(goodEvidence({ events }))).lanes[0];
    expect(lane?.stretches.at(-1)).toMatchObject({ phase: 'serving', version: '1.0.0' });
  });

  test('tells pools apart where traffic is moved between them, each in a colour of its own', () => {
    const { regions, marks } = chartData(flip);
    expect(regions[0]?.series.map(({ name, colour }) => [name, colour])).toEqual([
      ['blue 1.0.0', 'version-from'],
      ['green 1.1.0', 'version-to'],
      ['edge 1.1.0', 'version-moved'],
    ]);
    const [blue, green, edge] = regions[0]?.series.map(({ perSecond }) => perSecond) ?? [];
    // Before the flip, half-way, after it, and behind the second balancer.
    expect([blue?.[4], green?.[4]]).toEqual([20, 0]);
    expect(blue?.[7]).toBe(green?.[7]);
    expect([blue?.[9], green?.[9], edge?.[9]]).toEqual([0, 20, 0]);
    expect([green?.[14], edge?.[14]]).toEqual([0, 20]);
    expect(marks).toEqual([
      { label: '50 %', at: 6 },
      { label: '100 %', at: 8 },
      { label: 'DNS', at: 11 },
    ]);
  });

  test('what the new side did not serve is an area of its own, and drawn one by one only when all are listed', () => {
    const { samples } = flipEvidence();
    const broken = (limit: number) =>
      samples.map((each, index) =>
        index < limit && each.host?.startsWith('i-g')
          ? { ...each, outcome: failure('status', 'status 500') }
          : each,
      );
    const [few] = chartData(judge(flipEvidence({ samples: broken(130) }))).regions;
    expect(few?.series.at(-1)).toMatchObject({ name: 'failed request', colour: 'failed' });
    expect(few?.series.at(-1)?.perSecond[6]).toBe(6);
    expect(few?.failures.length).toBeGreaterThan(0);
    const many = judge(flipEvidence({ samples: broken(samples.length) }));
    expect(many.failuresNotListed).toBeGreaterThan(0);
    expect(chartData(many).regions[0]?.failures).toEqual([]);
    expect(chartData(flip).regions[0]?.series.map(({ colour }) => colour)).not.toContain('failed');
  });

  test('there a host serves only while users come to it', () => {
    const { lanes } = chartData(flip);
    const served = (host: string) =>
      lanes.find((lane) => lane.host === host)?.stretches.filter(({ phase }) => phase === 'serving');
    expect(served('i-b1')).toMatchObject([{ version: '1.0.0', from: 0 }]);
    expect(served('i-b1')?.[0]?.to).toBeLessThan(8);
    expect(served('i-g1')).toMatchObject([{ version: '1.1.0', from: 6 }]);
  });

  test('a rehearsal without any traffic can be drawn', () => {
    const data = chartData(judge(goodEvidence({ samples: [] })));
    expect(data.regions[0]?.series[0]?.perSecond).toEqual([]);
    expect(data.lanes).toHaveLength(5);
  });
});

describe('the page', () => {
  test('holds the verdict, and nothing in it can end the script', () => {
    const evil = { text: '</script><script>alert(1)</script>\u2028' };
    expect(embedJson(evil)).not.toContain('<');
    expect(JSON.parse(embedJson(evil))).toEqual(evil);
  });

  test('escapes what hosts and services said', async () => {
    const html = await renderHtmlReport(bad);
    expect(html).toContain('status 502 &lt;b&gt;&amp;');
    expect(html).not.toContain('502 <b>');
  });

  test('loads nothing from anywhere', async () => {
    const html = await renderHtmlReport(good);
    expect(html).toContain("default-src 'none'");
    const markup = html.replaceAll(/(<script[^>]*>)[\s\S]*?<\/script>/g, '$1</script>');
    expect(markup.length).toBeLessThan(20_000);
    expect(markup).not.toMatch(/\s(src|href)=|url\(|@import/);
  });
});

const chromium = await findChromium();
if (chromium === undefined) {
  console.error(
    'NO CHROMIUM FOUND: the report was NOT looked at in a browser. Install it (apt-get install chromium) ' +
      'or name it in CHROMIUM; with CI=true this is a failure.',
  );
}

describe('in headless Chromium', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'zonewise-report-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }));

  test('there is a browser when this runs in CI', () => {
    expect(process.env['CI'] === 'true' && chromium === undefined).toBe(false);
  });

  const inBrowser = (name: string, check: (browser: string) => Promise<void>): void => {
    // Without a browser the loud message above and the check for CI stand in.
    test(name, async () => (chromium === undefined ? undefined : check(chromium)), 60_000);
  };

  inBrowser('lanes, series, approvals and failures are drawn', async (browser) => {
    const dom = await browse(browser, folder, bad, ['--dump-dom']);
    const svg = /<svg[\s\S]*<\/svg>/.exec(dom)?.[0] ?? '';
    for (const host of ['i-a1', 'i-a2', 'i-b1', 'i-b2', 'i-d1']) expect(svg).toContain(`>${host}</text>`);
    for (const region of ['us-east-1', 'eu-west-1']) expect(svg).toContain(`>${region}</text>`);
    for (const zone of ['us-east-1a', 'us-east-1b', 'eu-west-1a']) expect(svg).toContain(`>✓ ${zone}</text>`);
    const count = (color: string): number => svg.split(`fill="${color}"`).length - 1;
    // Colours of the style sheet. Areas: two regions; lanes: five hosts before and after.
    expect(count('#93a9c9')).toBe(7);
    expect(count('#12a67c')).toBe(7);
    for (const phase of ['#f2a63a', '#e3c93f', '#7d6bef', '#3d8ff2', '#1fb6c6']) expect(count(phase)).toBe(5);
    expect(count('#e0314b')).toBe(1);
  });

  inBrowser('pools, steps and the change of the name are drawn', async (browser) => {
    const dom = await browse(browser, folder, flip, ['--dump-dom']);
    const svg = /<svg[\s\S]*<\/svg>/.exec(dom)?.[0] ?? '';
    for (const label of ['✓ pool flip', '50 %', '100 %', 'DNS']) expect(svg).toContain(`>${label}</text>`);
    const count = (color: string): number => svg.split(`fill="${color}"`).length - 1;
    // Colours of the style sheet. One area each; lanes: two hosts of either pool.
    expect([count('#93a9c9'), count('#12a67c'), count('#1a6f8f')]).toEqual([3, 3, 1]);
    for (const side of ['pool blue', 'pool green', 'balancer blue', 'balancer edge']) {
      expect(dom).toContain(`>${side}</th>`);
    }
  });

  inBrowser('the picture is not blank', async (browser) => {
    const picture = join(folder, 'page.png');
    await browse(browser, folder, good, ['--window-size=1280,1600', `--screenshot=${picture}`]);
    const { width, height, data } = PNG.sync.read(await readFile(picture));
    const colors = new Map<number, number>();
    for (let pixel = 0; pixel < data.length; pixel += 4) {
      const color = data.readUIntBE(pixel, 3);
      colors.set(color, (colors.get(color) ?? 0) + 1);
    }
    expect([width, height]).toEqual([1280, 1600]);
    expect(Math.max(...colors.values()) / (width * height)).toBeLessThan(0.9);
    // Many pixels of each phase: draining, installing, returning.
    for (const phase of [0xf2a63a, 0x7d6bef, 0x1fb6c6]) expect(colors.get(phase)).toBeGreaterThan(500);
  });

  inBrowser('the check would see a page whose charts do not run', async (browser) => {
    const page = (await renderHtmlReport(good)).replaceAll('echarts.init', 'echarts.nothing');
    const dom = await openPage(browser, folder, page, ['--dump-dom']);
    expect(dom).not.toContain('>i-a1</text>');
  });
});

async function browse(
  browser: string,
  folder: string,
  verdict: Verdict,
  words: readonly string[],
): Promise<string> {
  return openPage(browser, folder, await renderHtmlReport(verdict), words);
}

async function openPage(
  browser: string,
  folder: string,
  html: string,
  words: readonly string[],
): Promise<string> {
  const page = join(folder, 'page.html');
  await writeFile(page, html);
  const profile = await mkdtemp(join(folder, 'profile-'));
  const { stdout } = await promisify(execFile)(
    browser,
    [
      ...[
        '--headless',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--hide-scrollbars',
      ],
      ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
      ...[`--user-data-dir=${profile}`, ...words, pathToFileURL(page).href],
    ],
    { maxBuffer: 64 * 1024 * 1024, timeout: 50_000, killSignal: 'SIGKILL' },
  );
  return stdout;
}

async function findChromium(): Promise<string | undefined> {
  const named = process.env['CHROMIUM'];
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const candidates = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  for (const candidate of named === undefined ? candidates : [named]) {
    const found = await access(candidate, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return candidate;
  }
  return undefined;
}
