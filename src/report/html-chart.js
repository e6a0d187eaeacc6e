// Draws the charts of the report in the browser; `echarts` stands before it in the page.
(() => {
  const data = JSON.parse(document.getElementById('chart-data').textContent);
  const element = document.getElementById('chart');

  // Wide enough for the longest name of a zone or pool, a host, and the space between them.
  const LEFT = 170 + 6 * Math.max(10, ...data.lanes.map(({ group }) => group.length));
  const RIGHT = 16;
  // Where traffic is moved, how it crosses over is what there is to see.
  const REGION_HEIGHT = data.marks.length === 0 ? 110 : 190;
  const REGION_STEP = REGION_HEIGHT + 40;
  const LANE_HEIGHT = 24;
  // The names of changes of the way stand below those of approvals.
  const TOP = data.marks.length === 0 ? 44 : 60;
  const lanesTop = TOP + data.regions.length * REGION_STEP + 4;
  const lanesHeight = data.lanes.length * LANE_HEIGHT;
  element.style.height = `${lanesTop + lanesHeight + 40}px`;

  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
  const clock = (seconds) =>
    `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;
  const escaped = (text) => {
    const span = document.createElement('span');
    span.textContent = text;
    return span.innerHTML;
  };

  function timeAxis(gridIndex, labelled) {
    return {
      gridIndex,
      type: 'value',
      min: 0,
      max: data.length,
      axisLabel: { show: labelled, color: color('muted'), formatter: clock, hideOverlap: true },
      axisLine: { lineStyle: { color: color('line') } },
      axisTick: { show: false },
      splitLine: { lineStyle: { color: color('line'), type: 'dashed' } },
      axisPointer: { label: { show: false } },
    };
  }

  function approvalLines(labelled) {
    return {
      silent: true,
      symbol: 'none',
      animation: false,
      lineStyle: { color: color('ink'), type: 'solid', width: 1, opacity: 0.45 },
      label: {
        show: labelled,
        position: 'end',
        align: 'left',
        distance: [0, 4],
        rotate: 0,
        color: color('ink'),
        opacity: 1,
        fontSize: 11,
        formatter: ({ name }) => name,
      },
      data: data.approvals.map(({ label, at }) => ({ name: label, xAxis: at })),
    };
  }

  function withMarks(lines, labelled) {
    const label = { ...lines.label, distance: [4, 4], fontWeight: 600 };
    const lineStyle = { ...lines.lineStyle, type: [5, 3], opacity: 0.9 };
    const marks = data.marks.map(({ label: name, at }) => ({ name, xAxis: at, label, lineStyle }));
    if (marks.length === 0) return lines;
    const approvals = lines.data.map((line) => ({ ...line, label: { ...lines.label, distance: [0, 20] } }));
    return { ...lines, label: { ...lines.label, show: labelled }, data: [...approvals, ...marks] };
  }

  // The last second is cut short by the end of the load, so it would look like a fall of traffic.
  function edged(values) {
    const whole = values.slice(0, Math.max(1, Math.floor(data.length)));
    const middle = whole.map((value, second) => [second + 0.5, value]);
    return [[0, whole.at(0) ?? 0], ...middle, [data.length, whole.at(-1) ?? 0]];
  }

  function failureLines() {
    return {
      silent: true,
      symbol: 'none',
      animation: false,
      label: { show: false },
      lineStyle: { color: color('failed'), type: 'solid', width: 1, opacity: 0.7 },
    };
  }

  function regionSeries(chart, index) {
    const perSecond = chart.series.map(({ name, colour, perSecond: values }, order) => ({
      name,
      id: `${chart.region} ${name}`,
      type: 'line',
      stack: chart.region,
      xAxisIndex: index,
      yAxisIndex: index,
      symbol: 'none',
      lineStyle: { width: 0 },
      areaStyle: { color: color(colour), opacity: 0.9 },
      itemStyle: { color: color(colour) },
      emphasis: { disabled: true },
      data: edged(values),
      ...(order === 0 ? { markLine: withMarks(approvalLines(index === 0), index === 0) } : {}),
    }));
    const failures = {
      name: 'failed',
      id: `${chart.region} failed`,
      type: 'scatter',
      xAxisIndex: index,
      yAxisIndex: index,
      symbol: 'diamond',
      symbolSize: 10,
      z: 10,
      clip: false,
      itemStyle: { color: color('failed'), borderColor: color('card'), borderWidth: 1 },
      tooltip: { trigger: 'item', formatter: ({ data: point }) => escaped(point[2]) },
      markLine: { ...failureLines(), data: chart.failures.map(({ at }) => ({ xAxis: at })) },
      data: chart.failures.map(({ at, label }) => [at, 0, label]),
    };
    return [...perSecond, failures];
  }

  // What is baked serves as it is to: a tint behind its hosts, not a phase of theirs.
  function bakeAreas() {
    return {
      silent: true,
      animation: false,
      itemStyle: { color: color('bake'), opacity: 0.35 },
      data: data.bakes.map(({ from, to }) => [{ xAxis: from }, { xAxis: to }]),
    };
  }

  function drawStretch(params, api) {
    const [laneIndex, from, to] = [api.value(0), api.value(1), api.value(2)];
    const stretch = data.lanes[laneIndex].stretches[api.value(3)];
    const start = api.coord([from, laneIndex]);
    const end = api.coord([to, laneIndex]);
    const height = stretch.phase === 'serving' ? 5 : 16;
    const width = Math.max(stretch.phase === 'serving' ? 0 : 2, end[0] - start[0]);
    const fill = color(stretch.colour ?? `phase-${stretch.phase}`);
    const bounds = params.coordSys;
    const shape = echarts.graphic.clipRectByRect(
      { x: start[0], y: start[1] - height / 2, width, height },
      { x: bounds.x, y: bounds.y, width: bounds.width, height: bounds.height },
    );
    return (
      shape && { type: 'rect', shape: { ...shape, r: stretch.phase === 'serving' ? 0 : 2 }, style: { fill } }
    );
  }

  function laneSeries(index) {
    return {
      name: 'hosts',
      id: 'lanes',
      type: 'custom',
      xAxisIndex: index,
      yAxisIndex: index,
      renderItem: drawStretch,
      encode: { x: [1, 2], y: 0 },
      markLine: withMarks(approvalLines(false), false),
      markArea: bakeAreas(),
      tooltip: {
        trigger: 'item',
        formatter: ({ data: [laneIndex, from, to, order] }) => {
          const lane = data.lanes[laneIndex];
          const { phase, version, note } = lane.stretches[order];
          const what = version === undefined ? phase : `${phase} ${version}`;
          const lines = [
            `<b>${escaped(lane.host)}</b> ${escaped(lane.group)} ${escaped(lane.zone)}`,
            escaped(what),
          ];
          lines.push(`${clock(from)} to ${clock(to)}, ${(to - from).toFixed(1)} s`);
          return [...lines, ...(note === undefined ? [] : [escaped(note)])].join('<br>');
        },
      },
      data: data.lanes.flatMap((lane, laneIndex) =>
        lane.stretches.map(({ from, to }, order) => [laneIndex, from, to, order]),
      ),
    };
  }

  function option() {
    const lanes = data.regions.length;
    const grids = data.regions.map((_, index) => ({
      left: LEFT,
      right: RIGHT,
      top: TOP + index * REGION_STEP,
      height: REGION_HEIGHT,
    }));
    return {
      animation: false,
      backgroundColor: 'transparent',
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      grid: [...grids, { left: LEFT, right: RIGHT, top: lanesTop, height: lanesHeight }],
      title: data.regions.map(({ region }, index) => ({
        text: region,
        subtext: 'requests per second',
        left: 0,
        top: TOP + index * REGION_STEP - 8,
        padding: 0,
        itemGap: 7,
        textStyle: { color: color('ink'), fontSize: 14, fontWeight: 600 },
        subtextStyle: { color: color('muted'), fontSize: 12 },
      })),
      xAxis: [...data.regions.map((_, index) => timeAxis(index, false)), timeAxis(lanes, true)],
      yAxis: [
        ...data.regions.map((_, gridIndex) => ({
          gridIndex,
          type: 'value',
          min: 0,
          splitNumber: 3,
          axisLabel: { color: color('muted') },
          splitLine: { lineStyle: { color: color('line') } },
        })),
        {
          gridIndex: lanes,
          type: 'category',
          inverse: true,
          data: data.lanes.map(({ host, group }) => `${group}  ${host}`),
          axisLabel: {
            interval: 0,
            formatter: (_, lane) => `{group|${data.lanes[lane].group}}  {host|${data.lanes[lane].host}}`,
            rich: {
              group: { color: color('muted'), fontSize: 11 },
              host: {
                color: color('ink'),
                fontSize: 11,
                fontFamily: 'ui-monospace, Menlo, Consolas, monospace',
              },
            },
          },
          axisLine: { show: false },
          axisTick: { show: false },
          splitLine: { show: false },
        },
      ],
      axisPointer: { link: [{ xAxisIndex: 'all' }], lineStyle: { color: color('muted') } },
      tooltip: {
        trigger: 'axis',
        confine: true,
        backgroundColor: color('card'),
        borderColor: color('line'),
        textStyle: { color: color('ink'), fontSize: 13 },
        formatter: (points) => {
          const shown = points.filter(({ seriesType }) => seriesType === 'line');
          if (shown.length === 0) return '';
          const lines = shown.map(
            ({ marker, seriesName, data: [, value] }) => `${marker}${escaped(seriesName)} <b>${value}</b>`,
          );
          return [clock(shown[0].data[0]), ...lines].join('<br>');
        },
      },
      series: [...data.regions.flatMap(regionSeries), laneSeries(lanes)],
    };
  }

  const chart = echarts.init(element, null, { renderer: 'svg' });
  const draw = () => {
    chart.resize();
    chart.setOption(option(), true);
  };
  draw();
  addEventListener('resize', () => chart.resize());
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', draw);
  matchMedia('print').addEventListener('change', ({ matches }) => {
    document.documentElement.classList.toggle('printing', matches);
    draw();
  });
})();
