import { Counter, Gauge, Histogram, Registry } from "prom-client";
import { type MetricInfo, type MetricName, METRICS } from "./metric_table.ts";

/** Values of labels, by name. */
export type Labels = Readonly<Record<string, string>>;

/** The metrics of the table, in the text format of Prometheus. */
export class MetricRegistry {
  readonly #registry = new Registry();
  readonly #metrics: ReadonlyMap<string, Counter | Gauge | Histogram>;
  /** What counters have been told so far, where only sums are known. */
  readonly #sums = new Map<string, number>();

  constructor() {
    const registers = [this.#registry];
    this.#metrics = new Map<string, Counter | Gauge | Histogram>(
      Object.entries<MetricInfo>(METRICS).map(([name, { type, help, labels: labelNames = [], buckets = [] }]) => {
        const about = { name, help, labelNames, registers };
        switch (type) {
          case "counter":
            return [name, new Counter(about)];
          case "gauge":
            return [name, new Gauge(about)];
          case "histogram":
            return [name, new Histogram({ ...about, buckets: [...buckets] })];
        }
      }),
    );
  }

  /** Counts up. */
  add(name: MetricName, amount = 1, labels: Labels = {}): void {
    (this.#metrics.get(name) as Counter).inc(labels, amount);
  }

  /** Sets a gauge, or a counter that somebody else counts. */
  set(name: MetricName, value: number, labels: Labels = {}): void {
    const metric = this.#metrics.get(name);
    if (metric instanceof Gauge) return metric.set(labels, value);
    this.add(name, Math.max(0, value - (this.#sums.get(name) ?? 0)), labels);
    this.#sums.set(name, value);
  }

  /** Forgets the values of a metric, so that labels which are gone do not stay. */
  clear(name: MetricName): void {
    this.#metrics.get(name)!.reset();
  }

  /** Adds to a histogram. */
  observe(name: MetricName, value: number, labels: Labels = {}): void {
    (this.#metrics.get(name) as Histogram).observe(labels, value);
  }

  /** Everything, version 0.0.4 of the text format. */
  get text(): Promise<string> {
    return this.#registry.metrics();
  }

  /** Its content type. */
  get type(): string {
    return this.#registry.contentType;
  }
}
