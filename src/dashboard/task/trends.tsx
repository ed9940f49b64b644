import { timestampMs } from "@bufbuild/protobuf/wkt";
import type { TaskSample } from "#gen/milvus/cdc/v1/task_pb.js";
import { useClient } from "../client-context.js";
import { duration, rate } from "../format.js";
import { usePolled } from "../live/use-polled.js";
import { Chart, type Series } from "../parts/chart.js";

/** With no sample for so long, the task did not run, or the service did not. */
const GAP_MS = 25_000;

/** Lag and rate over the last hour. */
export function Trends({ taskId }: { readonly taskId: string }) {
  const client = useClient();
  const samples = usePolled(
    async (signal) => (await client.getTaskSamples({ taskId }, { signal })).samples,
    [taskId],
  );
  if (samples === undefined || samples.length < 2) return null;
  const lag = seriesOf(samples, ({ lagMs }) => (lagMs === undefined ? null : Number(lagMs) / 1_000));
  const rows = seriesOf(samples, ({ rowsPerSecond }) => rowsPerSecond);
  return (
    <section aria-label="The last hour" class="trends">
      <Chart title="Lag in seconds" summary={`highest ${duration(highest(lag) * 1_000)}`} series={lag} />
      <Chart title="Rows per second" summary={`highest ${rate(highest(rows))}`} series={rows} />
    </section>
  );
}

function seriesOf(samples: readonly TaskSample[], valueOf: (sample: TaskSample) => number | null): Series {
  const times: number[] = [];
  const values: (number | null)[] = [];
  let lastMs = Infinity;
  for (const sample of samples) {
    const atMs = sample.at === undefined ? 0 : timestampMs(sample.at);
    if (atMs - lastMs > GAP_MS) {
      times.push((lastMs + 1) / 1_000);
      values.push(null);
    }
    times.push(atMs / 1_000);
    values.push(valueOf(sample));
    lastMs = atMs;
  }
  return { times, values };
}

function highest({ values }: Series): number {
  return Math.max(0, ...values.map((value) => value ?? 0));
}
