import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import { count } from "../format.js";

export interface Series {
  /** In seconds, growing. */
  readonly times: readonly number[];
  /** null where the line is interrupted. */
  readonly values: readonly (number | null)[];
}

interface ChartProps {
  readonly title: string;
  /** The same in words, for who cannot see the line. */
  readonly summary: string;
  readonly series: Series;
}

const HEIGHT = 140;
/** Between two times of day, in pixels: less, and they run into each other. */
const TIME_SPACE = 80;
const HOUR_S = 3_600;

/** A line over the last hour. */
export function Chart({ title, summary, series }: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(null);
  useEffect(() => {
    const element = box.current;
    if (element === null) return undefined;
    const made = new uPlot(optionsOf(element), [[], []], element);
    plot.current = made;
    const resized = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT }));
    resized.observe(element);
    // what is drawn keeps its colours, so it has to be drawn anew
    const scheme = window.matchMedia("(prefers-color-scheme: dark)");
    const redraw = (): void => made.redraw(false, true);
    scheme.addEventListener("change", redraw);
    return () => {
      resized.disconnect();
      scheme.removeEventListener("change", redraw);
      made.destroy();
    };
  }, []);
  useEffect(() => plot.current?.setData([[...series.times], [...series.values]]), [series]);
  return (
    <figure>
      <figcaption>
        {title} <span class="quiet">in the last hour: {summary}</span>
      </figcaption>
      <div ref={box} class="chart" aria-hidden="true" />
    </figure>
  );
}

function optionsOf(element: HTMLElement): uPlot.Options {
  const color = (name: string) => (): string => getComputedStyle(element).getPropertyValue(name).trim();
  const axis: uPlot.Axis = {
    stroke: color("--quiet"),
    grid: { stroke: color("--line"), width: 1 },
    ticks: { stroke: color("--line"), width: 1 },
  };
  return {
    width: element.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: true, range: (_, __, end) => [end - HOUR_S, end] },
      y: { range: (_, __, most) => [0, Math.max(1, most * 1.1)] },
    },
    series: [{}, { stroke: color("--accent"), width: 1.5, spanGaps: false, points: { show: false } }],
    axes: [
      { ...axis, space: TIME_SPACE, size: 30, values: (_, times) => times.map(clock) },
      { ...axis, size: 60, values: (_, values) => values.map(amount) },
    ],
  };
}

/** As the figures of the page are written. */
function amount(value: number): string {
  return Number.isInteger(value) ? count(value) : String(value);
}

/** In the reader's own way of writing it. */
function clock(seconds: number): string {
  return new Date(seconds * 1_000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
}
